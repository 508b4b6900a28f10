"""Phrases: text in which a kanji word may carry its reading, written `[漢字|かんじ]` in the tables."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple


class Ruby(NamedTuple):
    """A word and its reading in kana."""

    base: str
    reading: str


Piece = str | Ruby
Phrase = tuple[Piece, ...]
Value = str | int | Phrase

_MARK: Final = re.compile(r"\[([^|\]]+)\|([^|\]]+)\]|\{([a-z_]+)\}")


def phrase(text: str, values: Mapping[str, Value] | None = None) -> Phrase:
    """Read a table's text and put values where `{name}` stands; KeyError for a value that is not given."""
    pieces: list[Piece] = []
    end = 0
    for mark in _MARK.finditer(text):
        pieces.append(text[end : mark.start()])
        pieces.extend(_piece(mark, values or {}))
        end = mark.end()
    pieces.append(text[end:])
    return tuple(piece for piece in pieces if piece != "")


def _piece(mark: re.Match[str], values: Mapping[str, Value]) -> Phrase:
    base, reading, name = mark.groups()
    if base is not None:
        return (Ruby(base, reading),)
    value = values[name]
    return value if isinstance(value, tuple) else (str(value),)


def plain(words: Phrase) -> str:
    """The phrase without readings, for titles, attributes and logs."""
    return "".join(piece.base if isinstance(piece, Ruby) else piece for piece in words)
