"""Relations as the institution keeps them, and the outbox of what the registrar is to be told: one row for each act, told in their order."""

import sqlite3
from datetime import date
from secrets import token_bytes
from typing import Final, Literal, cast

import msgspec

from enishi.errors import Unknown
from enishi.protocol.mandate import Scope

Act = Literal["enter", "end", "confirm", "protect"]
LISTED: Final = 500
_COLUMNS: Final = "entry, principal, representative, kind, citation, principal_name, representative_name, until_day, until_ms, scope"
_OWED: Final = "SELECT id, entry, act FROM representation_told WHERE told_ms = 0 AND next_ms <= ? ORDER BY id LIMIT ?"


class Representation(msgspec.Struct, frozen=True):
    """A relation; `principal` and `representative` are the institution's own numbers, `until_day` (JST) is the first that it does not cover,
    `scope` what the representative may do."""

    entry: bytes
    principal: str
    representative: str
    kind: Literal["parent", "guardian"]
    citation: str
    principal_name: str
    representative_name: str
    until_day: date
    until_ms: int
    scope: tuple[Scope, ...] = ("records",)


class Told(msgspec.Struct, frozen=True):
    """An act that the registrar is told, or was; `fault` is the slug with which it refused for good."""

    id: int
    entry: bytes
    act: Act
    officer: str
    at_ms: int
    told_ms: int
    fault: str


class Owed(msgspec.Struct, frozen=True):
    """An act that is still to be told."""

    id: int
    entry: bytes
    act: Act


def new_entry() -> bytes:
    """16 random bytes."""
    return token_bytes(16)


def owe(connection: sqlite3.Connection, entry: bytes, act: Act, officer: str, at_ms: int) -> None:
    """Have the registrar told; durable with the caller's transaction."""
    query = "INSERT INTO representation_told (entry, act, officer, at_ms) VALUES (?, ?, ?, ?)"
    connection.execute(query, (entry, act, officer, at_ms))


def enter(connection: sqlite3.Connection, one: Representation, officer: str, at_ms: int) -> Representation:
    """Keep a relation, and owe it; Unknown("person-unknown")."""
    for number in (one.principal, one.representative):
        if connection.execute("SELECT 1 FROM person WHERE addressee_number = ?", (number,)).fetchone() is None:
            # The number itself stays out of the fault: faults are logged, and it names a person.
            raise Unknown("person-unknown", field="person")
    values = (*msgspec.structs.astuple(one)[:7], one.until_day.isoformat(), one.until_ms, ",".join(one.scope))
    connection.execute(f"INSERT INTO representation ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    owe(connection, one.entry, "enter", officer, at_ms)
    return one


def find(connection: sqlite3.Connection, entry: bytes) -> Representation:
    """One relation; Unknown("representation-unknown")."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM representation WHERE entry = ?", (entry,)).fetchone()
    if row is None:
        raise Unknown("representation-unknown", field="entry")
    return _representation(row)


def act(connection: sqlite3.Connection, entry: bytes, what: Act, officer: str, at_ms: int) -> Representation:
    """Owe an act on a relation; Unknown("representation-unknown")."""
    found = find(connection, entry)
    owe(connection, entry, what, officer, at_ms)
    return found


def acts(connection: sqlite3.Connection, entry: bytes) -> tuple[Told, ...]:
    """What was done with a relation, the oldest first."""
    query = "SELECT id, entry, act, officer, at_ms, told_ms, fault FROM representation_told WHERE entry = ? ORDER BY id"
    return tuple(Told(*row) for row in connection.execute(query, (entry,)))


def listed(connection: sqlite3.Connection) -> list[tuple[Representation, tuple[Told, ...]]]:
    """The newest relations with what was done with each."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM representation ORDER BY rowid DESC LIMIT ?", (LISTED,)).fetchall()
    return [(one, acts(connection, one.entry)) for one in map(_representation, rows)]


def owed(connection: sqlite3.Connection, at_ms: int, limit: int) -> list[Owed]:
    """What is to be told now, in the order in which it was done."""
    return [Owed(row[0], bytes(row[1]), cast(Act, row[2])) for row in connection.execute(_OWED, (at_ms, limit))]


def marked(connection: sqlite3.Connection, entry: bytes) -> tuple[str, int]:
    """On whom the mark of a protection stands, by the institution's own number, and until when."""
    row = connection.execute("SELECT addressee_number, until_ms FROM mark WHERE id = ?", (entry,)).fetchone()
    return str(row[0]), int(row[1])


def told(connection: sqlite3.Connection, owed_id: int, at_ms: int, fault: str = "") -> None:
    """The registrar knows, or refuses for good."""
    connection.execute("UPDATE representation_told SET told_ms = ?, fault = ? WHERE id = ?", (at_ms, fault, owed_id))


def later(connection: sqlite3.Connection, owed_id: int, next_ms: int) -> None:
    """Try one again at that time; the others go on."""
    connection.execute("UPDATE representation_told SET next_ms = ? WHERE id = ?", (next_ms, owed_id))


def _representation(row: tuple[object, ...]) -> Representation:
    named = dict(zip(Representation.__struct_fields__, row, strict=True))
    return Representation(**(named | {"until_day": date.fromisoformat(str(row[7])), "scope": tuple(str(row[9]).split(","))}))  # type: ignore[arg-type]
