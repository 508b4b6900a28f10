"""Builds the tables of each stretch of days from the compiled revisions: names of affairs to rows, rows to all that belongs to them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from enishi.law.capacities import boundaries, holds, spread
from enishi.law.identity import Identity
from enishi.law.index import UNDECIDED, NumberUse, RowIndex, Spread, spread_of
from enishi.law.model import Book, Implication, Kind, Revision, Row
from enishi.law.ready import LINKAGE, STATUTE, Desk, Purposes, ready
from enishi.law.verdict import GroundCode

__all__ = ["LINKAGE", "NUMBER_USE", "STATUTE", "Era", "Found", "eras_of"]
NUMBER_USE: Final = f"{STATUTE}#9-1"


class Found(msgspec.Struct, frozen=True):
    """What an affair's name leads to on a day: a linkage row, or the problem with it; its number use in either case."""

    row: RowIndex | None
    number_use: NumberUse
    problem: GroundCode | None = None
    about: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()


class Era(msgspec.Struct, frozen=True):
    """The half-open days [effective_on, until) on which one pair of tables is in force."""

    effective_on: date
    until: date | None
    source: str
    rows: Mapping[tuple[str, str], Found]
    laws: Mapping[str, Found]
    proposals: Mapping[tuple[str, str], Found]
    proposal_laws: Mapping[str, Found]
    linkage: tuple[RowIndex, ...]


def eras_of(book: Book, identity: Identity) -> Iterator[Era]:
    """One era for each day on which a table of law, or what a capacity contains, changed; none where a table is missing (lint says so)."""
    tables = {revision.effective_on for revision in book.revisions if revision.kind != "proposal"}
    first = min(tables)
    days = sorted(tables | {day for day in boundaries(book.implications) if day > first})
    spreads: dict[tuple[Implication, ...], Spread] = {}
    purposes: Purposes = {}
    for day, until in zip(days, (*days[1:], None), strict=True):
        valid = {revision.kind: revision for revision in book.revisions if _valid(revision, day)}
        if "linkage" not in valid or "number_use" not in valid:
            continue
        implied = tuple(implication for implication in book.implications if holds(implication, day))
        desk = Desk(
            day=day,
            read_with=_read_with(book, valid["linkage"]),
            by_affair={identity.affair_of(row.citation): row for row in valid["number_use"].rows},
            identity=identity,
            crosswalk={(crossing.source, crossing.row): crossing for crossing in book.crosswalk},
            rechecks={(check.source, check.law): check.until for check in book.rechecks},
            spread=spreads.setdefault(implied, spread(implied)),
            purposes=purposes,
        )
        yield _era(day, until, valid, desk)


def _read_with(book: Book, linkage: Revision) -> dict[str, Row]:
    """The number-use table, by label, of the day on which the linkage table took effect: the crosswalk ties these two."""
    for revision in book.revisions:
        if revision.kind == "number_use" and _valid(revision, linkage.effective_on):
            return {row.label: row for row in revision.rows}
    return {}


def _valid(revision: Revision, day: date) -> bool:
    return revision.effective_on <= day and (revision.until is None or day < revision.until)


def _era(day: date, until: date | None, valid: Mapping[Kind, Revision], desk: Desk) -> Era:
    linkage, proposal = valid["linkage"], valid.get("proposal")
    rows = tuple(ready(row, linkage, desk) for row in linkage.rows)
    proposals = tuple(ready(row, proposal, desk) for row in proposal.rows) if proposal else ()
    return Era(
        effective_on=day,
        until=until,
        source=linkage.source,
        rows=_by_number_row(valid["number_use"], rows, desk.spread) | _by_row(linkage, rows),
        laws=_by_number_law(valid["number_use"], desk.spread) | _by_law(rows),
        proposals=_by_row(proposal, proposals) if proposal else {},
        proposal_laws=_by_law(proposals),
        linkage=rows,
    )


def _sources(revision: Revision) -> tuple[str, str]:
    """How a question may write the revision: `LAW@DAY`, or with `#TABLE` where the law has more than one."""
    return revision.source, f"{revision.source}#{revision.table}"


def _by_row(revision: Revision, rows: Iterable[RowIndex]) -> dict[tuple[str, str], Found]:
    return {(source, row.row.label): Found(row, row.number_use) for row in rows for source in _sources(revision)}


def _by_number_row(revision: Revision, linkage: Iterable[RowIndex], spread: Spread) -> dict[tuple[str, str], Found]:
    """Affairs named by a number-use row: the number may be used, but a question must name the linkage row it means."""
    crossed: dict[str, list[str]] = defaultdict(list)
    for row in linkage:
        for citation in row.number_use.citations:
            crossed[citation].append(row.row.citation)
    found = {
        row.label: Found(None, _own_use([row], spread), GroundCode.NO_LINKAGE_ROW, tuple(crossed[row.citation]), row.laws) for row in revision.rows
    }
    return {(source, label): entry for label, entry in found.items() for source in _sources(revision)}


def _own_use(rows: list[Row], spread: Spread) -> NumberUse:
    users = spread_of((party for row in rows for party in row.parties), spread)
    return NumberUse(users, (NUMBER_USE, *(row.citation for row in rows)), None)


def _by_law(rows: Iterable[RowIndex]) -> dict[str, Found]:
    laws: dict[str, list[RowIndex]] = defaultdict(list)
    for row in rows:
        for law in row.row.laws:
            laws[law].append(row)
    return {law: Found(found[0], found[0].number_use) if len(found) == 1 else _ambiguous([row.row for row in found]) for law, found in laws.items()}


def _by_number_law(revision: Revision, spread: Spread) -> dict[str, Found]:
    laws: dict[str, list[Row]] = defaultdict(list)
    for row in revision.rows:
        for law in row.laws:
            laws[law].append(row)
    return {law: Found(None, _own_use(rows, spread), GroundCode.NO_LINKAGE_ROW) if len(rows) == 1 else _ambiguous(rows) for law, rows in laws.items()}


def _ambiguous(rows: list[Row]) -> Found:
    return Found(None, UNDECIDED, GroundCode.AFFAIR_AMBIGUOUS, tuple(row.citation for row in rows))
