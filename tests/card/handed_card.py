"""Whose card a test made, the keys in it, and an application to hand over the number as the portal writes it and a card signs it."""

from datetime import date
from pathlib import Path
from secrets import token_bytes
from typing import Any

import msgspec

from enishi import clock
from enishi.card.authority import Use
from enishi.card.chip import Cards, message_of
from enishi.card.form import KeySlot, Memory
from enishi.protocol.offer import NumberOffer, SignedOffer, offer_digest
from enishi.protocol.statement import AffairRef
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId

ORDER = "506M60004008009@2024-05-27"


class Holder(msgspec.Struct, frozen=True):
    """Who has a card."""

    card: str = "card-0000000001"
    name: str = "内田　紬"
    name_kana: str = "ウチダ　ツムギ"
    address: str = "苫小牧市本町1丁目2番3号"
    born_on: date = date(1981, 11, 20)
    gender: str = "female"
    pin: str = "4821"
    password: str = "KADO1234"
    role: str = ""
    state: str = ""


def slot_in(folder: Path, who: Holder, use: Use) -> KeySlot:
    """A key in a card, behind its PIN: what the chip signs with, without the hash that makes guessing slow."""
    path = folder / "cards" / f"{who.card}.json"
    if not path.exists():
        Cards(folder).sign(who.card, who.pin, b"first use", clock.now_ms())
    return msgspec.json.decode(path.read_bytes(), type=Memory).slots[use]


def signed_in(slot: KeySlot, message: bytes) -> bytes:
    """The signature of a card's key."""
    return SigningKey.from_bytes(slot.seed).sign(message)


def application(institution: str, session: bytes, /, **changes: Any) -> NumberOffer:
    """As the portal writes it in the session of a look; `session` is the digest of the look's request."""
    given: dict[str, Any] = {
        "v": 1,
        "face": "portal",
        "institution": InstitutionId(institution),
        "affair": AffairRef(ORDER, "108"),
        "purpose_item": "1",
        "session": session,
        "nonce": token_bytes(16),
        "at_ms": clock.now_ms(),
    }
    return NumberOffer(**(given | changes))


def carded(slot: KeySlot, envelope: Envelope, use: Use, revocations: bytes, **changes: Any) -> SignedOffer:
    """With a card's signature over it, and the authority's list."""
    signature = signed_in(slot, message_of(use, offer_digest(envelope)))
    return msgspec.structs.replace(SignedOffer(envelope, slot.certificate, signature, revocations), **changes)
