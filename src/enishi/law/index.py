"""What `decide` looks up: rows made ready once, so that an answer is a few dictionary look-ups with its citations at hand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, Literal

import msgspec

from enishi.law.model import Crossing, Entry, Purpose, Row
from enishi.law.prepared import Ways, relation_not_in, way_to
from enishi.law.verdict import Condition, Doubt, Ground, GroundCode, Remedy

Spread = Mapping[str, frozenset[str]]
"""For a capacity that a row names: every capacity that satisfies it, itself included."""


class Reach(msgspec.Struct, frozen=True):
    """How deep a row was read, and what it gave: citations, the conditions that come with them, their doubts.

    What a 号 gives cites its entries; what a check returns cites the whole basis of a permit.
    """

    level: Literal["item", "row"]
    citations: tuple[str, ...]
    conditions: tuple[Condition, ...]
    doubts: tuple[Doubt, ...]


class PurposeIndex(msgspec.Struct, frozen=True):
    """One 号 ready: `hits` by (item, relation), and by (item, None) for an asker who names no relation; `relations` of each item.

    `others` is the ground against an item that it gives about other persons, `way` the remedy that points to this 号.
    """

    purpose: Purpose
    inquirers: frozenset[str]
    hits: Mapping[tuple[str, str | None], Reach]
    relations: Mapping[str, tuple[str, ...]]
    uncoded: frozenset[str]
    others: Mapping[str, Ground]
    way: Remedy


class NumberUse(msgspec.Struct, frozen=True):
    """The number-use rows that an affair stands on: who may use the number, and the citations that say so."""

    users: frozenset[str]
    citations: tuple[str, ...]
    problem: GroundCode | None


class RowIndex(msgspec.Struct, frozen=True):
    """One linkage row ready: who may ask, who is named for which item and who may give it, the 号 of its detail, its number use, its doubts.

    `others` is the ground against a provider that does not give an item, `ways` the 号 that give an item where all of them are open to
    every inquirer; `doubts` stand up to and including `checked_until`, `later` after it.
    """

    row: Row
    article: str
    inquirers: frozenset[str]
    named: Mapping[str, tuple[str, ...]]
    providers: Mapping[str, frozenset[str]]
    others: Mapping[str, Ground]
    purposes: Mapping[str, PurposeIndex]
    ways: Mapping[str, Ways]
    number_use: NumberUse
    basis: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    later: tuple[Doubt, ...]
    checked_until: date
    proposal: bool

    def doubts_on(self, on: date) -> tuple[Doubt, ...]:
        """What is not certain about the row on a day."""
        return self.doubts if on <= self.checked_until else self.later


NO_NUMBER_USE: Final = NumberUse(frozenset(), (), GroundCode.NO_NUMBER_USE)


UNDECIDED: Final = NumberUse(frozenset(), (), GroundCode.AFFAIR_AMBIGUOUS)
"""Which affair is meant is open, so nothing is said about its number use."""


def spread_of(named: Iterable[str], spread: Spread) -> frozenset[str]:
    """Every capacity that satisfies one of the named ones."""
    return circle_of(frozenset().union(*(spread.get(name, frozenset((name,))) for name in named)))


@lru_cache(maxsize=1024)
def circle_of(circle: frozenset[str]) -> frozenset[str]:
    """Equal circles as one object: a thousand uses are of some eighty circles, which then stay in the processor's own memory."""
    return circle


def number_use(rows: Iterable[Row], crossing: Crossing | None, inquirers: frozenset[str], spread: Spread) -> NumberUse:
    """The number use of a linkage row by its reviewed crossing; without one the affair's number use is not known.

    `inquirers` are the row's own, who use the number where the affair is quasi-statutory, where they are the users in other words, or
    where a statute has them do a part of the affair (Art. 9(1), brackets).
    """
    if crossing is None:
        return NumberUse(frozenset(), (), GroundCode.CROSSWALK_NOT_REVIEWED)
    if crossing.kind == "quasi_statutory":
        return NumberUse(inquirers, ("425AC0000000027#9-1",), None)
    found = tuple(rows)
    if not found:
        return NO_NUMBER_USE
    users = spread_of((party for row in found for party in row.parties), spread)
    users |= inquirers if crossing.same_users or crossing.kind == "statutory_part" else frozenset()
    return NumberUse(circle_of(users), ("425AC0000000027#9-1", *(row.citation for row in found)), None)


def purpose_index(purpose: Purpose, spread: Spread) -> PurposeIndex:
    """Make one 号 ready."""
    circles: dict[tuple[str, str | None], list[Entry]] = defaultdict(list)
    uncoded: set[str] = set()
    for entry in purpose.entries:
        for item in entry.items:
            circles[item, None].append(entry)
            for relation in entry.relations:
                circles[item, relation].append(entry)
            uncoded |= frozenset() if entry.relations else {item}
    hits = {key: _hit(entries) for key, entries in circles.items()}
    relations = {item: tuple(sorted(relation for other, relation in circles if relation and other == item)) for item, _ in circles}
    others = {item: relation_not_in(purpose.citation, relations, (item,)) for item in relations}
    return PurposeIndex(purpose, spread_of(purpose.inquirers, spread), hits, relations, frozenset(uncoded), others, way_to(purpose))


def _hit(entries: list[Entry]) -> Reach:
    subjects = tuple(Condition("subject", entry.citation, (entry.subjects,)) for entry in entries)
    limits = tuple(Condition("subject-limit", entry.citation, (entry.subjects,)) for entry in entries if entry.limited)
    doubts = tuple(Doubt("entry-reading", entry.citation, (entry.doubt,)) for entry in entries if entry.doubt)
    return Reach("item", tuple(entry.citation for entry in entries), subjects + limits, doubts)


def providers_named(row: Row) -> dict[str, tuple[str, ...]]:
    """For each data item of the row, the capacities that the row names as its providers."""
    named: dict[str, dict[str, None]] = defaultdict(dict)
    for grant in row.grants:
        for item in grant.items:
            named[item].update(dict.fromkeys(grant.providers))
    return {item: tuple(providers) for item, providers in named.items()}
