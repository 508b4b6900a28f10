"""Use case: a municipality enters who represents whom by law, ends or confirms it, and protects a person from their own representatives."""

import sqlite3
from datetime import date
from typing import Final

from enishi import clock
from enishi.errors import Denied, Malformed, Unknown
from enishi.mesh.registry import Registry
from enishi.number import parse_individual_number
from enishi.protocol.mandate import CITATIONS, LIMITS_MS, RepresentationTold
from enishi.protocol.nondisclosure import LIMIT_MS
from enishi.protocol.registry import Institution
from enishi.protocol.statement import WINDOW_MS
from enishi.protocol.wire import Empty
from enishi.roles.registrar import mandates
from enishi.roles.registrar.mandates import Mandate
from enishi.store import crash
from enishi.store.database import Database

MUNICIPALITY: Final = "市町村長"
"""The capacity whose holder keeps the resident register, knows parents and guardians by it, and decides on measures of support (支援措置)."""


class Representing:
    """Takes what municipalities say."""

    def __init__(self, database: Database, registry: Registry, pinned_day: date | None = None) -> None:
        """Work on the register under this registry; `pinned_day` where the installation pins the legal day."""
        self._database = database
        self._registry = registry
        self._pinned_day = pinned_day

    async def handle(self, told: RepresentationTold, tenants: frozenset[str]) -> Empty:
        """Do what a municipality says, once: the same entry again changes nothing.

        Denied("tenant-not-yours", "institution-suspended", "representation-not-yours", "representation-unprotected"), Malformed("mandate-wrong"),
        Unknown("representation-unknown", "representation-person-unknown").
        """
        if told.institution not in tenants:
            raise Denied("tenant-not-yours", told.institution[:40], "institution")
        institution, at_ms = self._registry.snapshot.institution(told.institution, "institution"), clock.now_ms()
        self._check_capacity(institution, at_ms)
        act = {"enter": _enter, "end": _end, "confirm": _confirm, "protect": _protect}[told.act]
        crash.point("registrar.representation.before_store")
        await self._database.write(lambda connection: act(connection, told, at_ms))
        # Durable: what is entered is in force, what is ended or suspended is not, from here on.
        crash.point("registrar.representation.after_store")
        return Empty()

    def _check_capacity(self, institution: Institution, at_ms: int) -> None:
        if institution.suspended:
            raise Denied("institution-suspended", institution.id, "institution")
        on = clock.legal_day(at_ms, self._pinned_day)
        names = {one.name for one in institution.capacities if one.effective_on <= on and (one.until is None or on < one.until)}
        if MUNICIPALITY not in names:
            raise Denied("representation-not-yours", institution.id, "institution")


def _enter(connection: sqlite3.Connection, told: RepresentationTold, at_ms: int) -> None:
    _check_entered(told, at_ms)
    principal, representative = (_known(connection, number) for number in (told.principal, told.representative))
    if principal == representative:
        raise Malformed("mandate-wrong", "two people", "representative")
    mandates.put(
        connection,
        Mandate(
            id=mandates.new_id(),
            kind=told.kind,
            principal=principal,
            representative=representative,
            scope=",".join(told.scope or ("records",)),
            principal_name=told.principal_name,
            representative_name=told.representative_name,
            institution=told.institution,
            entry=told.entry,
            citation=told.citation,
            made_ms=at_ms,
            from_ms=at_ms,
            until_ms=told.until_ms,
            # Whoever is protected, by this municipality or another, is so from what is entered later, too: it must be confirmed.
            suspended_ms=at_ms if mandates.protected(connection, principal, at_ms) else 0,
        ),
    )


def _check_entered(told: RepresentationTold, at_ms: int) -> None:
    if told.kind not in CITATIONS or told.citation not in CITATIONS[told.kind]:
        raise Malformed("mandate-wrong", "kind, citation", "citation")
    if not at_ms < told.until_ms <= at_ms + LIMITS_MS[told.kind]:
        raise Malformed("mandate-wrong", "until", "until_ms")
    if len(set(told.scope)) != len(told.scope):
        raise Malformed("mandate-wrong", "scope", "scope")
    if not (told.principal_name and told.representative_name):
        raise Malformed("mandate-wrong", "names", "principal_name")


def _end(connection: sqlite3.Connection, told: RepresentationTold, at_ms: int) -> None:
    mandates.end(connection, _entered(connection, told).id, told.institution, at_ms)


def _confirm(connection: sqlite3.Connection, told: RepresentationTold, at_ms: int) -> None:
    found = _entered(connection, told)
    _demand_protecting(connection, told.institution, found.principal, at_ms)
    connection.execute("UPDATE mandate SET suspended_ms = 0 WHERE id = ? AND ended_ms = 0", (found.id,))


def _demand_protecting(connection: sqlite3.Connection, institution: str, principal: str, at_ms: int) -> None:
    # Only who knows of the danger can say of whom there is none: a municipality that protects the person itself, and not one that does not know.
    query = "SELECT 1 FROM protection WHERE institution = ? AND individual_number = ? AND until_ms > ?"
    if connection.execute(query, (institution, principal, at_ms)).fetchone() is None:
        raise Denied("representation-unprotected", "", "entry")


def _protect(connection: sqlite3.Connection, told: RepresentationTold, at_ms: int) -> None:
    number = _known(connection, told.principal)
    query = "INSERT INTO protection (institution, entry, individual_number, at_ms, until_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    until_ms = min(told.until_ms, at_ms + LIMIT_MS + WINDOW_MS)
    if connection.execute(query, (told.institution, told.entry, number, at_ms, until_ms)).rowcount == 1:
        # What ends this is nothing but a confirmation: not the end of the mark, and not its being lifted.
        mandates.suspend(connection, number, at_ms)


def _entered(connection: sqlite3.Connection, told: RepresentationTold) -> Mandate:
    found = mandates.by_entry(connection, told.institution, told.entry)
    if found is None:
        raise Unknown("representation-unknown", "", "entry")
    return found


def _known(connection: sqlite3.Connection, number: str) -> str:
    try:
        parsed = str(parse_individual_number(number))
    except Malformed:
        parsed = ""
    if connection.execute("SELECT 1 FROM person WHERE individual_number = ?", (parsed,)).fetchone() is None:
        # The number itself stays out of the fault: faults are logged, and it names a person.
        raise Unknown("representation-person-unknown", "", "principal")
    return parsed
