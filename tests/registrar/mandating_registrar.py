"""What portal, cards and a municipality do when somebody is to act for somebody else, and the registrar's use cases over the operators' world."""

from secrets import token_bytes
from typing import Any

import msgspec

from card.handed_card import signed_in
from enishi import clock
from enishi.card.authority import Use
from enishi.card.chip import message_of
from enishi.protocol.mandate import (
    MandateAcceptance,
    MandateEnd,
    MandateFind,
    MandateOffer,
    MandateOffered,
    MandateShown,
    RepresentationTold,
    SignedMandate,
    declared_digest,
    sign_declared,
)
from enishi.protocol.view import request_digest
from enishi.protocol.wire import ViewAskReply
from enishi.roles.registrar.mandates import of_person
from enishi.roles.registrar.mandating import Mandating
from enishi.roles.registrar.representing import Representing
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId
from keeper.founded_operators import DAY, NUMBERS, TENANTS, A
from keeper.world_operators import Operators
from registrar.offering_registrar import logged_in, revocations, slot_of

DAY_MS = 24 * 3600 * 1000


def mandating(world: Operators) -> Mandating:
    """The use case on the world's register."""
    return Mandating(world.registrar_db, world.registry)


def representing(world: Operators) -> Representing:
    """The municipality's side of it."""
    return Representing(world.registrar_db, world.registry, DAY)


async def session(world: Operators, holder: int) -> bytes:
    """The digest of a look by which that person is logged in."""
    return request_digest(await logged_in(world, holder))


def offer_form(session: bytes, **changes: Any) -> MandateOffer:
    """As the portal writes it for a principal."""
    now_ms = clock.now_ms()
    given: dict[str, Any] = {"v": 1, "face": "portal", "scope": ("records",), "until_ms": now_ms + 30 * DAY_MS}
    given |= {"session": session, "nonce": token_bytes(16), "at_ms": now_ms}
    return MandateOffer(**(given | changes))


def acceptance_form(session: bytes, mandate: bytes, offer: bytes, **changes: Any) -> MandateAcceptance:
    """As the portal writes it for a representative."""
    given: dict[str, Any] = {"v": 1, "face": "portal", "mandate": mandate, "offer": offer}
    given |= {"session": session, "nonce": token_bytes(16), "at_ms": clock.now_ms()}
    return MandateAcceptance(**(given | changes))


def carded(world: Operators, envelope: Envelope, holder: int, use: Use = Use.SIGNATURE) -> SignedMandate:
    """With a card's signature over it, and the list of now."""
    slot = slot_of(world, holder, use)
    signature = signed_in(slot, message_of(use, declared_digest(envelope)))
    return SignedMandate(envelope, slot.certificate, signature, revocations(world))


async def declared(world: Operators, holder: int = 0, **changes: Any) -> SignedMandate:
    """A principal's signed declaration."""
    return carded(world, sign_declared(offer_form(await session(world, holder), **changes), world.founded.portal), holder)


async def offered(world: Operators, holder: int = 0, **changes: Any) -> MandateOffered:
    """A mandate that a principal offered."""
    return await mandating(world).offer(await declared(world, holder, **changes))


async def accepting(world: Operators, code: str, holder: int = 1, **changes: Any) -> SignedMandate:
    """The signed acceptance of whoever typed that code."""
    opened = await session(world, holder)
    found = await mandating(world).find(MandateFind(opened, code))
    return carded(world, sign_declared(acceptance_form(opened, found.mandate, found.offer, **changes), world.founded.portal), holder)


async def in_force(world: Operators, principal: int = 0, representative: int = 1, **changes: Any) -> MandateShown:
    """A voluntary mandate that both signed."""
    made = await offered(world, principal, **changes)
    return await mandating(world).accept(await accepting(world, made.code, representative))


async def ended(world: Operators, mandate: bytes, holder: int) -> MandateShown:
    """End one as that person."""
    return await mandating(world).end(MandateEnd(await session(world, holder), mandate))


def told(act: Any = "enter", **changes: Any) -> RepresentationTold:
    """What a municipality says of a child (the first person) and its parent (the second)."""
    given: dict[str, Any] = {"institution": InstitutionId(A), "act": act, "entry": bytes(16)}
    if act == "enter":
        given |= {
            "kind": "parent",
            "principal": NUMBERS[0],
            "representative": NUMBERS[1],
            "principal_name": "内田　紬",
            "representative_name": "内田　碧",
        }
        given |= {"citation": "129AC0000000089#824", "until_ms": clock.now_ms() + 3000 * DAY_MS}
    if act == "protect":
        given |= {"principal": NUMBERS[0], "until_ms": clock.now_ms() + 300 * DAY_MS}
    return RepresentationTold(**(given | changes))


async def say(world: Operators, act: str = "enter", **changes: Any) -> None:
    """Have the municipality say it."""
    await representing(world).handle(told(act, **changes), TENANTS)


def of(world: Operators, holder: int) -> tuple[MandateShown, ...]:
    """What that person is shown of their mandates."""
    return world.registrar_db.read_now(lambda connection: of_person(connection, NUMBERS[holder], clock.now_ms()))


async def look(world: Operators, mandate: bytes, holder: int = 1, **changes: Any) -> ViewAskReply:
    """The registrar's answer to a look for somebody else."""
    return await world.registrar_viewing.handle(world.ask(world.request(mandate=mandate, **changes), holder))


def changed(form: Any, **changes: Any) -> Any:
    """The same with something else in it."""
    return msgspec.structs.replace(form, **changes)
