"""Rows of mandates to organisations: one for each, from its person's signature to the organisation's word that it has deleted."""

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from enishi.protocol.agent import AgentEnded, AgentShown, EndReason, Part
from enishi.protocol.statement import AffairRef
from enishi.roles.registrar.offers import YEARS_MS
from enishi.terms import InstitutionId

SHOWN: Final = 200
"""Mandates that a person is shown, the newest first."""
_COLUMNS: Final = "reference, individual_number, agent, recipient, source, row, purpose_item, part, signed, at_ms, until_ms"
_SHOWN: Final = "reference, agent, recipient, source, row, purpose_item, part, at_ms, until_ms, taken_ms, ended_ms, reason, deleted_ms"
_PLACES: Final = ", ".join("?" * 12)


class Kept(msgspec.Struct, frozen=True):
    """A mandate as it is kept; `signed` is the SignedAgentMandate as msgpack, empty once the organisation has it or nobody may have it any more."""

    reference: bytes
    individual_number: str
    agent: InstitutionId
    recipient: InstitutionId
    affair: AffairRef
    purpose_item: str
    part: Part
    signed: bytes
    at_ms: int
    until_ms: int


class Basis(NamedTuple):
    """What mandates of one kind rest on: who acts, as what, towards whom, for which affair."""

    agent: InstitutionId
    recipient: InstitutionId
    source: str
    row: str
    part: Part


def put(connection: sqlite3.Connection, kept: Kept, digest: bytes) -> bool:
    """Keep one; False where a mandate of this digest was kept before, whatever became of it."""
    affair = (kept.affair.source, kept.affair.row)
    parties = (kept.reference, kept.individual_number, kept.agent, kept.recipient)
    values = (*parties, *affair, kept.purpose_item, kept.part, kept.signed, kept.at_ms, kept.until_ms, digest)
    done = connection.execute(f"INSERT INTO agent_mandate ({_COLUMNS}, digest) VALUES ({_PLACES}) ON CONFLICT (digest) DO NOTHING", values)
    return done.rowcount == 1


def waiting(connection: sqlite3.Connection, institutions: Sequence[InstitutionId], without: Sequence[bytes], at_ms: int, limit: int) -> list[Kept]:
    """What stands and was not confirmed by these organisations, in no order, as of what was handed over (offers.py)."""
    places, left_out = (", ".join("?" * len(values)) for values in (institutions, without))
    query = (
        f"SELECT {_COLUMNS} FROM agent_mandate WHERE taken_ms = 0 AND ended_ms = 0 AND until_ms > ? AND agent IN ({places})"
        f" AND reference NOT IN ({left_out}) ORDER BY random() LIMIT ?"
    )
    rows = connection.execute(query, (at_ms, *institutions, *without, limit)).fetchall()
    return [Kept(row[0], row[1], row[2], row[3], AffairRef(row[4], row[5]), *row[6:]) for row in rows]


def over(connection: sqlite3.Connection, institutions: Sequence[InstitutionId], limit: int) -> tuple[AgentEnded, ...]:
    """What is over and was not confirmed as deleted by these organisations, in no order."""
    places = ", ".join("?" * len(institutions))
    query = (
        "SELECT reference, agent, reason, ended_ms FROM agent_mandate"
        f" WHERE ended_ms > 0 AND deleted_ms = 0 AND agent IN ({places}) ORDER BY random() LIMIT ?"
    )
    rows = connection.execute(query, (*institutions, limit)).fetchall()
    return tuple(AgentEnded(reference=row[0], agent=InstitutionId(row[1]), reason=row[2], at_ms=row[3]) for row in rows)


def bases(connection: sqlite3.Connection) -> list[Basis]:
    """What the mandates that stand rest on, each once."""
    query = "SELECT DISTINCT agent, recipient, source, row, part FROM agent_mandate WHERE ended_ms = 0"
    return [Basis(*row) for row in connection.execute(query).fetchall()]


def due(connection: sqlite3.Connection, at_ms: int) -> bool:
    """Whether the day of one that stands has come."""
    return connection.execute("SELECT 1 FROM agent_mandate WHERE ended_ms = 0 AND until_ms <= ? LIMIT 1", (at_ms,)).fetchone() is not None


