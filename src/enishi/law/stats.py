"""How much law is held: rows, tuples, 号, entries per table; kinds of match and doubts; agrees with the README of the sources."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import msgspec

from enishi.law.model import Book, Kind, Revision
from enishi.law.tables import Tables


class TableStats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One revision of a table on [effective_on, until).

    `rows` are in force, `deleted` labels are kept by the text as 削除; `grants` are lines of the table, `tuples` are (inquirer, affair,
    provider, item); `row_doubts` and `entry_doubts` are readings that are not certain, `row_notes`
    remarks of the transcription, `terms` definitions that it cut out of the text.
    """

    source: str
    table: str
    kind: Kind
    effective_on: date
    until: date | None
    rows: int
    deleted: int
    grants: int
    tuples: int
    purposes: int
    entries: int
    coded_entries: int
    row_doubts: int
    row_notes: int
    terms: int
    entry_doubts: int


class EraStats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days [effective_on, until) of one set of tables: number-use rows in force, linkage rows, and those of them with a number-use problem."""

    effective_on: date
    until: date | None
    number_use_rows: int
    linkage_rows: int
    without_number_use: int


class Stats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole book; `crossings` by source and kind, `ties` by kind, `affairs` by table kind."""

    verified_until: date
    tables: tuple[TableStats, ...]
    eras: tuple[EraStats, ...]
    crossings: Mapping[str, Mapping[str, int]]
    crossing_doubts: int
    ties: Mapping[str, int]
    tie_doubts: int
    affairs: Mapping[str, int]
    definitions: int
    powers: int
    known_edges: int


def stats(tables: Tables) -> Stats:
    """Counted from the compiled tables, nothing carried over from the sources."""
    book = tables.book
    return Stats(
        verified_until=book.verified_until,
        tables=tuple(_table(revision) for revision in book.revisions),
        eras=tuple(_eras(tables)),
        crossings=_crossings(book),
        crossing_doubts=sum(bool(crossing.doubt) for crossing in book.crosswalk),
        ties=dict(sorted(Counter(tie.kind for tie in book.ties).items())),
        tie_doubts=sum(bool(tie.doubt) for tie in book.ties),
        affairs={kind: len(tables.identity.affairs(kind)) for kind in ("number_use", "linkage", "proposal")},
        definitions=len(book.implications),
        powers=len(book.powers),
        known_edges=len(book.known),
    )


def _table(revision: Revision) -> TableStats:
    purposes = [purpose for row in revision.rows for purpose in row.purposes]
    entries = [entry for purpose in purposes for entry in purpose.entries]
    grants = [grant for row in revision.rows for grant in row.grants]
    return TableStats(
        source=revision.source,
        table=revision.table,
        kind=revision.kind,
        effective_on=revision.effective_on,
        until=revision.until,
        rows=len(revision.rows),
        deleted=len(revision.deleted),
        grants=len(grants),
        tuples=sum(len(row.parties) * len(grant.providers) * len(grant.items) for row in revision.rows for grant in row.grants),
        purposes=len(purposes),
        entries=len(entries),
        coded_entries=sum(bool(entry.relations) for entry in entries),
        row_doubts=sum(bool(row.doubt) for row in revision.rows),
        row_notes=sum(bool(row.note) for row in revision.rows),
        terms=sum(len(row.terms) for row in revision.rows) + sum(len(purpose.terms) for purpose in purposes),
        entry_doubts=sum(bool(entry.doubt) for entry in entries),
    )


def _eras(tables: Tables) -> list[EraStats]:
    return [
        EraStats(
            effective_on=era.effective_on,
            until=era.until,
            number_use_rows=sum(_in_force(revision, era.effective_on) * len(revision.rows) for revision in tables.book.revisions),
            linkage_rows=len(era.linkage),
            without_number_use=sum(row.number_use.problem is not None for row in era.linkage),
        )
        for era in tables.eras
    ]


def _in_force(revision: Revision, on: date) -> bool:
    return revision.kind == "number_use" and revision.effective_on <= on and (revision.until is None or on < revision.until)


def _crossings(book: Book) -> dict[str, dict[str, int]]:
    counted = Counter((crossing.source, crossing.kind) for crossing in book.crosswalk)
    return {source: {kind: count for (other, kind), count in sorted(counted.items()) if other == source} for source, _ in sorted(counted)}
