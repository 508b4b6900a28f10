"""A body that arrives in pieces, as lines: numbered from 1, ended by LF or CRLF, none held beyond its limit."""

from collections.abc import Iterator
from typing import Final

import msgspec

LINE_LIMIT: Final = 16_384
"""Bytes of one line, its end left out."""


class Line(msgspec.Struct, frozen=True):
    """One line without its end; no content where it is longer than a line may be."""

    number: int
    content: bytes | None


class Lines:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        """Begin before the first line."""
        self.number = 0
        self._rest = b""
        self._long = False

    def feed(self, piece: bytes) -> Iterator[Line]:
        """The lines that this piece brings to an end."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        for content in whole:
            yield self._line(content)
        # A line without end must not grow in memory: what it holds is forgotten, that it was too long is not.
        if len(self._rest) > LINE_LIMIT + 1:
            self._rest, self._long = b"", True

    def end(self) -> Iterator[Line]:
        """The last line, where the body does not end with one."""
        if self._rest or self._long:
            yield self._line(self._rest)
            self._rest = b""

    def _line(self, content: bytes) -> Line:
        self.number += 1
        content, long = content.removesuffix(b"\r"), self._long or len(content) > LINE_LIMIT + 1
        self._long = False
        return Line(self.number, None if long or len(content) > LINE_LIMIT else content)
