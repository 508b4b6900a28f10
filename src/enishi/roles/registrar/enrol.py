"""Use case: enrolment.  An institution names people by number (法務省 by one-use acquisition number); what leaves is M = H2G(handle),
encrypted and signed."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from random import SystemRandom
from secrets import token_bytes

from enishi import clock
from enishi.errors import Denied, Fault, Malformed
from enishi.linkage.enrol import handle_point, request
from enishi.linkage.keys import layer_key, target_key
from enishi.mesh.registry import Registry
from enishi.number import parse_individual_number
from enishi.protocol.enrol import MAX_BATCH, REGISTRAR, THING, EnrolBatch
from enishi.protocol.forms import sign_form
from enishi.protocol.wire import Empty, EnrolOperate, EnrolPerson, EnrolReply, EnrolRequest
from enishi.roles.registrar.asking import QUOTA, charge, check_asking, claim, refund
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database
from enishi.terms import InstitutionId, Kind

Operate = Callable[[EnrolOperate], Awaitable[Empty]]
Found = list[tuple[bytes, str, bytes]]
"""(ref, number, handle)."""
AUDIT_BATCH = 500


class Enrolling:
    """Enrols people at institutions, and everyone in the audit domain."""

    def __init__(
        self, database: Database, registry: Registry, key: SigningKey, operate: Operate, quota: int = QUOTA, pinned_day: date | None = None
    ) -> None:
        """`operate` is the exchange's door for enrolments; `quota` people may be asked for by one institution on one day."""
        self._quota = quota
        self._pinned_day = pinned_day
        self._database = database
        self._registry = registry
        self._key = key
        self._operate = operate

    async def handle(self, asked: EnrolRequest, tenants: frozenset[str]) -> EnrolReply:
        """Enrol people at the institution that asks; Denied for another's name, Busy beyond its day, unknown people are named by their refs."""
        if asked.institution not in tenants:
            raise Denied("inquirer-not-your-tenant", asked.institution, "institution")
        institution = self._registry.snapshot.institution(asked.institution, "institution")
        if institution.suspended:
            raise Denied("institution-suspended", institution.id, "institution")
        if not 0 < len(asked.people) <= MAX_BATCH:
            raise Malformed("rows-count", f"{len(asked.people)} people", "people")
        check_asking(asked, institution, clock.legal_day(clock.now_ms(), self._pinned_day))
        key = institution.current()
        crash.point("registrar.enrol.before_log")
        found, unknown = await self._database.write(lambda connection: self._take(connection, asked, key.epoch))
        if found:
            try:
                await self._send(Kind.ENROL, asked.institution, key.epoch, key.elgamal, found)
            except Fault:
                # A death here costs the institution a part of its day's quota and nobody else anything.
                crash.point("registrar.enrol.before_refund")
                await self._database.write(lambda connection: refund(connection, asked.institution, len(asked.people)))
                raise
            # The code has arrived where it belongs; an acquisition number must not outlive its use.
            crash.point("registrar.enrol.before_spend")
            await self._database.write(lambda connection: self._spend(connection, asked.people))
        return EnrolReply(len(found), unknown)

    def _take(self, connection: sqlite3.Connection, asked: EnrolRequest, epoch: int) -> tuple[Found, tuple[bytes, ...]]:
        # One transaction: the day is charged for the unknown too, and no acquisition number serves two requests.
        charge(connection, asked.institution, len(asked.people), self._quota)
        found, unknown = self._find(connection, asked.people)
        if found:
            self._log(connection, asked, epoch, found)
        return found, unknown

    async def enrol_audit(self) -> int:
        """Enrol everyone who is not yet in the audit domain, in shuffled batches; returns how many."""
        total = 0
        while True:
            rows = await self._database.read(
                lambda connection: connection.execute("SELECT individual_number, handle FROM person WHERE audited = 0 LIMIT 20000").fetchall()
            )
            if not rows:
                return total
            # Shuffled, so that the order of ValidTags says nothing about the order of the register.
            SystemRandom().shuffle(rows)
            for begin in range(0, len(rows), AUDIT_BATCH):
                batch = rows[begin : begin + AUDIT_BATCH]
                epoch = self._registry.snapshot.current_audit
                await self._send(
                    Kind.ENROL_AUDIT, InstitutionId("@audit"), epoch.epoch, epoch.elgamal, [(b"", number, handle) for number, handle in batch]
                )
                crash.point("registrar.audit.before_mark")
                await self._database.write(partial(_mark, [number for number, _ in batch]))
                total += len(batch)

    async def _send(self, kind: Kind, target: InstitutionId, epoch: int, elgamal: bytes, found: Found) -> None:
        snapshot = self._registry.snapshot
        z = target_key(elgamal, layer_key(snapshot.exchange.layer, snapshot.keeper.layer))
        elements = await asyncio.to_thread(lambda: [request(handle_point(handle), z) for _, _, handle in found])
        batch = EnrolBatch(
            v=1,
            kind=kind,
            request=token_bytes(16),
            target=target,
            epoch=epoch,
            at_ms=clock.now_ms(),
            refs=tuple(ref for ref, _, _ in found) if kind is Kind.ENROL else (),
            r=tuple(element.R for element in elements),
            c=tuple(element.C for element in elements),
        )
        crash.point("registrar.enrol.before_send")
        await self._operate(EnrolOperate(sign_form(batch, THING, self._key, REGISTRAR)))

    @staticmethod
    def _find(connection: sqlite3.Connection, people: Sequence[EnrolPerson]) -> tuple[Found, tuple[bytes, ...]]:
        found: Found = []
        unknown = []
        for person in people:
            number = claim(connection, person) if person.acquisition_number else person.individual_number
            row = connection.execute("SELECT handle FROM person WHERE individual_number = ?", (_parsed(number),)).fetchone()
            if row:
                found.append((person.ref, number, row[0]))
            else:
                unknown.append(person.ref)
        return found, tuple(unknown)

    @staticmethod
    def _log(connection: sqlite3.Connection, asked: EnrolRequest, epoch: int, found: Found) -> None:
        at_ms = clock.now_ms()
        connection.execute(
            "INSERT INTO enrolment_batch (request, institution, basis, count, at_ms) VALUES (?, ?, ?, ?, ?)",
            (token_bytes(16), asked.institution, asked.basis, len(found), at_ms),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO enrolment (individual_number, institution, epoch, basis, at_ms) VALUES (?, ?, ?, ?, ?)",
            [(number, asked.institution, epoch, asked.basis, at_ms) for _, number, _ in found],
        )

    @staticmethod
    def _spend(connection: sqlite3.Connection, people: Sequence[EnrolPerson]) -> None:
        connection.executemany(
            "DELETE FROM acquisition WHERE acquisition_number = ?", [(person.acquisition_number,) for person in people if person.acquisition_number]
        )


def _parsed(number: str) -> str:
    # A number that is none is treated as one that nobody has: the institution learns by ref that the person is unknown.
    try:
        return parse_individual_number(number)
    except Malformed:
        return ""


def _mark(numbers: Sequence[str], connection: sqlite3.Connection) -> None:
    connection.executemany("UPDATE person SET audited = 1 WHERE individual_number = ?", [(number,) for number in numbers])
