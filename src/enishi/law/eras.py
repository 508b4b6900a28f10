"""Builds the tables of each stretch of days from the compiled revisions: names of affairs to rows, rows to all that belongs to them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

import msgspec

from enishi.law.index import UNDECIDED, NumberUse, RowIndex, Spread, number_use, providers_named, purpose_index, spread_of
from enishi.law.model import Book, Crossing, Implication, Kind, Revision, Row
from enishi.law.verdict import Doubt, GroundCode

STATUTE: Final = "425AC0000000027"
LINKAGE: Final = f"{STATUTE}#19-1-8"
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


class _Desk(NamedTuple):
    """What making a row ready needs beside the row."""

    numbers: Mapping[str, Row]
    crosswalk: Mapping[tuple[str, str], Crossing]
    rechecks: Mapping[tuple[str, str], date]
    spread: Spread


def eras_of(book: Book, spread: Spread) -> Iterator[Era]:
    """One era for each day on which a table of law changed."""
    for day in sorted({revision.effective_on for revision in book.revisions if revision.kind != "proposal"}):
        valid = {revision.kind: revision for revision in book.revisions if _valid(revision, day)}
        desk = _Desk(
            numbers={row.label: row for row in valid["number_use"].rows},
            crosswalk={(crossing.source, crossing.row): crossing for crossing in book.crosswalk},
            rechecks={(check.source, check.law): check.until for check in book.rechecks},
            spread=spread,
        )
        yield _era(day, valid, desk)


def _valid(revision: Revision, day: date) -> bool:
    return revision.effective_on <= day and (revision.until is None or day < revision.until)


def _era(day: date, valid: Mapping[Kind, Revision], desk: _Desk) -> Era:
    linkage, proposal = valid["linkage"], valid.get("proposal")
    rows = tuple(_ready(row, linkage, desk) for row in linkage.rows)
    proposals = tuple(_ready(row, proposal, desk) for row in proposal.rows) if proposal else ()
    return Era(
        effective_on=day,
        until=linkage.until,
        source=linkage.source,
        rows=_by_number_row(valid["number_use"], rows, desk.spread) | _by_row(linkage, rows),
        laws=_by_number_law(valid["number_use"], desk.spread) | _by_law(rows),
        proposals=_by_row(proposal, proposals) if proposal else {},
        proposal_laws=_by_law(proposals),
        linkage=rows,
    )


def spread(implications: Iterable[Implication]) -> Spread:
    """For each implied capacity, all that imply it, directly or through another."""
    upward: dict[str, set[str]] = defaultdict(set)
    for implication in implications:
        for name in implication.implies:
            upward[name].add(implication.capacity)
    return {name: frozenset(_below(name, upward)) for name in upward}


def _below(name: str, upward: Mapping[str, set[str]]) -> set[str]:
    reached, waiting = {name}, [name]
    while waiting:
        for lower in upward.get(waiting.pop(), ()):
            if lower not in reached:
                reached.add(lower)
                waiting.append(lower)
    return reached


def _ready(row: Row, revision: Revision, desk: _Desk) -> RowIndex:
    crossing = desk.crosswalk.get((revision.source, row.label))
    inquirers = spread_of(row.parties, desk.spread)
    numbers = [desk.numbers[label] for label in crossing.number_use] if crossing else []
    use = number_use(numbers, crossing, inquirers, desk.spread)
    checked = max(desk.rechecks.get((revision.source, law), revision.effective_on) for law in row.laws)
    proposal = revision.kind == "proposal"
    named = providers_named(row)
    return RowIndex(
        row=row,
        article=_article(row),
        inquirers=inquirers,
        named=named,
        providers={item: spread_of(providers, desk.spread) for item, providers in named.items()},
        purposes={purpose.item: purpose_index(purpose, desk.spread) for purpose in row.purposes},
        number_use=use,
        basis=(*(() if proposal else (LINKAGE,)), row.citation, *use.citations),
        doubts=_doubts(row, crossing),
        checked_until=checked,
        stale=() if proposal else (Doubt("not-rechecked", row.citation, (checked.isoformat(),)),),
        proposal=proposal,
    )


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
