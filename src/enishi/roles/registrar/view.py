"""Use case: say whose card asks to look.  The element that leaves is M, encrypted; the face learns neither handle nor number."""

import sqlite3
from secrets import token_bytes

from enishi import clock
from enishi.errors import Conflict, Malformed, Unauthenticated
from enishi.linkage.convert import blind_tags
from enishi.linkage.enrol import handle_point
from enishi.linkage.keys import layer_key, target_key
from enishi.mesh.registry import Registry
from enishi.protocol.cards import check_card
from enishi.protocol.forms import payload_type, sign_form
from enishi.protocol.view import FACE, FRESH_MS, REGISTRAR, REQUEST, THING, View, ViewRequest, read_request, request_digest
from enishi.protocol.wire import ViewAsk, ViewAskReply
from enishi.seal.dsse import check_envelope
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database
from enishi.terms import Kind


class Viewing:
    """Checks card and face, and signs the View that the operators demand."""

    def __init__(self, database: Database, registry: Registry, key: SigningKey) -> None:
        """Work on the register under this registry."""
        self._database = database
        self._registry = registry
        self._key = key

    async def handle(self, asked: ViewAsk) -> ViewAskReply:
        """One look; Unauthenticated for a card that is not believed, Conflict for a request that was used before."""
        snapshot, now_ms = self._registry.snapshot, clock.now_ms()
        # (1) The face vouches for its session, (2) the card for the person, both over the very same bytes, (3) freshly.
        payload = check_envelope(asked.face, payload_type(REQUEST), {FACE: snapshot.portal}, frozenset({FACE}))
        if payload != asked.signed.request:
            raise Malformed("request-differs", "face and card signed different requests", "face")
        request = read_request(payload)
        if request.face != FACE or abs(now_ms - request.at_ms) > FRESH_MS:
            raise Unauthenticated("request-not-fresh", "", "at_ms")
        serial = check_card(asked.signed, snapshot.card_authority, now_ms)
        digest = request_digest(payload)
        crash.point("registrar.view.before_store")
        handle = await self._database.write(lambda connection: self._look(connection, serial, digest, request, now_ms))
        # Durable: the register knows that this request was used; it is never signed twice.
        crash.point("registrar.view.after_store")
        audit = snapshot.current_audit
        z = target_key(audit.elgamal, layer_key(snapshot.exchange.layer, snapshot.keeper.layer))
        (row,) = blind_tags([handle_point(handle)], z)
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
        )
        return ViewAskReply(sign_form(view, THING, self._key, REGISTRAR))

    @staticmethod
    def _look(connection: sqlite3.Connection, serial: str, digest: bytes, request: ViewRequest, at_ms: int) -> bytes:
        row = connection.execute(
            "SELECT person.individual_number, person.handle FROM card JOIN person USING (individual_number)"
            " WHERE card.serial = ? AND card.revoked = 0",
            (serial,),
        ).fetchone()
        if row is None:
            raise Unauthenticated("card-unknown", "no person in the register has this card", "certificate")
        if connection.execute("SELECT 1 FROM look WHERE request = ?", (digest,)).fetchone():
            raise Conflict("look-repeated", "each look needs a fresh signature of the card", "request")
        connection.execute("INSERT INTO look (request, individual_number, face, at_ms) VALUES (?, ?, ?, ?)", (digest, row[0], request.face, at_ms))
        return bytes(row[1])
