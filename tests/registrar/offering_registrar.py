"""What portal and card do when a person hands over the number, and the registrar's use case over the operators' world."""

from typing import Any

from card import handed_card
from card.handed_card import slot_in
from enishi import card, clock
from enishi.card.authority import Use
from enishi.card.form import KeySlot
from enishi.law import load
from enishi.protocol.legal import policy_of
from enishi.protocol.offer import NumberOffer, SignedOffer, sign_offer
from enishi.protocol.view import request_digest
from enishi.roles.registrar.offering import Offering, Reading
from enishi.seal.dsse import Envelope
from keeper.founded_operators import DAY, HOLDERS, NUMBERS, A
from keeper.world_operators import Operators


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


def application(session: bytes, /, **changes: Any) -> NumberOffer:
    """As the portal writes it in the session of that request."""
    return handed_card.application(A, request_digest(session), **changes)


def revocations(world: Operators, at_ms: int | None = None) -> bytes:
    """The authority's list."""
    return card.Cards(world.data / "card").revocation_list(clock.now_ms() if at_ms is None else at_ms)


def slot_of(world: Operators, holder: int, use: Use) -> KeySlot:
    """A key in a card of the world."""
    return slot_in(world.data / "card", HOLDERS[holder], use)


def carded(world: Operators, envelope: Envelope, holder: int = 0, use: Use = Use.SIGNATURE, **changes: Any) -> SignedOffer:
    """With a card's signature over it, and the list of now."""
    return handed_card.carded(slot_of(world, holder, use), envelope, use, revocations(world), **changes)


async def brought(world: Operators, holder: int = 0, signer: int = 0, **changes: Any) -> SignedOffer:
    """What the portal brings for a person who logged in, signed by a card."""
    envelope = sign_offer(application(await logged_in(world, holder), **changes), world.founded.portal)
    return carded(world, envelope, signer)
