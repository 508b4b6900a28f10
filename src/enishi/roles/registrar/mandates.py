"""Rows of mandates: who may act for whom in what until when, what became of it, and each use. Kept for seven years behind its end."""

import sqlite3
from secrets import token_bytes
from typing import Final, NamedTuple, cast

import msgspec

from enishi.errors import Denied
from enishi.protocol.mandate import USES, Kind, MandateShown, Scope, State
from enishi.roles.registrar.offers import YEARS_MS
from enishi.terms import InstitutionId

SHOWN: Final = 100
"""Mandates that a person is shown, the newest first."""
OPEN: Final = 20
"""Voluntary mandates that one person may have offered or given at a time."""
_COLUMNS: Final = (
    "id, kind, principal, representative, scope, principal_name, representative_name, institution, entry, citation, offer, signed, made_ms, from_ms,"
    " until_ms, code, code_until_ms, claimed_by, suspended_ms, ended_ms, ended_by"
)
_OF: Final = "SELECT id FROM mandate WHERE principal = ? UNION ALL SELECT id FROM mandate WHERE representative = ? AND representative <> ''"
"""Both by their index: every look asks this."""
_LOOKED: Final = "SELECT individual_number FROM look WHERE request = ?"


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `principal`, `representative` and `claimed_by` are individual numbers, `representative` is empty while nobody accepted.

    `offer` is the digest of the principal's declaration, `signed` the SignedMandate as msgpack (both empty for a statutory one), `entry` the
    municipality's id of it. Times are milliseconds UTC, 0 where they are not yet.
    """

    id: bytes
    kind: str
    principal: str
    representative: str = ""
    scope: str
    principal_name: str
    representative_name: str = ""
    institution: str = ""
    entry: bytes = b""
    citation: str = ""
    offer: bytes = b""
    signed: bytes = b""
    made_ms: int
    from_ms: int = 0
    until_ms: int
    code: bytes = b""
    code_until_ms: int = 0
    claimed_by: str = ""
    suspended_ms: int = 0
    ended_ms: int = 0
    ended_by: str = ""

    def running(self, at_ms: int) -> bool:
        """Whether it may still be accepted, or is in force but for a suspension."""
        return self.ended_ms == 0 and at_ms < (self.until_ms if self.representative else min(self.until_ms, self.code_until_ms))

    def covers(self, representative: str, scope: Scope, at_ms: int) -> bool:
        """Whether this person may act by it in this scope now."""
        mine = bool(representative) and self.representative == representative and scope in self.scopes
        return mine and self.running(at_ms) and self.from_ms <= at_ms and self.suspended_ms == 0

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What it is for."""
        return cast(tuple[Scope, ...], tuple(self.scope.split(",")))


class Used(NamedTuple):
    """A mandate that opened a request, and the handle of its principal."""

    mandate: Mandate
    handle: bytes


def new_id() -> bytes:
    """16 random bytes."""
    return token_bytes(16)


def put(connection: sqlite3.Connection, mandate: Mandate) -> bool:
    """Keep one; False where this declaration, or this entry of that municipality, was kept before, whatever became of it."""
    values = msgspec.structs.astuple(mandate)
    places = ", ".join("?" * len(values))
    return connection.execute(f"INSERT INTO mandate ({_COLUMNS}) VALUES ({places}) ON CONFLICT DO NOTHING", values).rowcount == 1


def by_id(connection: sqlite3.Connection, mandate: bytes) -> Mandate | None:
    """One by its id."""
    return _one(connection, "id = ?", mandate)


def by_code(connection: sqlite3.Connection, code: bytes) -> Mandate | None:
    """One by the digest of its code."""
    return _one(connection, "code = ? AND code <> x''", code)


def by_entry(connection: sqlite3.Connection, institution: str, entry: bytes) -> Mandate | None:
    """One by the municipality that entered it and its id there."""
    return _one(connection, "institution = ? AND entry = ? AND entry <> x''", institution, entry)


def offered(connection: sqlite3.Connection, principal: str, at_ms: int) -> int:
    """How many voluntary ones of this person are open."""
    return sum(one.kind == "voluntary" and one.running(at_ms) for one in _rows(connection, "principal = ?", principal))


def end(connection: sqlite3.Connection, mandate: bytes, by: str, at_ms: int) -> None:
    """End one for good; one that has ended stays as it is."""
    query = "UPDATE mandate SET ended_ms = ?, ended_by = ?, code = x'' WHERE id = ? AND ended_ms = 0"
    connection.execute(query, (at_ms, by, mandate))


