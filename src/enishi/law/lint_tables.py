"""Lint of the tables' shape: labels in sequence, one table of each kind on every day, no row twice."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Final

from enishi.law.finding import Finding
from enishi.law.labels import label_key
from enishi.law.model import Book, Kind, Revision

NEEDED: Final[tuple[Kind, ...]] = ("number_use", "linkage")


def shapes(book: Book) -> Iterator[Finding]:
    """Gaps and doubles of every table, days without one, days with two."""
    for revision in book.revisions:
        yield from _gaps(revision)
        yield from _twice(revision)
    for kind in NEEDED:
        yield from _days(book, kind)
    yield from _overlaps(book)


def _gaps(revision: Revision) -> Iterator[Finding]:
    """26 and 28 without 27, 26-2 and 26-4 without 26-3, 26-2 without 26; a label that the text keeps as deleted is there."""
    labels = {label_key(label) for label in (*(row.label for row in revision.rows), *revision.deleted)}
    last: dict[tuple[int, ...], int] = defaultdict(int)
    for label in labels:
        last[label[:-1]] = max(last[label[:-1]], label[-1])
    wanted = {(*stem, number) for stem, highest in last.items() for number in range(2 if stem else 1, highest)} | {stem for stem in last if stem}
    for missing in sorted(wanted - labels):
        name = "-".join(map(str, missing))
        yield Finding("label-gap", f"{revision.source}#{revision.table}/{name}", (name,))


def _twice(revision: Revision) -> Iterator[Finding]:
    """Two rows under one label, or one affair of the same parties with the same grants."""
    for label, count in Counter(row.label for row in revision.rows).items():
        if count > 1:
            yield Finding("row-twice", f"{revision.source}#{revision.table}/{label}", (label,))
    first: dict[tuple[object, ...], str] = {}
    for row in revision.rows:
        earlier = first.setdefault((row.parties, row.affair, row.grants), row.label)
        if earlier != row.label:
            yield Finding("row-twice", row.citation, (earlier, row.label))


def _days(book: Book, kind: Kind) -> Iterator[Finding]:
    """From the first day held on, every day has a table, for ever."""
    first = min(revision.effective_on for revision in book.revisions if revision.kind != "proposal")
    spans = sorted((revision for revision in book.revisions if revision.kind == kind), key=lambda revision: revision.effective_on)
    if not spans or spans[0].effective_on > first:
        yield Finding("day-without-table", "", (kind, first.isoformat()))
    for earlier, later in pairwise(spans):
        if earlier.until is not None and earlier.until < later.effective_on:
            yield Finding("day-without-table", earlier.source, (kind, earlier.until.isoformat()))
    if spans and spans[-1].until is not None:
        yield Finding("day-without-table", spans[-1].source, (kind, spans[-1].until.isoformat()))


def _overlaps(book: Book) -> Iterator[Finding]:
    for one, other in combinations(sorted(book.revisions, key=lambda revision: revision.effective_on), 2):
        if one.kind == other.kind and (one.until is None or other.effective_on < one.until):
            yield Finding("tables-overlap", other.source, (one.source, other.effective_on.isoformat()))
