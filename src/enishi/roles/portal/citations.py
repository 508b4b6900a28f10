"""Citations as people read them: from a permanent id to the name of the law and its place, with a link to the official text."""

import re
from typing import Final

import msgspec

from enishi.sentences.catalogue import known, name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain

_ID: Final = re.compile(r"(?P<law>[0-9]{3}[0-9A-Z]{12})(?:@(?P<revision>[0-9]{4}-[0-9]{2}-[0-9]{2}))?(?:#(?P<place>[^#\s]{1,80}))?")
_OFFICIAL: Final = "https://laws.e-gov.go.jp/law/"
_APPENDED: Final = {
    "appended": ("別表", "Appended Table"),
    "appended-1": ("別表第一", "Appended Table 1"),
    "appended-2": ("別表第二", "Appended Table 2"),
}


class Cited(msgspec.Struct, frozen=True):
    """A citation in words, its permanent id, and where the text of the law stands (empty if the id is of another form)."""

    words: str
    id: str
    link: str


def cite(citation: str, language: Language) -> Cited:
    """Put a citation into words; what is not a citation of ours is shown as it is, without a link."""
    match = _ID.fullmatch(citation)
    if match is None:
        return Cited(citation, citation, "")
    law, place = match["law"], match["place"] or ""
    name = plain(name_of("laws", law, language.formal)) if known("laws", law) else law
    gap = " " if place else ""
    return Cited(f"{name}{gap}{_place(place, language.formal)}", citation, _OFFICIAL + law)


def _place(place: str, language: Language) -> str:
    english = language is Language.ENGLISH
    spot, _, row = place.partition("/")
    if spot in _APPENDED:
        return _APPENDED[spot][english] + _row(row, english)
    if not re.fullmatch(r"[0-9]+(?:の[0-9]+|[-_][0-9]+)*", spot):
        return place
    return _article(spot, english) + _below(spot, row, english)


def _article(spot: str, english: bool) -> str:
    numbers = spot.split("-")
    if english:
        return "Article " + numbers[0] + "".join(f"({number})" for number in numbers[1:])
    units = ("第{}条", "第{}項", "第{}号")
    return "".join(unit.format(number) for unit, number in zip(units, numbers, strict=False))


def _below(spot: str, row: str, english: bool) -> str:
    # Article 2 of the order is a table, whose rows are cited; the other articles have items (号) and sub-items (イロハ).
    if not row or spot == "2":
        return _row(row, english)
    item, _, rest = row.partition("/")
    words = f", item {item}" if english else (f"第{item}号" if item.isdigit() else item)
    return words + rest.replace("/", "")


def _row(row: str, english: bool) -> str:
    if not row:
        return ""
    return f", row {row}" if english else f"の{row}の項"
