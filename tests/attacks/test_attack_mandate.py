"""Attack: somebody reads another person's record as if they were their representative, or learns where a protected child is."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from enishi.errors import Busy, Denied, Tampered
from enishi.oidc import documents
from enishi.protocol import cards
from enishi.protocol.forms import sign_form
from enishi.protocol.mandate import MandateFind, sign_declared
from enishi.protocol.view import View
from enishi.protocol.wire import OutcomeForm
from enishi.roles.keeper import log as keeper_log
from enishi.roles.keeper import view as keeper_view
from enishi.roles.registrar import mandates, mandating, representing
from enishi.roles.registrar.codes import draw_code
from enishi.roles.registrar.mandates import Mandate
from enishi.terms import InstitutionId, Outcome
from enishi.tlog.leaf import LeafKind, decode_leaf
from keeper.test_keeper_represented import asked
from keeper.test_keeper_view import look as looked
from keeper.world_operators import NUMBERS, B, Operators, mark
from linkage.attacker_linkage import Without
from registrar import mandating_registrar as made
from registrar.mandating_registrar import DAY_MS, acceptance_form, carded, changed, ended, in_force, look, of, offered, say, session
from running.operators_running import Dial, dial, founded, world

__all__ = ["dial", "founded", "world"]


@pytest_asyncio.fixture
async def publishing(world: Operators, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Operators]:
    """The world with its publisher at work; no witness cosigns, so nobody is waited for."""
    monkeypatch.setattr(keeper_log, "PAUSE_S", 0.0)
    monkeypatch.setattr(keeper_log, "WITNESS_S", 0.0)
    task = asyncio.create_task(world.log.run())
    yield world
    task.cancel()


async def kept_away(world: Operators, mandate: bytes, holder: int = 1) -> None:
    with pytest.raises(Denied, match="mandate-unusable"):
        await look(world, mandate, holder)


# ---- by a mandate that does not carry it


@pytest.mark.asyncio
async def test_by_the_mandate_of_somebody_else(world: Operators, without: Without) -> None:
    """The principal's mandate is a third person's; the attacker learned its id from the log. Success is a View of the principal."""
    one = await in_force(world)
    await world.registrar_db.write(lambda c: c.execute("UPDATE mandate SET representative = ?", (NUMBERS[2],)).rowcount)
    await kept_away(world, one.id)
    without(Mandate, "covers", lambda self, representative, scope, at_ms: self.running(at_ms))
    assert await look(world, one.id)


@pytest.mark.asyncio
async def test_by_a_mandate_that_was_ended(world: Operators, without: Without) -> None:
    """Success is a View after the principal's end of it."""
    one = await in_force(world)
    await ended(world, one.id, 0)
    await kept_away(world, one.id)
    without(Mandate, "running", lambda self, at_ms: True)
    assert await look(world, one.id)


@pytest.mark.asyncio
async def test_by_a_mandate_for_something_else(world: Operators, without: Without) -> None:
    """Success is the record by a mandate to ask for data."""
    one = await in_force(world, scope=("data",))
    await kept_away(world, one.id)
    monkeypatch = without(Mandate, "scopes", property(lambda self: ("records",)))  # type: ignore[arg-type]
    assert await look(world, one.id)
    monkeypatch.undo()


@pytest.mark.asyncio
async def test_a_protected_childs_parent_looks_all_the_same(world: Operators, without: Without) -> None:
    """Success is a View of the child after the mark; and what the parent sees of the mandate must not change by it."""
    await say(world)
    before = of(world, 1)
    await say(world, "protect", entry=b"\7" * 16)
    await kept_away(world, before[0].id)
    assert of(world, 1) == before
    await world.registrar_db.write(lambda c: c.execute("DELETE FROM protection").rowcount)
    await world.registrar_db.write(lambda c: c.execute("UPDATE mandate SET suspended_ms = 0").rowcount)
    without(mandates, "suspend")
    await say(world, "protect", entry=b"\7" * 16)
    assert await look(world, before[0].id)


@pytest.mark.asyncio
async def test_a_parent_who_has_another_municipality_enter_and_confirm_them(world: Operators, without: Without) -> None:
    """The second municipality knows of no danger. Success is a View of the protected child."""
    await say(world, "protect", entry=b"\7" * 16)
    await say(world, institution=InstitutionId(B))
    (one,) = of(world, 1)
    with pytest.raises(Denied, match="representation-unprotected"):
        await say(world, "confirm", institution=InstitutionId(B))
    await kept_away(world, one.id)
    without(representing, "_demand_protecting")
    await say(world, "confirm", institution=InstitutionId(B))
    assert await look(world, one.id)


@pytest.mark.asyncio
async def test_an_institution_without_the_office_enters_its_own_man(world: Operators, without: Without, monkeypatch: pytest.MonkeyPatch) -> None:
    """An institution that is no municipality enters a parent. Success is a mandate in force."""
    plain = world.registry.snapshot.institution(B, "institution")
    other = changed(plain, capacities=tuple(changed(one, name="日本年金機構") for one in plain.capacities))
    monkeypatch.setattr(type(world.registry.snapshot), "institution", lambda self, name, field: other)
    with pytest.raises(Denied, match="representation-not-yours"):
        await say(world, institution=InstitutionId(B))
    assert of(world, 1) == ()
    without(representing.Representing, "_check_capacity")
    await say(world, institution=InstitutionId(B))
    assert await look(world, of(world, 1)[0].id)


