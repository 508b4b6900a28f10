"""What portal and card do when a person hands over the number, and the registrar's use case over the operators' world."""

from secrets import token_bytes
from typing import Any

import msgspec

from enishi import card, clock
from enishi.card.authority import Use
from enishi.card.chip import message_of
from enishi.card.form import KeySlot, Memory
from enishi.law import load
from enishi.protocol.legal import policy_of
from enishi.protocol.offer import NumberOffer, SignedOffer, offer_digest, sign_offer
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import request_digest
from enishi.roles.registrar.offering import Offering, Reading
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId
from keeper.founded_operators import DAY, HOLDERS, NUMBERS, A
from keeper.world_operators import Operators

ORDER = "506M60004008009@2024-05-27"


def offering(world: Operators) -> Offering:
    """The use case on the world's register, by the law of its day."""
    return Offering(world.registrar_db, world.registry, Reading(load, policy_of("off", "refuse"), DAY))


async def logged_in(world: Operators, holder: int = 0) -> bytes:
    """A session that a look opened; the look's request, as the register remembers it (test_registrar_view has the looks themselves)."""
    request = world.request()
    row = (request_digest(request), NUMBERS[holder], "portal", clock.now_ms())
    await world.registrar_db.write(
        lambda c: c.execute("INSERT INTO look (request, individual_number, face, at_ms) VALUES (?, ?, ?, ?)", row).rowcount
    )
    return request


def application(session: bytes, **changes: Any) -> NumberOffer:
    """As the portal writes it in the session of that request."""
    given: dict[str, Any] = {
        "v": 1,
        "face": "portal",
        "institution": InstitutionId(A),
        "affair": AffairRef(ORDER, "108"),
        "purpose_item": "1",
        "session": request_digest(session),
        "nonce": token_bytes(16),
        "at_ms": clock.now_ms(),
    }
    return NumberOffer(**(given | changes))


def revocations(world: Operators, at_ms: int | None = None) -> bytes:
    """The authority's list."""
    return card.Cards(world.data / "card").revocation_list(clock.now_ms() if at_ms is None else at_ms)


def slot_of(world: Operators, holder: int, use: Use) -> KeySlot:
    """A key in a card, behind its PIN: what the chip signs with, without the hash that makes guessing slow."""
    path = world.data / "card" / "cards" / f"{HOLDERS[holder].card}.json"
    if not path.exists():
        card.Cards(world.data / "card").sign(HOLDERS[holder].card, HOLDERS[holder].pin, b"first use", clock.now_ms())
    return msgspec.json.decode(path.read_bytes(), type=Memory).slots[use]


def carded(world: Operators, envelope: Envelope, holder: int = 0, use: Use = Use.SIGNATURE, **changes: Any) -> SignedOffer:
    """With a card's signature over it, and the list of now."""
    slot = slot_of(world, holder, use)
    signature = SigningKey.from_bytes(slot.seed).sign(message_of(use, offer_digest(envelope)))
    return msgspec.structs.replace(SignedOffer(envelope, slot.certificate, signature, revocations(world)), **changes)


async def brought(world: Operators, holder: int = 0, signer: int = 0, **changes: Any) -> SignedOffer:
    """What the portal brings for a person who logged in, signed by a card."""
    envelope = sign_offer(application(await logged_in(world, holder), **changes), world.founded.portal)
    return carded(world, envelope, signer)
