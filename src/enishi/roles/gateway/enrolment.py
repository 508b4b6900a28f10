"""Use case: obtain the linkage codes of a tenant's people. The only module of the gateway that handles the individual number (Art. 21-2)."""

import asyncio
import sqlite3
from collections.abc import Sequence
from secrets import token_bytes
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Denied, Malformed, Unavailable
from enishi.linkage.enrol import Step, check_step, open_element
from enishi.linkage.forms import Element
from enishi.mesh import logs
from enishi.mesh.pki import Peer
from enishi.mesh.run import report
from enishi.number import parse_individual_number
from enishi.protocol.enrol import EnrolBatch, read_batch, step_context
from enishi.protocol.registry import KeyEpoch
from enishi.protocol.wire import Deliver, Empty, EnrolPerson, EnrolRequest
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.tenant import Tenant, hosted
from enishi.store import crash
from enishi.terms import Kind

BASIS: Final = "425AC0000000027#21_2"
"""The provision under which an institution obtains linkage codes."""
BATCH: Final = 500
PARALLEL: Final = 4
WITHOUT_CODE: Final = "FROM number n WHERE n.unknown_at_ms = 0 AND NOT EXISTS (SELECT 1 FROM linkage_code l WHERE l.ref = n.ref AND l.epoch = ?)"
Codes = list[tuple[bytes, bytes]]


def keep_number(connection: sqlite3.Connection, ref: bytes, individual_number: str, acquisition_number: str) -> None:
    """Keep what a person is enrolled by, in its own table; nothing for a person who has neither. Malformed("individual-number-wrong")."""
    if individual_number or acquisition_number:
        number = parse_individual_number(individual_number) if individual_number else ""
        connection.execute("INSERT INTO number (ref, individual_number, acquisition_number) VALUES (?, ?, ?)", (ref, number, acquisition_number))


def number_of(connection: sqlite3.Connection, addressee_number: str) -> str:
    """A person's number, for the registrar and nobody else; empty where there is none, or the registrar does not know it."""
    query = "SELECT n.individual_number FROM person p JOIN number n ON n.ref = p.ref WHERE p.addressee_number = ?"
    row = connection.execute(query, (addressee_number,)).fetchone()
    return str(row[0]) if row else ""


def keep_handed(connection: sqlite3.Connection, individual_number: str) -> bytes:
    """Keep a number that its holder handed over, under the ref that it has here, or a fresh one; the ref. Malformed("individual-number-wrong")."""
    number = parse_individual_number(individual_number)
    row = connection.execute("SELECT ref FROM number WHERE individual_number = ?", (number,)).fetchone()
    ref = bytes(row[0]) if row else token_bytes(16)
    # The registrar, which knew nobody of this number once, knows its holder now.
    query = "INSERT INTO number (ref, individual_number, acquisition_number) VALUES (?, ?, '') ON CONFLICT (ref) DO UPDATE SET unknown_at_ms = 0"
    connection.execute(query, (ref, number))
    return ref


def keep_mandated(connection: sqlite3.Connection, reference: bytes, individual_number: str) -> None:
    """Keep the number of somebody who gave this organisation a mandate, under its reference and in a table of its own: no code is obtained for it.

    Malformed("individual-number-wrong").
    """
    number = parse_individual_number(individual_number)
    connection.execute("INSERT INTO agent_number (reference, individual_number) VALUES (?, ?)", (reference, number))


def drop_mandated(connection: sqlite3.Connection, reference: bytes) -> None:
    """Forget it: the mandate is over (Number Act Art. 20); nothing where it is gone already."""
    connection.execute("DELETE FROM agent_number WHERE reference = ?", (reference,))


def move_number(connection: sqlite3.Connection, ref: bytes, to: bytes) -> bool:
    """Have a number, and the codes that came for it, stand under another ref; False where one stands there already."""
    if connection.execute("SELECT 1 FROM number WHERE ref = ?", (to,)).fetchone():
        return False
    connection.execute("UPDATE number SET ref = ? WHERE ref = ?", (to, ref))
    connection.execute("UPDATE linkage_code SET ref = ? WHERE ref = ?", (to, ref))
    return True


