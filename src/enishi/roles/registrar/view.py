"""Use case: say whose card asks to look.  The element that leaves is M, encrypted; the face learns neither handle nor number."""

import sqlite3
from secrets import token_bytes
from typing import NamedTuple

from msgspec import UNSET

from enishi import clock
from enishi.linkage.convert import blind_tags
from enishi.linkage.enrol import handle_point
from enishi.linkage.keys import layer_key, target_key
from enishi.mesh.registry import Registry
from enishi.protocol.forms import sign_form
from enishi.protocol.mandate import MandateShown
from enishi.protocol.offer import OfferShown
from enishi.protocol.view import REGISTRAR, REQUEST, THING, View, ViewRequest, read_request, request_digest
from enishi.protocol.wire import ViewAsk, ViewAskReply
from enishi.roles.registrar import mandates, offers, presented
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database
from enishi.terms import Kind


class Seen(NamedTuple):
    """Whose record is looked at: the person's handle, what they handed over, and their mandates; of a principal nothing but the handle."""

    handle: bytes
    offers: tuple[OfferShown, ...] = ()
    mandates: tuple[MandateShown, ...] = ()


class Viewing:
    """Checks card and face, and signs the View that the operators demand."""

    def __init__(self, database: Database, registry: Registry, key: SigningKey) -> None:
        """Work on the register under this registry."""
        self._database = database
        self._registry = registry
        self._key = key

    async def handle(self, asked: ViewAsk) -> ViewAskReply:
        """One look; Unauthenticated for a card that is not believed, Conflict for a request that was used before.

        By a mandate it is the principal's element that leaves; Denied("mandate-unusable") where the mandate opens nothing.
        """
        snapshot, now_ms = self._registry.snapshot, clock.now_ms()
        # (1) The face vouches for its session, (2) the card for the person, both over the very same bytes, (3) freshly.
        payload = presented.demand_both(asked, REQUEST, snapshot)
        request = read_request(payload)
        serial = presented.demand_fresh(asked, request.face, request.at_ms, snapshot, now_ms)
        digest = request_digest(payload)
        crash.point("registrar.view.before_store")
        seen = await self._database.write(lambda connection: _spend(connection, serial, digest, request, now_ms))
        # Durable: the register knows that this request was used, and by which mandate; it is never signed twice.
        crash.point("registrar.view.after_store")
        audit = snapshot.current_audit
        z = target_key(audit.elgamal, layer_key(snapshot.exchange.layer, snapshot.keeper.layer))
        (row,) = blind_tags([handle_point(seen.handle)], z)
        view = View(
            v=1,
            kind=Kind.VIEW,
            nonce=token_bytes(16),
            face=request.face,
            audit_epoch=audit.epoch,
            at_ms=now_ms,
            request=digest,
            answer_key=request.answer_key,
            device_key=request.device_key,
            r=row.R,
            u=row.C_U,
            mandate=request.mandate,
        )
        return ViewAskReply(sign_form(view, THING, self._key, REGISTRAR), seen.offers, seen.mandates)


def _spend(connection: sqlite3.Connection, serial: str, digest: bytes, request: ViewRequest, at_ms: int) -> Seen:
    own = presented.spend(connection, serial, digest, request.face, at_ms)
    if request.mandate is not UNSET:
        return Seen(mandates.use(connection, request.mandate, digest, "records", at_ms).handle)
    return Seen(own, offers.of_look(connection, digest), mandates.of_look(connection, digest, at_ms))
