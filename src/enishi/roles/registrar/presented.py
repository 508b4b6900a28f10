"""What a card's request must show before the registrar says whose it is: face and card over the same bytes, and bytes never used before."""

import sqlite3

from enishi.errors import Conflict, Malformed, Unauthenticated
from enishi.protocol.cards import check_card
from enishi.protocol.forms import payload_type
from enishi.protocol.registry import Snapshot
from enishi.protocol.view import FACE, FRESH_MS
from enishi.protocol.wire import ViewAsk
from enishi.seal.dsse import check_envelope


def demand_both(asked: ViewAsk, thing: str, snapshot: Snapshot) -> bytes:
    """The request's bytes; Tampered, or Malformed("request-differs"), unless the face signed these very bytes as a request of this kind."""
    payload = check_envelope(asked.face, payload_type(thing), {FACE: snapshot.portal}, frozenset({FACE}))
    if payload != asked.signed.request:
        raise Malformed("request-differs", "face and card signed different requests", "face")
    return payload


def demand_fresh(asked: ViewAsk, face: str, at_ms: int, snapshot: Snapshot, now_ms: int) -> str:
    """The card's serial number; Unauthenticated("request-not-fresh") or what `check_card` raises."""
    if face != FACE or abs(now_ms - at_ms) > FRESH_MS:
        raise Unauthenticated("request-not-fresh", "", "at_ms")
    return check_card(asked.signed, snapshot.card_authority, now_ms)


def spend(connection: sqlite3.Connection, serial: str, digest: bytes, face: str, at_ms: int) -> bytes:
    """The handle of the card's person, and the request is used from now on; Unauthenticated("card-unknown"), Conflict("look-repeated")."""
    row = connection.execute(
        "SELECT person.individual_number, person.handle FROM card JOIN person USING (individual_number)"
        " WHERE card.serial = ? AND card.use = 'authentication' AND card.revoked = 0",
        (serial,),
    ).fetchone()
    if row is None:
        raise Unauthenticated("card-unknown", "no person in the register has this card", "certificate")
    if connection.execute("SELECT 1 FROM look WHERE request = ?", (digest,)).fetchone():
        raise Conflict("look-repeated", "each look needs a fresh signature of the card", "request")
    connection.execute("INSERT INTO look (request, individual_number, face, at_ms) VALUES (?, ?, ?, ?)", (digest, row[0], face, at_ms))
    return bytes(row[1])
