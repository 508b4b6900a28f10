"""A request's body on its way to rows: media type, charset, layout, limits; read piece by piece, so that no body is held twice."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from email.message import Message
from typing import Final

import msgspec

from enishi.errors import Malformed, Oversized
from enishi.roles.gateway.bulk.codes import Codes
from enishi.roles.gateway.bulk.filed import Filed
from enishi.roles.gateway.bulk.lines import Line, Lines
from enishi.roles.gateway.bulk.row import MAX_ROWS, Kind, Row, stream_row

BODY_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one message."""
MAX_LINES: Final = 2 * MAX_ROWS
"""Lines of one message, blank ones counted."""
BOM: Final = b"\xef\xbb\xbf"
HEAD: Final = 4
"""Bytes in which a mark of its charset shows."""
LAYOUTS: Final[dict[str, Kind]] = {
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "comma",
    "text/plain": "fixed",
}
_BY_NAME: Final[dict[str, Kind]] = {"ndjson": "ndjson", "comma": "comma", "fixed": "fixed"}
_CHARSETS: Final = {"": "", "utf-8": "utf-8", "utf8": "utf-8", "cp932": "cp932", "windows-31j": "cp932", "ms932": "cp932", "shift_jis": "cp932"}


class Media(msgspec.Struct, frozen=True):
    """What a media type says: layout, charset (empty: not told), whether the first line names the columns."""

    layout: Kind
    charset: str = ""
    header: str = "absent"


class Taken(msgspec.Struct, frozen=True):
    """A whole message: its rows in order, layout, charset of a file, callback that came with a form, digest of the file (32 bytes)."""

    kind: Kind
    charset: str
    rows: list[Row]
    callback: str
    digest: bytes


async def take(content_type: str, body: AsyncIterable[bytes], institution: str, codes: Callable[[], Codes]) -> Taken:
    """Read a message to its end; Malformed or Oversized refuse it whole, and a row at fault stands among the rows."""
    boundary = _boundary(content_type)
    if boundary is None:
        taking = _Taking(parse_media(content_type), institution, codes)
        async for piece in _counted(body):
            await taking.feed(piece)
        return taking.whole("")
    # Imported at the first form: programs send streams.
    from enishi.roles.gateway.bulk.parts import Parts

    parts = Parts(boundary)
    form: _Taking | None = None
    async for piece in _counted(body):
        for part in parts.feed(piece):
            if form is None:
                form = _Taking(_media_of(parts.file_type, parts.fields.get("layout", "")), institution, codes)
            await form.feed(part)
    parts.end()
    if form is None:
        raise Malformed("bulk-empty", field="file")
    return form.whole(parts.fields.get("callback", ""))


class _Taking:
    """One file on its way in."""

    def __init__(self, media: Media, institution: str, codes: Callable[[], Codes]) -> None:
        self._media, self._institution, self._codes = media, institution, codes
        self._lines, self._rows = Lines(), list[Row]()
        self._head = b""
        self._charset = ""
        self._row: Callable[[Line], Row] | None = None
        # Over what was meant, not over how it was wrapped: a form has another boundary each time.
        self._digest = hashlib.sha256(f"{media.layout} {media.charset} {media.header}\n".encode())

    async def feed(self, piece: bytes) -> None:
        self._digest.update(piece)
        if self._row is None:
            self._head += piece
            if len(self._head) < HEAD:
                return
            piece = self._begin()
        self._add(self._lines.feed(piece))
        # Thousands of rows are checked on their way in: whoever else waits for the loop comes between.
        await asyncio.sleep(0)

    def whole(self, callback: str) -> Taken:
        if self._row is None:
            self._add(self._lines.feed(self._begin()))
        self._add(self._lines.end())
        if not self._rows:
            raise Malformed("bulk-empty", field="body")
        return Taken(self._media.layout, self._charset, self._rows, callback, self._digest.digest())

    def _begin(self) -> bytes:
        # Marks of UTF-16 with text behind them; two such bytes before ASCII are but a spoilt row.
        if (self._head[:2], self._head[3:4]) == (b"\xff\xfe", b"\0") or self._head[:3] == b"\xfe\xff\0":
            raise Malformed("charset-unknown", "utf-16", "charset")
        marked = self._head.startswith(BOM)
        if marked and self._media.charset not in ("", "utf-8"):
            raise Malformed("charset-unknown", f"{self._media.charset} with the mark of utf-8", "charset")
        # Where nothing says which charset it is only ASCII has one meaning.
        self._charset = self._media.charset or ("utf-8" if marked else "ascii")
        self._row = self._reader()
        return self._head.removeprefix(BOM)

    def _reader(self) -> Callable[[Line], Row]:
        if self._media.layout == "ndjson":
            if self._charset == "cp932":
                raise Malformed("charset-unknown", "JSON is UTF-8", "charset")
            return stream_row
        return Filed(self._institution, self._codes(), self._media.layout, self._charset).row

    def _add(self, lines: Iterable[Line]) -> None:
        assert self._row is not None
        for line in lines:
            if line.content is not None and not line.content.strip():
                continue
            if line.number == 1 and self._media.header == "present":
                continue
            if len(self._rows) >= MAX_ROWS:
                raise Oversized("bulk-too-many-rows", f"{MAX_ROWS}", "body")
            self._rows.append(self._row(line))
        if self._lines.number > MAX_LINES:
            raise Oversized("bulk-too-many-rows", f"{MAX_LINES} lines", "body")


def parse_media(content_type: str, named: str = "") -> Media:
    """What a media type says; a layout `named` besides has the last word. Malformed("bulk-media-type"), ("charset-unknown")."""
    message = _header(content_type)
    # Not as the library reads it: to that, what is no type at all would be text/plain.
    kind = content_type.partition(";")[0].strip().lower()
    layout = _BY_NAME.get(named) if named else LAYOUTS.get(kind)
    if layout is None:
        raise Malformed("bulk-media-type", named[:40] or kind[:60], "content-type")
    charset, header = _parameter(message, "charset"), _parameter(message, "header") or "absent"
    if charset not in _CHARSETS or header not in ("present", "absent"):
        raise Malformed("charset-unknown", (charset or header)[:40], "charset")
    return Media(layout, _CHARSETS[charset], header)


def _media_of(part_type: str, layout: str) -> Media:
    return parse_media(part_type or "text/plain", layout)


def _boundary(content_type: str) -> str | None:
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        return None
    boundary = _header(content_type).get_param("boundary", "")
    if not isinstance(boundary, str) or not 0 < len(boundary) <= 70 or not boundary.isascii():
        raise Malformed("form-broken", "boundary", "content-type")
    return boundary


def _header(content_type: str) -> Message:
    # A media type is ASCII (RFC 9110, 8.3.1); what the library reads of any other is no text that it can write again.
    if not content_type.isascii():
        raise Malformed("bulk-media-type", "not ASCII", "content-type")
    message = Message()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    return message


def _parameter(message: Message, name: str) -> str:
    value = message.get_param(name, "")
    return value.strip().lower() if isinstance(value, str) else "unreadable"


async def _counted(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for piece in body:
        size += len(piece)
        if size > BODY_LIMIT:
            raise Oversized("message-too-large", f"{BODY_LIMIT}", "body")
        yield piece
