"""A multipart/form-data body as it arrives (RFC 7578): one file, passed on piece by piece, and a few short fields; nothing touches the disk."""

from collections.abc import Iterator
from typing import Final

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from enishi.errors import Malformed
from enishi.protocol.forms import demand

FIELD_LIMIT: Final = 1_000
"""Bytes of a field's value, and of a part's headers."""
MAX_PARTS: Final = 8
NAMES: Final = frozenset({"file", "callback", "layout"})


class Parts:
    """Reads a form; fields must stand before the file, whose type then is known when its first byte comes."""

    def __init__(self, boundary: str) -> None:
        """Read up to the closing boundary."""
        self.fields: dict[str, str] = {}
        self.file_type = ""
        self._name, self._count, self._ended = "", 0, False
        self._header = [bytearray(), bytearray()]
        self._headers: dict[str, str] = {}
        self._value = bytearray()
        self._pieces: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._grow(self._header[0], data[start:end]),
                "on_header_value": lambda data, start, end: self._grow(self._header[1], data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._named,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The pieces of the file within this piece of the form; Malformed("form-broken")."""
        try:
            self._parser.write(piece)
        except (MultipartParseError, UnicodeDecodeError) as error:
            raise Malformed("form-broken", str(error)[:80], "body") from error
        found, self._pieces = self._pieces, []
        yield from found

    def end(self) -> None:
        """The body has ended; Malformed("form-broken") if the form has not."""
        demand(self._ended, "form-broken", "no closing boundary", "body")

    def _begin(self) -> None:
        self._count += 1
        demand(self._count <= MAX_PARTS, "form-broken", "too many parts", "body")
        self._headers, self._value = {}, bytearray()

    def _grow(self, kept: bytearray, more: bytes) -> None:
        kept += more
        demand(len(kept) <= FIELD_LIMIT, "form-broken", "a part's head is too long", "body")

    def _header_end(self) -> None:
        name, value = (bytes(part).decode("utf-8") for part in self._header)
        self._headers[name.strip().lower()] = value.strip()
        self._header = [bytearray(), bytearray()]

    def _named(self) -> None:
        # As bytes: browsers write a file's name as it is, and what is no Latin letter the library cannot take as text.
        _, options = parse_options_header(self._headers.get("content-disposition", "").encode())
        self._name = options.get(b"name", b"").decode("utf-8")
        demand(self._name in NAMES, "form-broken", f"part {self._name[:40]}", "body")
        demand(self._name not in self.fields, "form-broken", f"{self._name} twice", "body")
        self.fields[self._name] = ""
        if self._name == "file":
            self.file_type = self._headers.get("content-type", "")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == "file":
            self._pieces.append(data[start:end])
            return
        demand("file" not in self.fields, "form-broken", f"{self._name} stands behind the file", "body")
        self._grow(self._value, data[start:end])

    def _part_end(self) -> None:
        if self._name != "file":
            self.fields[self._name] = bytes(self._value).decode("utf-8").strip()

    def _end(self) -> None:
        self._ended = True
