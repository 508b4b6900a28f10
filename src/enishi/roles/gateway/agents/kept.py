"""Mandates as the organisation keeps them: whole while they stand, and of those that are over the digest, the times and the reason.

The number itself is enrolment's: here it is only passed on, and dropped in the same transaction as the mandate.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import msgspec
from cryptography.x509 import load_der_x509_certificate

from enishi.errors import Unknown
from enishi.oidc.documents import read_basic_items
from enishi.protocol.agent import AgentGiven, BelievedMandate, EndReason, EndShown, Part, SignedAgentMandate
from enishi.protocol.statement import AffairRef
from enishi.roles.gateway import enrolment

State = Literal["standing", "deleted"]
_COLUMNS: Final = "reference, digest, signed, recipient, source, row, purpose_item, part, given_ms, until_ms, at_ms"
_FIND: Final = f"SELECT {_COLUMNS}, ended_ms, reason, deleted_ms FROM agent_mandate"
_EMPTIED: Final = "signed = x'', recipient = '', source = '', row = '', purpose_item = '', part = ''"


class Person(msgspec.Struct, frozen=True):
    """The four basic items of the signature certificate (基本4情報)."""

    name: str
    address: str
    born_on: date
    gender: str


class Kept(msgspec.Struct, frozen=True):
    """One mandate; once it is deleted `person` is null, and names and words are empty. Times that have not come are 0."""

    reference: bytes
    digest: bytes
    person: Person | None
    recipient: str
    affair: AffairRef
    purpose_item: str
    part: Part | Literal[""]
    given_ms: int
    until_ms: int
    ended_ms: int
    reason: EndShown
    deleted_ms: int


def keep(connection: sqlite3.Connection, given: AgentGiven, believed: BelievedMandate, at_ms: int) -> bool:
    """Keep one under its reference with its number; False for one that was kept before, whatever became of it.

    Malformed("individual-number-wrong").
    """
    if connection.execute("SELECT 1 FROM agent_mandate WHERE reference = ?", (given.reference,)).fetchone():
        return False
    mandate = believed.mandate
    enrolment.keep_mandated(connection, given.reference, given.individual_number)
    affair = (mandate.affair.source, mandate.affair.row, mandate.purpose_item)
    signed = msgspec.msgpack.encode(given.signed)
    values = (given.reference, believed.digest, signed, mandate.recipient, *affair, mandate.part, given.at_ms, mandate.until_ms, at_ms)
    connection.execute(f"INSERT INTO agent_mandate ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    return True


def delete(connection: sqlite3.Connection, reference: bytes, reason: EndReason, ended_ms: int, at_ms: int) -> bool:
    """Delete number and mandate; digest, times and reason stay. False where there was nothing left to delete."""
    # Freed pages are overwritten, so that the file does not keep what was deleted.
    connection.execute("PRAGMA secure_delete=ON")
    enrolment.drop_mandated(connection, reference)
    query = f"UPDATE agent_mandate SET {_EMPTIED}, ended_ms = ?, reason = ?, deleted_ms = ? WHERE reference = ? AND deleted_ms = 0"
    return connection.execute(query, (ended_ms, reason, at_ms, reference)).rowcount == 1


def due(connection: sqlite3.Connection, at_ms: int) -> list[tuple[bytes, int]]:
    """Those whose day has come, with the day: the organisation deletes them itself, whether or not the registrar can be reached."""
    return connection.execute("SELECT reference, until_ms FROM agent_mandate WHERE deleted_ms = 0 AND until_ms <= ?", (at_ms,)).fetchall()


def untold(connection: sqlite3.Connection, limit: int) -> list[bytes]:
    """Those that were deleted here, of which the registrar has not confirmed that it knows."""
    rows = connection.execute("SELECT reference FROM agent_mandate WHERE deleted_ms > 0 AND told_ms = 0 LIMIT ?", (limit,)).fetchall()
    return [bytes(row[0]) for row in rows]


def told(connection: sqlite3.Connection, references: Sequence[bytes], at_ms: int) -> None:
    """The registrar knows that these are deleted."""
    rows = [(at_ms, reference) for reference in references]
    connection.executemany("UPDATE agent_mandate SET told_ms = ? WHERE reference = ? AND told_ms = 0", rows)


def any_open(connection: sqlite3.Connection) -> bool:
    """Whether anything is kept, or was deleted and not said yet."""
    return connection.execute("SELECT 1 FROM agent_mandate WHERE deleted_ms = 0 OR told_ms = 0 LIMIT 1").fetchone() is not None


def find(connection: sqlite3.Connection, reference: bytes) -> Kept:
    """One mandate; Unknown("agent-unknown")."""
    row = connection.execute(f"{_FIND} WHERE reference = ?", (reference,)).fetchone()
    if row is None:
        raise Unknown("agent-unknown", field="reference")
    return _kept(row)


def page(connection: sqlite3.Connection, state: State | None, after: bytes, limit: int) -> list[Kept]:
    """Mandates behind a reference, in the order of their references; of one state or of both."""
    which = {"standing": " AND deleted_ms = 0", "deleted": " AND deleted_ms > 0", None: ""}[state]
    rows = connection.execute(f"{_FIND} WHERE reference > ?{which} ORDER BY reference LIMIT ?", (after, limit)).fetchall()
    return [_kept(row) for row in rows]


def _kept(row: sqlite3.Row | tuple[object, ...]) -> Kept:
    reference, digest, signed, recipient, source, label, purpose, part, given_ms, until_ms, _, ended_ms, reason, deleted_ms = row
    affair = AffairRef(str(source), str(label))
    return Kept(reference, digest, _person(signed), recipient, affair, purpose, part, given_ms, until_ms, ended_ms, reason, deleted_ms)  # type: ignore[arg-type]


def _person(signed: object) -> Person | None:
    if not isinstance(signed, bytes) or not signed:
        return None
    items = read_basic_items(load_der_x509_certificate(msgspec.msgpack.decode(signed, type=SignedAgentMandate).certificate))
    return Person(items.name, items.address, items.born_on, items.gender)
