"""Lint of the item-level detail against its row: every item on both sides, every circle of persons coded."""

from collections.abc import Iterator

from enishi.law.finding import Finding
from enishi.law.index import providers_named
from enishi.law.model import Book, Purpose, Row


def details(book: Book) -> Iterator[Finding]:
    """Rows of tables that are detailed, each with its 号; a table without any detail says so by its verdicts, not here."""
    for revision in book.revisions:
        if any(row.purposes for row in revision.rows):
            for row in revision.rows:
                yield from _row(row)


def _row(row: Row) -> Iterator[Finding]:
    if not row.purposes:
        yield Finding("detail-missing", row.citation, (row.label,))
        return
    carried = providers_named(row)
    entered: set[str] = set()
    for purpose in row.purposes:
        entered |= {item for entry in purpose.entries for item in entry.items}
        yield from _purpose(purpose, carried)
    for item in carried:
        if item not in entered:
            yield Finding("item-without-entry", row.citation, (item,))


def _purpose(purpose: Purpose, carried: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    if not purpose.entries:
        yield Finding("detail-missing", purpose.citation, (purpose.item,))
    for entry in purpose.entries:
        for item in entry.items:
            if item not in carried:
                yield Finding("item-not-in-row", entry.citation, (item,))
        if not entry.relations:
            yield Finding("relation-uncoded", entry.citation, (entry.subjects,))
