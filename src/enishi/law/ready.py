"""Makes one linkage row ready for decisions: who may ask and give by every capacity, its number use on the day, its doubts."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from enishi.law.identity import AffairId, Identity
from enishi.law.index import NumberUse, PurposeIndex, RowIndex, Spread, number_use, providers_named, purpose_index, spread_of
from enishi.law.model import Crossing, Revision, Row
from enishi.law.prepared import provider_not_for, ways_by_item
from enishi.law.verdict import Doubt

STATUTE: Final = "425AC0000000027"
LINKAGE: Final = f"{STATUTE}#19-1-8"
REWORDED: Final = "この項の読みの後に別表の文言が改められた"

Purposes = dict[tuple[str, int], dict[str, PurposeIndex]]
"""The 号 of a row made ready, by its citation and the spread they were made with: eras that share both share them."""


class Desk(NamedTuple):
    """What making a row ready for the days from `day` on needs beside it; `read_with` is the number-use table, by label, of the crosswalk."""

    day: date
    read_with: Mapping[str, Row]
    by_affair: Mapping[AffairId, Row]
    identity: Identity
    crosswalk: Mapping[tuple[str, str], Crossing]
    rechecks: Mapping[tuple[str, str], date]
    spread: Spread
    purposes: Purposes


def ready(row: Row, revision: Revision, desk: Desk) -> RowIndex:
    """The row as `decide` looks it up."""
    crossing = desk.crosswalk.get((revision.source, row.label))
    inquirers = spread_of(row.parties, desk.spread)
    use, reworded = _number_use(crossing, inquirers, desk)
    checked = max(desk.rechecks.get((revision.source, law), revision.effective_on) for law in row.laws)
    proposal = revision.kind == "proposal"
    named, purposes = providers_named(row), _purposes(row, desk)
    doubts = _doubts(row, crossing) + reworded
    stale = () if proposal else (Doubt("not-rechecked", row.citation, (checked.isoformat(),)),)
    basis = (*(() if proposal else (LINKAGE,)), row.citation, *use.citations)
    providers = {item: spread_of(names, desk.spread) for item, names in named.items()}
    return RowIndex(
        row=row,
        article=_article(row),
        inquirers=inquirers,
        named=named,
        providers=providers,
        others={item: provider_not_for(row.citation, named, (item,)) for item in named},
        purposes=purposes,
        ways=ways_by_item((one.purpose, one.way, one.relations) for one in purposes.values()),
        number_use=use,
        basis=basis,
        doubts=doubts,
        later=doubts + stale,
        checked_until=max(checked, desk.day),
        proposal=proposal,
    )


def _number_use(crossing: Crossing | None, inquirers: frozenset[str], desk: Desk) -> tuple[NumberUse, tuple[Doubt, ...]]:
    """By the rows of the day's number-use table that hold the affairs of the crossing, whatever their labels have become."""
    read = _read(crossing, desk)
    now = {earlier.citation: row for earlier in read if (row := desk.by_affair.get(desk.identity.affair_of(earlier.citation))) is not None}
    same = all(earlier.parties == now[earlier.citation].parties for earlier in read if earlier.citation in now)
    use = number_use(now.values(), crossing, inquirers if same else frozenset(), desk.spread)
    return use, tuple(
        Doubt("crosswalk-reading", row.citation, (REWORDED,)) for earlier, row in now.items() if earlier != row.citation and _reworded(row, desk)
    )


def _reworded(row: Row, desk: Desk) -> bool:
    tie = desk.identity.tie(row.citation)
    return tie is not None and tie.kind == "reworded"


def _read(crossing: Crossing | None, desk: Desk) -> list[Row]:
    """The number-use rows that the crosswalk names, in the table that it was read with."""
    return [desk.read_with[label] for label in crossing.number_use if label in desk.read_with] if crossing is not None else []


def _purposes(row: Row, desk: Desk) -> dict[str, PurposeIndex]:
    key = (row.citation, id(desk.spread))
    if key not in desk.purposes:
        desk.purposes[key] = {purpose.item: purpose_index(purpose, desk.spread) for purpose in row.purposes}
    return desk.purposes[key]


def _article(row: Row) -> str:
    """The citation of the article that details the row, or of the row itself where no detail is loaded."""
    if not row.purposes:
        return row.citation
    source, _, place = row.purposes[0].citation.partition("#")
    return f"{source}#{place.split('-')[0]}"


def _doubts(row: Row, crossing: Crossing | None) -> tuple[Doubt, ...]:
    reading = (Doubt("row-reading", row.citation, (row.doubt,)),) if row.doubt else ()
    crossed = (Doubt("crosswalk-reading", row.citation, (crossing.doubt,)),) if crossing and crossing.doubt else ()
    return reading + crossed
