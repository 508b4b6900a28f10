"""The tables of bulk: messages, their rows, what was asked in each, and the calls back that are due.  Every function works within a transaction."""

import sqlite3
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from enishi.errors import Busy, Fault, Tampered, Unknown
from enishi.protocol.wire import FaultForm
from enishi.roles.gateway.bulk.numbers import new_number
from enishi.roles.gateway.bulk.row import Kind, Row
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.each import fault_from
from enishi.terms import InstitutionId

OPEN_ROWS: Final = 100_000
"""Rows of one institution that are not sent yet."""
State = Literal["working", "waiting", "ended"]
RowState = Literal["accepted", "sending", "waiting", "ended", "failed", "cancelled"]


class Incoming(msgspec.Struct, frozen=True):
    """A message as it is about to be stored."""

    kind: Kind
    charset: str
    rows: list[Row]
    callback: str
    repeat_key: str
    digest: bytes
    at_ms: int


class Standing(msgspec.Struct, frozen=True):
    """A stored message: whose it is, what it is, how far the order of its results goes (`told`)."""

    number: bytes
    kind: Kind
    charset: str
    system: str
    officer: str
    at_ms: int
    rows: int
    state: State
    cancelled_ms: int
    told: int
    callback: str


_STANDING: Final = "number, kind, charset, system, officer, at_ms, rows, state, cancelled_ms, told, callback"


def accept(connection: sqlite3.Connection, caller: Caller, incoming: Incoming) -> bytes:
    """Store a message and give its number; the same key with the same bytes gives the number that it has.

    Tampered("repeat-key-reused") for other bytes, Busy("bulk-queue-full").
    """
    known = _repeated(connection, caller, incoming)
    if known is not None:
        return known
    asked = sum(row.fault is None for row in incoming.rows)
    (waiting,) = connection.execute("SELECT COUNT(*) FROM bulk_row WHERE state = 'accepted'").fetchone()
    if waiting + asked > OPEN_ROWS:
        raise Busy("bulk-queue-full", f"{OPEN_ROWS}", "body")
    number = new_number()
    failed = len(incoming.rows) - asked
    connection.execute(
        "INSERT INTO bulk (number, kind, charset, system, officer, at_ms, repeat_key, digest, rows, state, told, callback)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'working', ?, ?)",
        (
            number,
            incoming.kind,
            incoming.charset,
            caller.system,
            caller.officer,
            incoming.at_ms,
            incoming.repeat_key,
            incoming.digest,
            len(incoming.rows),
            1 if failed else 0,
            incoming.callback,
        ),
    )
    _put(connection, number, incoming.rows)
    settle_state(connection, number, incoming.at_ms)
    return number


def standing(connection: sqlite3.Connection, number: bytes, system: str) -> Standing:
    """A stored message; Unknown("bulk-unknown"), also where another system sent it."""
    row = connection.execute(f"SELECT {_STANDING} FROM bulk WHERE number = ?", (number,)).fetchone()
    if row is None or row[3] != system:
        raise Unknown("bulk-unknown", field="number")
    return Standing(*row)


def caller_of(connection: sqlite3.Connection, number: bytes, tenant: InstitutionId) -> Caller:
    """The system and officer that sent a message; what is asked from it is asked for them."""
    system, officer = connection.execute("SELECT system, officer FROM bulk WHERE number = ?", (number,)).fetchone()
    return Caller(tenant, system, officer)


def counts(connection: sqlite3.Connection, number: bytes) -> dict[str, int]:
    """Rows by state."""
    return dict(connection.execute("SELECT state, COUNT(*) FROM bulk_row WHERE bulk = ? GROUP BY state", (number,)))


def cancel(connection: sqlite3.Connection, number: bytes, at_ms: int) -> None:
    """Take back what is not sent yet."""
    changed = connection.execute(
        "UPDATE bulk_row SET state = 'cancelled', told = (SELECT told + 1 FROM bulk WHERE number = ?) WHERE bulk = ? AND state = 'accepted'",
        (number, number),
    ).rowcount
    if changed:
        connection.execute("UPDATE bulk SET told = told + 1, cancelled_ms = ? WHERE number = ?", (at_ms, number))
    settle_state(connection, number, at_ms)


