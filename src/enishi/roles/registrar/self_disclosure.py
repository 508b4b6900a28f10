"""Use case: say whose card asks an institution for their own data.  The row that leaves is M, encrypted twice, with a proof that it is one M."""

import sqlite3
from secrets import token_bytes
from typing import NamedTuple

import msgspec

from enishi import clock
from enishi.errors import Denied
from enishi.linkage.convert import blind, prove_rows
from enishi.linkage.enrol import handle_point
from enishi.linkage.keys import layer_key, target_key
from enishi.mesh.registry import Registry
from enishi.protocol.forms import sign_form
from enishi.protocol.registry import Institution, KeyEpoch, Snapshot
from enishi.protocol.represented import Represents, may_go, represents_of
from enishi.protocol.self_disclosure import (
    REGISTRAR,
    REQUEST,
    THING,
    SelfMessage,
    SelfRequest,
    SelfStatement,
    read_self_request,
    request_digest,
    self_txid,
)
from enishi.protocol.wire import ViewAsk
from enishi.roles.registrar import mandates, presented
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database
from enishi.terms import Kind


class Asked(NamedTuple):
    """Whose data is asked for, and by what a representative asks."""

    handle: bytes
    represents: Represents | msgspec.UnsetType = msgspec.UNSET


class SelfDisclosing:
    """Checks card and face, and signs the statement that operators and holder demand."""

    def __init__(self, database: Database, registry: Registry, key: SigningKey) -> None:
        """Work on the register under this registry."""
        self._database = database
        self._registry = registry
        self._key = key

    async def handle(self, asked: ViewAsk) -> SelfMessage:
        """One request; what `presented` raises, Unknown("institution-unknown") and Denied("institution-suspended") for the holder.

        By a mandate it is the principal's element that leaves; Denied("mandate-unusable") where the mandate does not open this.
        """
        snapshot, now_ms = self._registry.snapshot, clock.now_ms()
        # (1) The face vouches for its session, (2) the card for the person, both over the very same bytes, (3) freshly, (4) of an institution that
        # stands: what cannot be answered must not cost the person their signature.
        request = read_self_request(presented.demand_both(asked, REQUEST, snapshot))
        serial = presented.demand_fresh(asked, request.face, request.at_ms, snapshot, now_ms)
        holder = _standing(snapshot, request)
        digest = request_digest(asked.signed.request)
        crash.point("registrar.self.before_store")
        about = await self._database.write(lambda connection: _spend(connection, serial, digest, request, holder, now_ms))
        # Durable: the register knows that this request was used, and by which mandate; it is never signed twice.
        crash.point("registrar.self.after_store")
        return self._signed(snapshot, request, digest, holder.current(), about, now_ms)

    def _signed(self, snapshot: Snapshot, request: SelfRequest, digest: bytes, epoch: KeyEpoch, about: Asked, now_ms: int) -> SelfMessage:
        layer, audit = layer_key(snapshot.exchange.layer, snapshot.keeper.layer), snapshot.current_audit
        z_b, z_u = target_key(epoch.elgamal, layer), target_key(audit.elgamal, layer)
        rows, secrets = blind([handle_point(about.handle)], z_b, z_u)
        said = SelfStatement(
            v=1,
            kind=Kind.SELF,
            nonce=token_bytes(16),
            face=request.face,
            holder=request.holder,
            holder_epoch=epoch.epoch,
            audit_epoch=audit.epoch,
            at_ms=now_ms,
            request=digest,
            items=request.items,
            period=request.period,
            answer_key=request.answer_key,
            r=rows[0].R,
            b=rows[0].C_B or b"",
            u=rows[0].C_U,
            letter=request.letter,
            mandate=request.mandate,
            represents=about.represents,
        )
        envelope = sign_form(said, THING, self._key, REGISTRAR)
        # r is used here for the last time and forgotten.
        return SelfMessage(envelope, prove_rows(self_txid(envelope), z_b, z_u, rows, secrets).encode())


def _spend(connection: sqlite3.Connection, serial: str, digest: bytes, request: SelfRequest, holder: Institution, at_ms: int) -> Asked:
    own = presented.spend(connection, serial, digest, request.face, at_ms)
    if request.mandate is msgspec.UNSET:
        return Asked(own)
    used = mandates.use(connection, request.mandate, digest, "data", at_ms)
    represents = represents_of(used.mandate.kind)
    opens = may_go(represents, request.items, holder.id, holder.kind, used.mandate.institution)
    # Also by a mandate that was confirmed, or given anew, while the protection runs: who reads the record by it asks for no data.
    if not opens or mandates.protected(connection, used.mandate.principal, at_ms):
        # As for a mandate that opens nothing; the request and the use are not kept either.
        raise Denied("mandate-unusable", "", "mandate")
    return Asked(used.handle, represents)


def _standing(snapshot: Snapshot, request: SelfRequest) -> Institution:
    holder = snapshot.institution(request.holder, "holder")
    if holder.suspended:
        raise Denied("institution-suspended", holder.id, "holder")
    holder.current()
    return holder
