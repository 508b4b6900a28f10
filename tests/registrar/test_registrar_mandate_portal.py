"""The portal's own half of a mandate against the real register: what does not hold never leaves the portal, and what does is in force."""

from typing import Any

import pytest

from enishi.errors import Fault, Tampered, Unavailable
from enishi.oidc.relying import Call
from enishi.protocol.mandate import MandateEnd, MandateFind
from enishi.roles.portal.offer import DocumentSigned
from enishi.roles.portal.offersource import Issuing
from enishi.roles.portal.representatives.there import MeshedMandates
from faults.dying import dying_at
from keeper.world_operators import Operators
from registrar.mandating_registrar import acceptance_form, carded, changed, look, mandating, of, offer_form, session
from registrar.offering_registrar import revocations


class Near:
    """The registrar's doors in this process; `asked` is what came to them."""

    def __init__(self, world: Operators) -> None:
        self._desk = mandating(world)
        self.asked: list[str] = []

    async def call(self, path: str, asked: Any, reply: type[Any]) -> Any:
        self.asked.append(path)
        verbs = {"": self._desk.offer, "/find": self._desk.find, "/accept": self._desk.accept, "/end": self._desk.end}
        return await verbs[path.removeprefix("/registrar/mandate")](asked)


def portal_of(world: Operators, near: Near, status: int = 200) -> MeshedMandates:
    async def fetch(call: Call) -> tuple[int, bytes]:
        return status, revocations(world)

    return MeshedMandates(None, Issuing(None, "list", fetch), near, world.registry, world.founded.portal)  # type: ignore[arg-type]


def signed(world: Operators, declared: Any, holder: int) -> DocumentSigned:
    whole = carded(world, declared, holder)
    return DocumentSigned("subject", whole.certificate, whole.signature)


@pytest.mark.asyncio
async def test_from_both_cards_to_a_look_and_to_its_end(world: Operators) -> None:
    near = Near(world)
    portal = portal_of(world, near)
    declared = portal.sign(offer_form(await session(world, 0)))
    made = await portal.offer(declared, signed(world, declared, 0))
    opened = await session(world, 1)
    found = await portal.find(MandateFind(opened, made.code))
    accepted = portal.sign(acceptance_form(opened, found.mandate, found.offer))
    one = await portal.accept(accepted, signed(world, accepted, 1))
    assert await look(world, one.id)
    assert (await portal.end(MandateEnd(opened, one.id))).state == "ended"
    assert near.asked == [f"/registrar/mandate{verb}" for verb in ("", "/find", "/accept", "/end")]


@pytest.mark.asyncio
async def test_what_does_not_hold_never_leaves_the_portal(world: Operators) -> None:
    near = Near(world)
    declared = portal_of(world, near).sign(offer_form(await session(world, 0)))
    good = signed(world, declared, 0)
    with pytest.raises(Tampered, match="card-signature-invalid"):
        await portal_of(world, near).offer(declared, changed(good, signature=bytes(64)))
    with pytest.raises(Unavailable, match="peer-unreachable"):
        await portal_of(world, near, 500).offer(declared, good)
    with pytest.raises(Fault, match="envelope-type-wrong"):
        await portal_of(world, near).accept(declared, good)
    assert near.asked == []


@pytest.mark.asyncio
async def test_a_portal_that_dies_before_it_brings_a_declaration_has_made_nothing(world: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = portal_of(world, Near(world))
    declared = portal.sign(offer_form(await session(world, 0)))
    with dying_at(monkeypatch, "portal.mandate.before_send"):
        await portal.offer(declared, signed(world, declared, 0))
    assert of(world, 0) == ()
    assert (await portal.offer(declared, signed(world, declared, 0))).mandate.state == "offered"
