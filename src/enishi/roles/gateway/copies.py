"""Which held copy answers: the newest edition that has one, down to the last full one, else the first import; and all that came before."""

import sqlite3
from typing import Final

import msgspec

from enishi.protocol.forms import END_MS
from enishi.terms import Absence

NEWEST: Final = 2**53
"""After every turn, and more than there are."""


class Copy(msgspec.Struct, frozen=True):
    """A held copy, with when the source held it (milliseconds UTC, 0 where that is not known)."""

    document: bytes
    as_of_ms: int


class Former(msgspec.Struct, frozen=True):
    """A held copy of the past or present: `since_ms` is when the gateway began to answer from it; an empty document says that it was taken back.

    `load` names the adapter, "import" the first import; `turn` is its place in the order of loads, 0 for that.
    """

    document: bytes
    as_of_ms: int
    since_ms: int
    load: str = "import"
    turn: int = 0


_LAST_FULL: Final = (
    "SELECT MAX(turn) FROM edition WHERE state = 'answering' AND mode = 'full' AND item = ? AND period IN (?, '*') AND answering_since_ms <= ?"
)
_LOADED: Final = (
    "SELECT l.document, l.as_of_ms FROM edition g JOIN loaded_copy l ON l.edition = g.id AND l.addressee_number = ? AND l.period = ? "
    "WHERE g.state = 'answering' AND g.item = ? AND g.turn >= ? AND g.answering_since_ms <= ? ORDER BY g.turn DESC LIMIT 1"
)
_FIRST: Final = "SELECT document, as_of_ms FROM held_copy WHERE addressee_number = ? AND item = ? AND period = ?"
_HISTORY: Final = (
    "SELECT COALESCE(l.document, x''), COALESCE(l.as_of_ms, 0), g.answering_since_ms, g.adapter, g.turn FROM edition g LEFT JOIN loaded_copy l "
    "ON l.edition = g.id AND l.addressee_number = ?1 AND l.period = ?2 WHERE g.state = 'answering' AND g.item = ?3 AND g.turn < ?4 "
    # A full edition in which the person does not stand took the copy back as much as a row that says so.
    "AND (l.edition IS NOT NULL OR (g.mode = 'full' AND g.period IN (?2, '*'))) ORDER BY g.turn DESC LIMIT ?5"
)


def copy_of(connection: sqlite3.Connection, addressee_number: str, item: str, period: str) -> Copy | None:
    """The copy that answers for a person, item and period; None where there is none."""
    found = copy_or_absence(connection, addressee_number, item, period)
    return found if isinstance(found, Copy) else None


def copy_or_absence(connection: sqlite3.Connection, addressee_number: str, item: str, period: str, at_ms: int = END_MS) -> Copy | Absence:
    """The same with the reason where there is none; `at_ms` asks what answered at that time."""
    (full,) = connection.execute(_LAST_FULL, (item, period, at_ms)).fetchone()
    row = connection.execute(_LOADED, (addressee_number, period, item, full or 0, at_ms)).fetchone()
    if row is None and full is None:
        row = connection.execute(_FIRST, (addressee_number, item, period)).fetchone()
    if row is None:
        # A full edition names everybody whom the source knows in its period: who is not in it has no such data. Without one nobody can say that.
        return Absence.NOT_REGISTERED if full is None else Absence.NO_SUCH_DATA
    return Copy(bytes(row[0]), row[1]) if row[0] else Absence.NO_SUCH_DATA


def history_of(
    connection: sqlite3.Connection, addressee_number: str, item: str, period: str, before: int = NEWEST, limit: int = NEWEST
) -> tuple[Former, ...]:
    """Every copy that was ever answered from, the newest first; the first import's last, since when (0) nothing came before it.

    Of loads before that turn, and at most so many; the first import comes with the last of them.
    """
    rows = connection.execute(_HISTORY, (addressee_number, period, item, before, limit))
    loaded = [Former(bytes(row[0]), *row[1:]) for row in rows]
    if len(loaded) == limit:
        return tuple(loaded)
    first = [Former(bytes(row[0]), row[1], 0) for row in connection.execute(_FIRST, (addressee_number, item, period))]
    return (*loaded, *first)
