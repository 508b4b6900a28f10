"""Lint of what points at rows and capacities: the crosswalk, ties between revisions, definitions, powers."""

from collections.abc import Iterator

from enishi.law.capacities import named
from enishi.law.finding import Finding
from enishi.law.identity import CONTINUES, rows_by_day
from enishi.law.model import Book, Revision, Row, Tie
from enishi.law.tables import Tables
from enishi.law.wording import likeness


def references(tables: Tables) -> Iterator[Finding]:
    """Dead references, rows without a word on their past or future, ties that the words contradict, names that nothing defines."""
    book = tables.book
    rows = {row.citation: row for _, row in rows_by_day(book)}
    yield from _crosswalk(book, rows)
    yield from _ties(book, rows)
    yield from _untied(book)
    yield from _places(book, rows)
    yield from _names(book)


def _crosswalk(book: Book, rows: dict[str, Row]) -> Iterator[Finding]:
    for crossing in book.crosswalk:
        tables = [revision for revision in book.revisions if revision.source == crossing.source and revision.kind != "number_use"]
        places = [f"{revision.source}#{revision.table}/{crossing.row}" for revision in tables]
        if not any(place in rows for place in places):
            yield Finding("dead-reference", crossing.source, (crossing.row,))
        for revision in tables:
            prefix = _read_with(book, revision)
            for label in crossing.number_use:
                if f"{prefix}{label}" not in rows:
                    yield Finding("dead-reference", f"{revision.source}#{revision.table}/{crossing.row}", (f"{prefix}{label}",))


def _read_with(book: Book, linkage: Revision) -> str:
    day = linkage.effective_on
    for revision in book.revisions:
        if revision.kind == "number_use" and revision.effective_on <= day and (revision.until is None or day < revision.until):
            return f"{revision.source}#{revision.table}/"
    return ""


def _ties(book: Book, rows: dict[str, Row]) -> Iterator[Finding]:
    continued: dict[str, str] = {}
    for tie in book.ties:
        for place in (tie.row, tie.earlier):
            if place and place not in rows:
                yield Finding("dead-reference", tie.row or tie.earlier, (place,))
        if tie.kind in CONTINUES and continued.setdefault(tie.earlier, tie.row) != tie.row:
            yield Finding("row-twice", tie.earlier, (continued[tie.earlier], tie.row))
        if tie.row in rows and tie.earlier in rows and _unlike(tie, rows):
            yield Finding("tie-unlike", tie.row, (tie.earlier, tie.kind))


def _unlike(tie: Tie, rows: dict[str, Row]) -> bool:
    """`reworded` and `part` are readings; the other two are claims about the text."""
    words = likeness(rows[tie.earlier].affair, rows[tie.row].affair)
    return tie.kind in {"words", "brackets"} and tie.kind != words


def _untied(book: Book) -> Iterator[Finding]:
    """Every row but those of the first table of a kind has one tie to what was before, every row but the last's one to what came after."""
    before = {tie.row for tie in book.ties}
    after = {tie.earlier for tie in book.ties if tie.kind in CONTINUES or tie.kind == "ceased"}
    for kind in ("number_use", "linkage"):
        tables = sorted((revision for revision in book.revisions if revision.kind == kind), key=lambda revision: revision.effective_on)
        for later in tables[1:]:
            yield from (Finding("affair-untied", row.citation, ("before",)) for row in later.rows if row.citation not in before)
        for earlier in tables[:-1]:
            yield from (Finding("affair-untied", row.citation, ("after",)) for row in earlier.rows if row.citation not in after)


def _places(book: Book, rows: dict[str, Row]) -> Iterator[Finding]:
    """Definitions that stand in a row, and the affairs that powers cover."""
    cited = [(entry.citation, entry.citation) for entry in book.implications if "/" in entry.citation]
    cited += [(power.citation, affair) for power in book.powers for affair in power.affairs]
    for place, row in cited:
        if row not in rows:
            yield Finding("dead-reference", place, (row,))


def _names(book: Book) -> Iterator[Finding]:
    """A definition must lead to a name that some table uses, a power hand on such a name."""
    used = named(book)
    defined = used | {name for entry in book.implications for name in (entry.capacity, *entry.implies)}
    middle = {entry.capacity for entry in book.implications}
    for entry in book.implications:
        for name in entry.implies:
            if name not in used and name not in middle:
                yield Finding("capacity-unknown", entry.citation, (name,))
    for power in book.powers:
        if power.capacity not in defined:
            yield Finding("capacity-unknown", power.citation, (power.capacity,))
        if power.delegate not in defined | {entry.capacity for entry in book.names}:
            yield Finding("capacity-unknown", power.citation, (power.delegate,))