def expire(connection: sqlite3.Connection, at_ms: int) -> int:
    """End what has come to its day; returns how many."""
    _overwrite(connection)
    query = "UPDATE agent_mandate SET ended_ms = until_ms, reason = 'expired', signed = x'' WHERE ended_ms = 0 AND until_ms <= ?"
    return connection.execute(query, (at_ms,)).rowcount


def fall(connection: sqlite3.Connection, basis: Basis, reason: EndReason, at_ms: int) -> int:
    """End everything that rests on this, for good: an organisation that stands again asks people again."""
    _overwrite(connection)
    query = (
        "UPDATE agent_mandate SET ended_ms = ?, reason = ?, signed = x''"
        " WHERE ended_ms = 0 AND agent = ? AND recipient = ? AND source = ? AND row = ? AND part = ?"
    )
    return connection.execute(query, (at_ms, reason, *basis)).rowcount


def withdraw(connection: sqlite3.Connection, individual_number: str, reference: bytes, at_ms: int) -> bool:
    """End one of this person's; the same again changes nothing. False where the person has none of that reference."""
    _overwrite(connection)
    expire(connection, at_ms)
    query = "UPDATE agent_mandate SET ended_ms = ?, reason = 'withdrawn', signed = x'' WHERE reference = ? AND individual_number = ? AND ended_ms = 0"
    connection.execute(query, (at_ms, reference, individual_number))
    own = connection.execute("SELECT 1 FROM agent_mandate WHERE reference = ? AND individual_number = ?", (reference, individual_number))
    return own.fetchone() is not None


def strike(connection: sqlite3.Connection, agent: InstitutionId, references: Sequence[bytes], at_ms: int) -> None:
    """The organisation has these: what the holder signed is struck here; the same again, or of another organisation, changes nothing."""
    _overwrite(connection)
    rows = [(at_ms, reference, agent) for reference in references]
    connection.executemany("UPDATE agent_mandate SET taken_ms = ?, signed = x'' WHERE reference = ? AND agent = ? AND taken_ms = 0", rows)


def close(connection: sqlite3.Connection, agent: InstitutionId, references: Sequence[bytes], at_ms: int) -> None:
    """The organisation has deleted these; what stood until then, it gave up itself."""
    _overwrite(connection)
    expire(connection, at_ms)
    query = (
        "UPDATE agent_mandate SET deleted_ms = ?, signed = x'', reason = CASE WHEN ended_ms = 0 THEN 'given_up' ELSE reason END,"
        " ended_ms = CASE WHEN ended_ms = 0 THEN ? ELSE ended_ms END WHERE reference = ? AND agent = ? AND deleted_ms = 0"
    )
    connection.executemany(query, [(at_ms, at_ms, reference, agent) for reference in references])


def of_person(connection: sqlite3.Connection, individual_number: str) -> tuple[AgentShown, ...]:
    """What a person gave to organisations, the newest first."""
    query = f"SELECT {_SHOWN} FROM agent_mandate WHERE individual_number = ? ORDER BY at_ms DESC LIMIT ?"
    return tuple(map(_shown, connection.execute(query, (individual_number, SHOWN)).fetchall()))


def forget(connection: sqlite3.Connection, at_ms: int) -> int:
    """Delete what ended and was deleted more than seven years ago; returns how many."""
    _overwrite(connection)
    return connection.execute("DELETE FROM agent_mandate WHERE deleted_ms > 0 AND deleted_ms < ?", (at_ms - YEARS_MS,)).rowcount


def _shown(row: tuple[object, ...]) -> AgentShown:
    names = ("reference", "agent", "recipient", "affair", "purpose_item", "part", "at_ms", "until_ms", "taken_ms", "ended_ms", "reason")
    given = (*row[:3], AffairRef(str(row[3]), str(row[4])), *row[5:])
    return AgentShown(**dict(zip((*names, "deleted_ms"), given, strict=True)))  # type: ignore[arg-type]


def _overwrite(connection: sqlite3.Connection) -> None:
    # Freed pages are overwritten: with what was signed go name, address, birthday and gender.
    connection.execute("PRAGMA secure_delete=ON")