# ---- the code


@pytest.mark.asyncio
async def test_guessing_the_code(world: Operators, without: Without, monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes of a world in which there are forty. Success is to find the one that was drawn."""
    few = sorted(draw_code() for _ in range(40))
    monkeypatch.setattr(mandating, "draw_code", lambda: few[-1])
    await offered(world)
    with pytest.raises(Busy, match="mandate-tries-spent"):
        await guess(world, few)
    monkeypatch.setattr(mandating, "TRIES", 100)
    assert await guess(world, few)


async def guess(world: Operators, codes: list[str]) -> bool:
    desk = made.mandating(world)
    for code in codes:
        try:
            return bool(await desk.find(MandateFind(await session(world, 1), code)))
        except Denied:
            continue
    return False


@pytest.mark.asyncio
async def test_an_acceptance_by_somebody_who_was_given_no_code(world: Operators, without: Without) -> None:
    """Whoever runs the portal knows id and digest of an offer, and an accomplice signs. Success is a mandate in force for the accomplice."""
    one = await offered(world)
    ((offer,),) = world.registrar_db.read_now(lambda c: c.execute("SELECT offer FROM mandate").fetchall())
    form = acceptance_form(await session(world, 1), one.mandate.id, bytes(offer))
    signed = carded(world, sign_declared(form, world.founded.portal), 1)
    with pytest.raises(Denied, match="mandate-code-wrong"):
        await made.mandating(world).accept(signed)
    await world.registrar_db.write(lambda c: c.execute("UPDATE mandate SET claimed_by = ?", (NUMBERS[1],)).rowcount)
    assert (await made.mandating(world).accept(signed)).state == "in_force"


# ---- the portal alone


@pytest.mark.asyncio
async def test_the_portal_offers_or_accepts_what_nobody_signed(world: Operators, without: Without) -> None:
    """The portal has both sessions and the code, and no card. Success is a mandate in force."""
    one = await offered(world)
    desk, opened = made.mandating(world), await session(world, 1)
    found = await desk.find(MandateFind(opened, one.code))
    form = sign_declared(acceptance_form(opened, found.mandate, found.offer), world.founded.portal)
    blank = changed(carded(world, form, 1), signature=bytes(64))
    with pytest.raises(Tampered, match="card-signature-invalid"):
        await desk.accept(blank)
    await kept_away(world, one.mandate.id)
    without(documents, "_check_signature")
    await desk.accept(blank)
    assert await look(world, one.mandate.id)


@pytest.mark.asyncio
async def test_the_portal_looks_by_a_mandate_whose_representative_is_not_there(world: Operators, without: Without) -> None:
    """The portal knows mandate and certificate. Success is a View of the principal without the representative's card."""
    one = await in_force(world)
    ask = world.ask(world.request(mandate=one.id), 1)
    blank = changed(ask, signed=changed(ask.signed, signature=bytes(64)))
    with pytest.raises(Tampered, match="card-signature-invalid"):
        await world.registrar_viewing.handle(blank)
    without(cards, "_check_signature")
    assert await world.registrar_viewing.handle(blank)


# ---- registrar and exchange, and what the record says


@pytest.mark.asyncio
async def test_a_mandate_that_the_registrar_made_up_stands_in_the_principals_record(publishing: Operators) -> None:
    """Registrar and portal look at somebody by a mandate that never was. Success would be a look that its person does not see."""
    good: Any = msgspec.json.decode((await publishing.view(publishing.request())).view.payload, type=View)
    forged = sign_form(changed(good, mandate=b"\5" * 16), "view", publishing.founded.registrar, "registrar")
    await looked(publishing, publishing.countersigned(forged))
    own = await looked(publishing, await publishing.view(publishing.request()))
    assert [decode_leaf(record.leaf).kind for record in own.records] == [LeafKind.LOOK, LeafKind.LOOK]
    assert of(publishing, 0) == ()


@pytest.mark.asyncio
async def test_what_is_withheld_shows_by_its_note_or_its_gap(publishing: Operators, dial: Dial, without: Without) -> None:
    """The protected child's other parent, whose mandate is confirmed, counts. Success is to see that something is withheld."""
    one = await in_force(publishing)
    item = await asked(publishing)
    await publishing.record(OutcomeForm(publishing.outcome(item, Outcome.PROVIDED, nondisclosure=mark(dial.now + DAY_MS)), b""))

    async def seen() -> int:
        return len((await looked(publishing, await publishing.view(publishing.request(mandate=one.id), 1))).records)

    assert await seen() == 0
    without(keeper_view, "REPRESENTED", keeper_view.OWN)  # type: ignore[arg-type]
    assert await seen() > 0