def fail(connection: sqlite3.Connection, number: bytes, faults: Sequence[tuple[int, Fault]], at_ms: int) -> None:
    """End rows that cannot be asked, each with its own fault."""
    told = next_told(connection, number)
    connection.executemany(
        "UPDATE bulk_row SET state = 'failed', told = ?, fault = ? WHERE bulk = ? AND row = ? AND state = 'accepted'",
        [(told, fault_bytes(fault), number, row) for row, fault in faults],
    )
    settle_state(connection, number, at_ms)


def next_told(connection: sqlite3.Connection, number: bytes) -> int:
    """The next place in the order of a message's results."""
    (told,) = connection.execute("UPDATE bulk SET told = told + 1 WHERE number = ? RETURNING told", (number,)).fetchone()
    return int(told)


def settle_state(connection: sqlite3.Connection, number: bytes, at_ms: int) -> None:
    """Bring a message's state up to its rows'; where it changed to waiting or ended, the call back is due from this transaction on."""
    before, callback = connection.execute("SELECT state, callback FROM bulk WHERE number = ?", (number,)).fetchone()
    now = _state(connection, number)
    if now == before:
        return
    connection.execute("UPDATE bulk SET state = ? WHERE number = ?", (now, number))
    if callback and now != "working":
        connection.execute(
            "INSERT INTO callback (id, bulk, state, at_ms, tries, next_ms) VALUES (?, ?, ?, ?, 0, ?)", (new_number(), number, now, at_ms, at_ms)
        )


def fault_bytes(fault: Fault) -> bytes:
    """A fault as it rests in a row."""
    return msgspec.json.encode(FaultForm.of(fault))


def fault_in(resting: bytes) -> Fault:
    """The fault that rests in a row."""
    return fault_from(msgspec.json.decode(resting, type=FaultForm))


def _repeated(connection: sqlite3.Connection, caller: Caller, incoming: Incoming) -> bytes | None:
    if not incoming.repeat_key:
        return None
    row = connection.execute(
        "SELECT number, digest FROM bulk WHERE system = ? AND repeat_key = ? AND repeat_key <> ''", (caller.system, incoming.repeat_key)
    ).fetchone()
    if row is None:
        return None
    if row[1] != incoming.digest:
        raise Tampered("repeat-key-reused", field="Idempotency-Key")
    return bytes(row[0])


def _put(connection: sqlite3.Connection, number: bytes, rows: Sequence[Row]) -> None:
    connection.executemany(
        "INSERT INTO bulk_row (bulk, row, line, state, told, fault) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, place, row.line, *(("failed", 1, fault_bytes(row.fault)) if row.fault else ("accepted", 0, b"")))
            for place, row in enumerate(rows, 1)
        ],
    )
    connection.executemany(
        "INSERT INTO bulk_line (bulk, row, question, fields) VALUES (?, ?, ?, ?)",
        [(number, place, row.question, msgspec.json.encode(row.fields) if row.fields else b"") for place, row in enumerate(rows, 1)],
    )


def _state(connection: sqlite3.Connection, number: bytes) -> State:
    def any_row(query: str) -> bool:
        return connection.execute(query, (number,)).fetchone() is not None

    # Written out so that each uses the index of its own state.
    if any_row("SELECT 1 FROM bulk_row WHERE bulk = ? AND state = 'accepted' LIMIT 1"):
        return "working"
    if any_row("SELECT 1 FROM bulk_row WHERE bulk = ? AND state = 'sending' LIMIT 1"):
        return "working"
    return "waiting" if any_row("SELECT 1 FROM bulk_row WHERE bulk = ? AND state = 'waiting' LIMIT 1") else "ended"
