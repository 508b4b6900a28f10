"""The faults of the law data: what a reader of the tables would have to notice, found by machine; known edges are reviewed, not hidden."""

from collections.abc import Iterable, Iterator

import msgspec

from enishi.law.capacities import known as known_names
from enishi.law.capacities import named
from enishi.law.finding import Finding
from enishi.law.lint_detail import details
from enishi.law.lint_references import references
from enishi.law.lint_tables import shapes
from enishi.law.model import Implication, Known
from enishi.law.tables import Tables


class Report(msgspec.Struct, frozen=True):
    """`findings` are unexpected and are to be mended; `known` were reviewed, each with the reason why it stays.

    `unheld` are capacities that a table names and none of the institutions asked about holds: a fact about those institutions and no
    fault of the law data, since a table names every office of the country and a registry holds those that have joined.
    """

    findings: tuple[Finding, ...]
    known: tuple[tuple[Finding, str], ...]
    unheld: tuple[Finding, ...] = ()


def lint(tables: Tables, held: Iterable[str] | None = None) -> Report:
    """Every finding on the tables; with `held`, the capacities of all institutions, also those that law does not know, and what nobody holds.

    Pure; a finding is known where code, citation and about are those of an entry of `known.jsonl`, and an entry that finds nothing is
    itself a finding.
    """
    book = tables.book
    found = [*shapes(book), *references(tables), *details(book), *_crossings(tables)]
    listed = {(entry.code, entry.citation, entry.about): entry for entry in book.known}
    matched = [(finding, listed.get((finding.code, finding.citation, finding.about))) for finding in found]
    used = {id(entry) for _, entry in matched}
    idle = [Finding("known-idle", entry.citation, (entry.code, *entry.about)) for entry in book.known if id(entry) not in used]
    fresh = [finding for finding, entry in matched if entry is None]
    names = frozenset(held) if held is not None else None
    unknown = _unknown(tables, names) if names is not None else ()
    return Report((*fresh, *idle, *unknown), tuple(_kept(matched)), tuple(_unheld(tables, names)) if names is not None else ())


def _kept(matched: Iterable[tuple[Finding, Known | None]]) -> Iterator[tuple[Finding, str]]:
    for finding, entry in matched:
        if entry is not None:
            yield finding, entry.reason


def _crossings(tables: Tables) -> Iterator[Finding]:
    """Rows without a standing in number use, and inquirers who may not use the number for their own row's affair."""
    crossed = {(crossing.source, crossing.row) for crossing in tables.book.crosswalk}
    for era in tables.eras:
        for row in era.linkage:
            day = era.effective_on.isoformat()
            if (era.source, row.row.label) not in crossed:
                yield Finding("crosswalk-missing", row.row.citation, (day,))
            elif outside := sorted(row.inquirers - row.number_use.users):
                yield Finding("inquirer-not-user", row.row.citation, (day, *outside))


def _unknown(tables: Tables, held: frozenset[str]) -> Iterator[Finding]:
    for name in sorted(held - known_names(tables.book)):
        yield Finding("capacity-unknown", "", (name,))


def _unheld(tables: Tables, held: frozenset[str]) -> Iterator[Finding]:
    for name in sorted(named(tables.book) - _reached(held, tables.book.implications)):
        yield Finding("capacity-unheld", "", (name,))


def _reached(held: frozenset[str], implications: Iterable[Implication]) -> frozenset[str]:
    """All that the holders hold by definition, on any day."""
    listed, reached = tuple(implications), set(held)
    while more := {name for entry in listed if entry.capacity in reached for name in entry.implies} - reached:
        reached |= more
    return frozenset(reached)