class Enrolment:
    """Asks the registrar for people without a code, and takes up what the keeper delivers."""

    def __init__(self, tenants: dict[str, Tenant], registry: Registry, peers: Peers) -> None:
        """Work on these tenants under this registry."""
        self._tenants = tenants
        self._registry = registry
        self._peers = peers
        self._left = self._total = 0

    async def enrol_all(self) -> None:
        """Enrol everybody who is known by number and has no code in the current key epoch; what a crash cut off goes on at the next start.

        A few tenants at a time, so that registrar, operators and this platform work at once. Who is suspended is passed over.
        """
        tenants = [tenant for tenant in self._tenants.values() if self._stands(tenant)]
        self._left = self._total = sum([await self._count(tenant) for tenant in tenants])
        places = asyncio.Semaphore(PARALLEL)
        # Every tenant's own end is waited for, so that a second round never meets a first one that is still under way.
        ends = await asyncio.gather(*(self._enrol_tenant(tenant, places) for tenant in tenants), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    def _stands(self, tenant: Tenant) -> bool:
        # One suspended institution must not keep the platform from starting, which serves the others.
        suspended = self._registry.current().snapshot.institution(tenant.id, "tenant").suspended
        if suspended:
            logs.warn("not-enrolled", peer=tenant.id, code="institution-suspended")
        return not suspended

    async def _count(self, tenant: Tenant) -> int:
        epoch = self._epoch(tenant)
        return await tenant.database.read(lambda connection: _count(connection, epoch))

    def _epoch(self, tenant: Tenant) -> int:
        return self._registry.current().standing(tenant.id, "tenant").current().epoch

    async def _enrol_tenant(self, tenant: Tenant, places: asyncio.Semaphore) -> None:
        epoch = self._epoch(tenant)
        async with places:
            while people := await tenant.database.read(lambda connection: _waiting(connection, epoch)):
                await self._enrol(tenant, epoch, people)
                self._left -= len(people)
                report(self._total - self._left, self._total)

    async def enrolled(self, deliver: Deliver, peer: Peer) -> Empty:
        """Take up a transcript from the keeper: signatures, both operators' proofs, then the codes become durable."""
        known = self._registry.current()
        batch = read_batch(deliver.transcript.batch, known.snapshot.registrar)
        if batch.kind is not Kind.ENROL:
            raise Malformed("kind-wrong", batch.kind, "kind")
        tenant = hosted(self._tenants, batch.target, "target")
        codes = await asyncio.to_thread(_open, deliver, batch, tenant, known)
        crash.point("gateway.enrol.before_store")
        await tenant.database.write(lambda connection: _store(connection, batch.epoch, codes))
        crash.point("gateway.enrol.after_store")
        return Empty()

    async def _enrol(self, tenant: Tenant, epoch: int, people: Sequence[EnrolPerson]) -> None:
        reply = await self._peers.enrol(EnrolRequest(tenant.id, BASIS, tuple(people)))
        refs = [person.ref for person in people]
        crash.point("gateway.enrol.before_unknown")
        await tenant.database.write(lambda connection: _mark_unknown(connection, set(reply.unknown) & set(refs), clock.now_ms()))
        left = await tenant.database.read(lambda connection: _without_code(connection, epoch, refs))
        if left >= len(people):
            # The codes come from the keeper before the registrar answers; if none came, asking again at once would not help.
            raise Unavailable("enrolment-undelivered", f"{tenant.id}: {left} people")
        logs.info("enrolled", peer=tenant.id, count=len(people) - left)


def _waiting(connection: sqlite3.Connection, epoch: int) -> list[EnrolPerson]:
    rows = connection.execute(f"SELECT n.ref, n.individual_number, n.acquisition_number {WITHOUT_CODE} LIMIT ?", (epoch, BATCH))
    return [EnrolPerson(*row) for row in rows]


def _count(connection: sqlite3.Connection, epoch: int) -> int:
    return int(connection.execute(f"SELECT count(*) {WITHOUT_CODE}", (epoch,)).fetchone()[0])


def _without_code(connection: sqlite3.Connection, epoch: int, refs: Sequence[bytes]) -> int:
    query = (
        "SELECT 1 FROM number n WHERE n.ref = ? AND n.unknown_at_ms = 0"
        " AND NOT EXISTS (SELECT 1 FROM linkage_code l WHERE l.ref = n.ref AND l.epoch = ?)"
    )
    return sum(connection.execute(query, (ref, epoch)).fetchone() is not None for ref in refs)


def _mark_unknown(connection: sqlite3.Connection, refs: set[bytes], at_ms: int) -> None:
    connection.executemany("UPDATE number SET unknown_at_ms = ? WHERE ref = ?", [(at_ms, ref) for ref in refs])


def _open(deliver: Deliver, batch: EnrolBatch, tenant: Tenant, known: Known) -> Codes:
    """Both operators' steps, in their order, each under the context of this very batch; Tampered("dleq-false") if one did anything else."""
    transcript, keys = deliver.transcript, known.standing(tenant.id, "target").epoch(batch.epoch)
    elements = tuple(Element(r, c) for r, c in zip(batch.r, batch.c, strict=True))
    for name, encoded in (("exchange", transcript.exchange), ("keeper", transcript.keeper)):
        elements = _follow(elements, _read_step(encoded), name, step_context(transcript.batch, name), keys, known)
    secret = tenant.key(batch.epoch).elgamal
    return [(ref, open_element(secret, element)) for ref, element in zip(batch.refs, elements, strict=True)]


def _follow(elements: tuple[Element, ...], step: Step, name: str, context: bytes, keys: KeyEpoch, known: Known) -> tuple[Element, ...]:
    operator = known.snapshot.exchange if name == "exchange" else known.snapshot.keeper
    share = keys.share_exchange if name == "exchange" else keys.share_keeper
    return check_step(elements, step, operator.s_root, share, operator.layer, context)


def _read_step(encoded: bytes) -> Step:
    try:
        return msgspec.msgpack.decode(encoded, type=Step)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("step-unreadable", str(error), "step") from error


def _store(connection: sqlite3.Connection, epoch: int, codes: Codes) -> None:
    """Only refs that this tenant gave out are taken; the same delivery again changes nothing, another code for the same ref is refused."""
    for ref, code in codes:
        if connection.execute("SELECT 1 FROM number WHERE ref = ?", (ref,)).fetchone() is None:
            raise Denied("enrolment-not-asked", field="refs")
        connection.execute("INSERT INTO linkage_code (epoch, code, ref) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (epoch, code, ref))
        connection.execute("UPDATE number SET acquisition_number = '' WHERE ref = ?", (ref,))
