"""Search: an affair, an institution or capacity, a data item, by any part of its name in kanji, kana or English."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

import msgspec

from enishi.law.eras import Era
from enishi.law.model import Row
from enishi.protocol.registry import Institution
from enishi.sentences.catalogue import known, name_of, table
from enishi.sentences.language import Language
from enishi.sentences.phrase import Ruby, plain

LONGEST: Final = 80
"""Most characters of a search that are looked at."""
_KANA: Final = re.compile(r"[ぁ-ゖー]{2,}")


class Hits(msgspec.Struct, frozen=True):
    """What a search found on a day: citations of linkage rows and of number-use rows without one, capacities, items, institutions."""

    rows: tuple[str, ...]
    capacities: tuple[str, ...]
    items: tuple[str, ...]
    institutions: tuple[Institution, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.rows) + len(self.capacities) + len(self.items) + len(self.institutions)


class Finder:
    """The names of one era's rows, capacities and items, folded so that any spelling finds them."""

    def __init__(self, era: Era) -> None:
        """Take the era; names are folded at the first search."""
        self._era = era

    def find(self, query: str, institutions: Iterable[Institution]) -> Hits:
        """Everything whose name holds each word of the query."""
        words = [_variants(word) for word in fold(query[:LONGEST]).split()]
        if not words:
            return Hits((), (), (), ())
        named = tuple(one for one in institutions if _holds(fold(f"{one.name_ja} {one.name_en} {one.id} {_reading(one.name_ja)}"), words))
        return Hits(_kept(self._rows, words), _kept(self._capacities, words), _kept(self._items, words), named)

    @cached_property
    def _rows(self) -> Mapping[str, str]:
        return {index.row.citation: fold(" ".join(_row_words(index.row))) for index in self._era.linkage}

    @cached_property
    def _capacities(self) -> Mapping[str, str]:
        parties = {name for row in self._era.linkage for name in row.row.parties}
        providers = {name for row in self._era.linkage for names in row.named.values() for name in names}
        return {name: fold(_names("capacities", name)) for name in sorted(parties | providers)}

    @cached_property
    def _items(self) -> Mapping[str, str]:
        return {item: fold(_names("items", item)) for item in sorted({item for row in self._era.linkage for item in row.named})}


def _row_words(row: Row) -> list[str]:
    source = row.citation.partition("@")[0]
    plain_names = [key for key in table("names", "affairs") if key.startswith(f"{source}/{row.label}/")]
    return [row.affair, *row.laws, row.label, *(_names("affairs", key) for key in plain_names)]


def _names(kind: str, key: str) -> str:
    """The name itself, and its plain words in every language, those of やさしい日本語 in kana too."""
    words = [key] + [plain(name_of(kind, key, language)) for language in Language if known(kind, key)]
    kana = "".join(piece.reading if isinstance(piece, Ruby) else piece for piece in name_of(kind, key, Language.EASY)).replace(" ", "")
    return " ".join([*words, kana, _reading(key)])


def _reading(word: str) -> str:
    held = table("names", "readings").get(word)
    return held["reading"] if held else ""


def fold(text: str) -> str:
    """One spelling for all: full and half width, capital and small letters, katakana and hiragana."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    return "".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in narrow)


def _variants(word: str) -> tuple[str, ...]:
    """The word, and for a word in kana every kanji word whose reading holds it."""
    if not _KANA.fullmatch(word):
        return (word,)
    return (word, *(fold(kanji) for kanji, held in table("names", "readings").items() if word in fold(held["reading"])))


def _holds(text: str, words: Iterable[tuple[str, ...]]) -> bool:
    return all(any(variant in text for variant in variants) for variants in words)


def _kept(names: Mapping[str, str], words: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(key for key, text in names.items() if _holds(text, words))
