"""Grounds, remedies and conditions that rest on a row or a 号 alone: made once, at loading, so that a refusal is found and not composed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from enishi.law.model import Purpose
from enishi.law.verdict import Condition, Ground, GroundCode, Remedy, RemedyCode

TAX: Final = "地方税関係情報"
TAX_SECRECY: Final = "325AC0000000226#22"
TAX_SECRET: Final = Condition("tax-secrecy", TAX_SECRECY, (TAX,))
PAPER: Final = Remedy(RemedyCode.PAPER)
# Looking a member up on its enumeration costs more than a dictionary; there are thousands of these.
PROVIDER_NOT_FOR_ITEM: Final = GroundCode.PROVIDER_NOT_FOR_ITEM
RELATION_NOT_IN_PURPOSE: Final = GroundCode.RELATION_NOT_IN_PURPOSE
OTHER_PROVIDER: Final = RemedyCode.OTHER_PROVIDER
NAME_RELATION: Final = RemedyCode.NAME_RELATION

Ways = tuple[Remedy, ...]


def provider_not_for(place: str, named: Mapping[str, tuple[str, ...]], items: Sequence[str]) -> Ground:
    """The row has these items from somebody else: who gives each of them."""
    ways = tuple([Remedy(OTHER_PROVIDER, place, (item, *named[item])) for item in items])
    return Ground(PROVIDER_NOT_FOR_ITEM, place, tuple(items), ways)


def relation_not_in(place: str, relations: Mapping[str, tuple[str, ...]], items: Sequence[str]) -> Ground:
    """The 号 gives these items about other persons: name the relation that is true of this one, if one is."""
    ways = (*[Remedy(NAME_RELATION, place, relations[item]) for item in items], PAPER)
    return Ground(RELATION_NOT_IN_PURPOSE, place, tuple(items), ways)


def way_to(purpose: Purpose) -> Remedy:
    """The 号 as another way, if the case really is one of it."""
    return Remedy(RemedyCode.OTHER_PURPOSE_ITEM, purpose.citation, (purpose.item, purpose.affair))


def ways_by_item(purposes: Iterable[tuple[Purpose, Remedy, Iterable[str]]]) -> dict[str, Ways]:
    """For each item the 号 of a row that carry it, where each of them is open to all of the row's inquirers."""
    ways: dict[str, list[Remedy]] = defaultdict(list)
    bound: set[str] = set()
    for purpose, way, items in purposes:
        for item in items:
            ways[item].append(way)
        bound.update(items if purpose.inquirers else ())
    return {item: tuple(found) for item, found in ways.items() if item not in bound}