def suspend(connection: sqlite3.Connection, principal: str, at_ms: int) -> None:
    """Suspend every mandate over a person, of every kind, also what is only offered yet."""
    connection.execute("UPDATE mandate SET suspended_ms = ? WHERE principal = ? AND ended_ms = 0 AND suspended_ms = 0", (at_ms, principal))


def protected(connection: sqlite3.Connection, number: str, at_ms: int) -> bool:
    """Whether a municipality's protection of this person runs; its mark's end counts, also where the mark was lifted before."""
    query = "SELECT 1 FROM protection WHERE individual_number = ? AND until_ms > ?"
    return connection.execute(query, (number, at_ms)).fetchone() is not None


def use(connection: sqlite3.Connection, mandate: bytes, request: bytes, scope: Scope, at_ms: int) -> Used:
    """The principal's handle for whoever made that request, and the use stands in the register from now on.

    Denied("mandate-unusable") for a mandate that is unknown, of another, not for this, not in force, suspended or ended: alike in every case.
    """
    looked = connection.execute(_LOOKED, (request,)).fetchone()
    found = by_id(connection, mandate)
    if looked is None or found is None or not found.covers(looked[0], scope, at_ms):
        raise Denied("mandate-unusable", "", "mandate")
    connection.execute("INSERT INTO mandate_use (mandate, at_ms, request) VALUES (?, ?, ?)", (mandate, at_ms, request))
    (handle,) = connection.execute("SELECT handle FROM person WHERE individual_number = ?", (found.principal,)).fetchone()
    return Used(found, bytes(handle))


def of_look(connection: sqlite3.Connection, request: bytes, at_ms: int) -> tuple[MandateShown, ...]:
    """Every mandate of the person who made that look, as principal and as representative, the newest first."""
    looked = connection.execute(_LOOKED, (request,)).fetchone()
    return of_person(connection, looked[0], at_ms) if looked else ()


def of_person(connection: sqlite3.Connection, number: str, at_ms: int) -> tuple[MandateShown, ...]:
    """The same by number."""
    rows = _rows(connection, f"id IN ({_OF}) AND until_ms > ?", number, number, at_ms - YEARS_MS)
    return tuple(shown(connection, one, number, at_ms) for one in rows[:SHOWN])


def shown(connection: sqlite3.Connection, one: Mandate, reader: str, at_ms: int) -> MandateShown:
    """A row for one of its two people. A suspension is nowhere in it: who is kept away learns no more than that it cannot be used."""
    uses = connection.execute("SELECT at_ms FROM mandate_use WHERE mandate = ? ORDER BY at_ms DESC LIMIT ?", (one.id, USES)).fetchall()
    principal = one.principal == reader
    state = "ended" if not one.running(at_ms) else "in_force" if one.representative else "offered"
    return MandateShown(
        id=one.id,
        role="principal" if principal else "representative",
        kind=cast(Kind, one.kind),
        scope=one.scopes,
        other=one.representative_name if principal else one.principal_name,
        institution=InstitutionId(one.institution),
        citation=one.citation,
        state=cast(State, state),
        from_ms=one.from_ms,
        until_ms=one.until_ms,
        ended_ms=one.ended_ms,
        uses=tuple(row[0] for row in uses),
    )


def forget(connection: sqlite3.Connection, at_ms: int) -> None:
    """Delete what ended more than seven years ago, with its uses; and at once an offer whose code nobody used."""
    connection.execute("PRAGMA secure_delete=ON")
    over = "(ended_ms > 0 AND ended_ms < :old) OR until_ms < :old OR (representative = '' AND MIN(until_ms, code_until_ms) <= :now)"
    values = {"old": at_ms - YEARS_MS, "now": at_ms}
    connection.execute(f"DELETE FROM mandate_use WHERE mandate IN (SELECT id FROM mandate WHERE {over})", values)
    connection.execute(f"DELETE FROM mandate WHERE {over}", values)
    connection.execute("DELETE FROM mandate_try WHERE at_ms < :old", values)
    connection.execute("DELETE FROM protection WHERE until_ms < :old", values)


def _one(connection: sqlite3.Connection, where: str, *values: object) -> Mandate | None:
    return next(iter(_rows(connection, where, *values)), None)


def _rows(connection: sqlite3.Connection, where: str, *values: object) -> list[Mandate]:
    query = f"SELECT {_COLUMNS} FROM mandate WHERE {where} ORDER BY made_ms DESC, id"
    return [Mandate(**dict(zip(Mandate.__struct_fields__, row, strict=True))) for row in connection.execute(query, values)]
