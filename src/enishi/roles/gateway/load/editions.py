"""The editions of loads in a tenant's database: begun, filled batch by batch, then answered from in one step, or refused."""

import sqlite3
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from enishi.roles.gateway.load.adapter import Adapter
from enishi.roles.gateway.load.translating import BadRow, Written

KEPT_BAD: Final = 10_000
"""Bad rows of a load that are kept one by one; beyond that they are counted."""


class Edition(msgspec.Struct, frozen=True):
    """One load as it stands: rows taken so far (`place`), good and bad ones among them."""

    id: int
    state: Literal["loading", "answering", "refused"]
    place: int
    good: int
    bad: int


class Batch(msgspec.Struct, frozen=True):
    """Rows that are stored together, and how many rows of the source had been taken after them."""

    rows: Sequence[tuple[int, Written | BadRow]]
    place: int
    as_of_ms: int
    """For rows that say no time of their own."""


_SHOWN: Final = "SELECT id, state, place, good, bad FROM edition "


def begin(connection: sqlite3.Connection, adapter: Adapter, source: bytes, at_ms: int) -> Edition:
    """The edition of this source: the one that was begun or finished with it, else a new one in place of what was left of another."""
    newest = connection.execute(_SHOWN + "WHERE adapter = ? AND source = ? ORDER BY id DESC LIMIT 1", (adapter.name, source)).fetchone()
    last = connection.execute("SELECT id FROM edition WHERE item = ? AND state = 'answering' ORDER BY turn DESC LIMIT 1", (adapter.slug,)).fetchone()
    # The same content again is no new load while nothing came after it.
    if newest is not None and (newest[1] == "loading" or (newest[0],) == last):
        return Edition(*newest)
    for (left,) in connection.execute("SELECT id FROM edition WHERE adapter = ? AND state = 'loading'", (adapter.name,)).fetchall():
        _empty(connection, left)
        connection.execute("DELETE FROM bad_row WHERE edition = ?", (left,))
        connection.execute("DELETE FROM edition WHERE id = ?", (left,))
    put = "INSERT INTO edition (adapter, source, item, period, mode, state, begun_ms) VALUES (?, ?, ?, ?, ?, 'loading', ?)"
    made = connection.execute(put, (adapter.name, source, adapter.slug, adapter.covers, adapter.mode, at_ms))
    return Edition(int(made.lastrowid or 0), "loading", 0, 0, 0)


def fill(connection: sqlite3.Connection, edition: int, batch: Batch) -> Edition:
    """Store a batch: good rows of known persons, each person and period once; every other row with its place and reason."""
    bad = [row for _, row in batch.rows if isinstance(row, BadRow)]
    good = 0
    for number, row in batch.rows:
        if isinstance(row, BadRow):
            continue
        reason = _store(connection, edition, row, batch.as_of_ms)
        good += not reason
        if reason:
            bad.append(BadRow(number, "", reason))
    _keep_bad(connection, edition, bad)
    count = "UPDATE edition SET place = ?, good = good + ?, bad = bad + ? WHERE id = ?"
    connection.execute(count, (batch.place, good, len(bad), edition))
    return shown(connection, edition)


def _store(connection: sqlite3.Connection, edition: int, row: Written, as_of_ms: int) -> str:
    if connection.execute("SELECT 1 FROM person WHERE addressee_number = ?", (row.addressee_number,)).fetchone() is None:
        return "person-unknown"
    put = "INSERT OR IGNORE INTO loaded_copy (edition, addressee_number, period, document, as_of_ms) VALUES (?, ?, ?, ?, ?)"
    stored = connection.execute(put, (edition, row.addressee_number, row.period, row.document, row.as_of_ms or as_of_ms))
    return "" if stored.rowcount else "row-twice"


def _keep_bad(connection: sqlite3.Connection, edition: int, bad: Sequence[BadRow]) -> None:
    (kept,) = connection.execute("SELECT COUNT(*) FROM bad_row WHERE edition = ?", (edition,)).fetchone() if bad else (0,)
    rows = [(edition, row.row, row.column, row.reason) for row in bad[: max(0, KEPT_BAD - kept)]]
    connection.executemany("INSERT INTO bad_row (edition, row, column_name, reason) VALUES (?, ?, ?, ?)", rows)


def switch(connection: sqlite3.Connection, edition: int, at_ms: int) -> Edition:
    """Answer from this edition from now on; the former ones stay as history."""
    turn = "(SELECT MAX(turn) + 1 FROM edition)"
    connection.execute(f"UPDATE edition SET state = 'answering', turn = {turn}, answering_since_ms = ? WHERE id = ?", (at_ms, edition))
    return shown(connection, edition)


def refuse(connection: sqlite3.Connection, edition: int) -> Edition:
    """Keep nothing of a load whose adapter takes no bad row, but its report."""
    _empty(connection, edition)
    connection.execute("UPDATE edition SET state = 'refused' WHERE id = ?", (edition,))
    return shown(connection, edition)


def _empty(connection: sqlite3.Connection, edition: int) -> None:
    connection.execute("DELETE FROM loaded_copy WHERE edition = ?", (edition,))


def shown(connection: sqlite3.Connection, edition: int) -> Edition:
    """A edition as it stands."""
    return Edition(*connection.execute(_SHOWN + "WHERE id = ?", (edition,)).fetchone())


def bad_rows(connection: sqlite3.Connection, edition: int) -> tuple[BadRow, ...]:
    """The bad rows that were kept, in the order of the source."""
    found = connection.execute("SELECT row, column_name, reason FROM bad_row WHERE edition = ? ORDER BY row", (edition,))
    return tuple(BadRow(*row) for row in found)
