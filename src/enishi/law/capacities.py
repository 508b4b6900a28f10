"""資格: which capacity contains which on a day, and which powers a statute hands to whom; from dated, cited data."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from enishi.law.index import Spread
from enishi.law.model import Book, Implication, Power

RELATED: Final = "個人番号関係事務実施者"
"""Who hands other people's numbers in, as an employer or agent (Number Act Art. 9(4)). No table names it: it gives no number use of Art. 9(1)."""


def holds(dated: Implication | Power, on: date) -> bool:
    """True on the half-open days of the entry."""
    return dated.effective_on <= on and (dated.until is None or on < dated.until)


def boundaries(implications: Iterable[Implication]) -> set[date]:
    """The days on which what a capacity contains changes."""
    return {day for implication in implications for day in (implication.effective_on, implication.until) if day is not None}


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


def named(book: Book) -> frozenset[str]:
    """Every capacity that a table names, as inquirer, user, provider or in the scope of a 号."""
    rows = [row for revision in book.revisions for row in revision.rows]
    parties = {name for row in rows for name in row.parties}
    providers = {name for row in rows for grant in row.grants for name in grant.providers}
    return frozenset(parties | providers | {name for row in rows for purpose in row.purposes for name in purpose.inquirers})


def known(book: Book) -> frozenset[str]:
    """Every capacity that the law data knows: named by a table, by a definition, by a delegation, or by its own entry."""
    defined = {name for implication in book.implications for name in (implication.capacity, *implication.implies)}
    return named(book) | defined | {power.delegate for power in book.powers} | {name.capacity for name in book.names}


def powers_of(book: Book, capacity: str, on: date) -> tuple[Power, ...]:
    """What a statute hands to the holders of a capacity on a day, in the order of the data."""
    return tuple(power for power in book.powers if power.delegate == capacity and holds(power, on))
