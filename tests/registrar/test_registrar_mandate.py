"""Voluntary mandates: two cards, a code given by hand, in force from the second signature, ended at once by either, kept and then deleted."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from enishi.card.authority import Use
from enishi.errors import Busy, Conflict, Denied, Fault, Malformed, Unauthenticated, Unknown
from enishi.linkage.enrol import handle_point
from enishi.linkage.group import multiply, p_sub, s_add
from enishi.protocol.declared import FRESH_MS, SESSION_MS
from enishi.protocol.mandate import YEAR_MS, MandateEnd, MandateFind, SignedMandate, sign_declared
from enishi.protocol.view import View
from enishi.roles.registrar.codes import ALPHABET, draw_code, typed_code
from enishi.roles.registrar.mandates import OPEN
from enishi.roles.registrar.mandating import CODE_MS, TRIES
from enishi.roles.registrar.offers import YEARS_MS
from faults.dying import dying_at
from keeper.world_operators import NUMBERS, Operators
from registrar.mandating_registrar import (
    DAY_MS,
    acceptance_form,
    accepting,
    carded,
    changed,
    declared,
    ended,
    in_force,
    look,
    mandating,
    of,
    offer_form,
    offered,
    session,
)
from running.operators_running import Dial


def rows(world: Operators, query: str) -> list[Any]:
    return world.registrar_db.read_now(lambda connection: connection.execute(query).fetchall())


async def refused(call: Any) -> str:
    with pytest.raises(Fault) as caught:
        await call
    return caught.value.code


def whose(world: Operators, view: View) -> bytes:
    secret = s_add(s_add(world.exchange.secrets.layer, world.keeper.secrets.layer), world.keeper.secrets.audit)
    return p_sub(view.u, multiply(secret, view.r))


@pytest.mark.asyncio
async def test_the_story_of_a_voluntary_mandate(world: Operators, dial: Dial) -> None:
    made = await offered(world)
    assert (made.mandate.state, made.mandate.role, made.mandate.other, made.code_until_ms) == ("offered", "principal", "", dial.now + CODE_MS)
    found = await mandating(world).find(MandateFind(await session(world, 1), made.code))
    assert (found.principal, found.scope, found.until_ms) == ("内田　紬", ("records",), dial.now + 30 * DAY_MS)
    assert await refused(look(world, made.mandate.id)) == "mandate-unusable"
    taken = await mandating(world).accept(await accepting(world, made.code))
    assert (taken.state, taken.role, taken.from_ms) == ("in_force", "representative", dial.now)
    dial.now += 1000
    reply = await look(world, taken.id)
    # The element that leaves is the principal's, and nothing of either person comes with it.
    view = msgspec.json.decode(reply.view.payload, type=View)
    ((handle,),) = rows(world, f"SELECT handle FROM person WHERE individual_number = '{NUMBERS[0]}'")
    assert (whose(world, view), view.mandate, reply.offers, reply.mandates) == (handle_point(bytes(handle)), taken.id, (), ())
    assert [one.uses for holder in (0, 1) for one in of(world, holder)] == [(dial.now,)] * 2
    over = await ended(world, taken.id, 0)
    assert (over.state, over.ended_ms) == ("ended", dial.now)
    assert await refused(look(world, taken.id)) == "mandate-unusable"
    assert [(one.role, one.state) for holder in (0, 1) for one in of(world, holder)] == [("principal", "ended"), ("representative", "ended")]


@pytest.mark.asyncio
async def test_ones_own_look_brings_ones_mandates_and_opens_ones_own_record(world: Operators) -> None:
    taken = await in_force(world)
    reply = await world.registrar_viewing.handle(world.ask(world.request(), 1))
    ((handle,),) = rows(world, f"SELECT handle FROM person WHERE individual_number = '{NUMBERS[1]}'")
    assert reply.mandates == (taken,)
    assert whose(world, msgspec.json.decode(reply.view.payload, type=View)) == handle_point(bytes(handle))
    assert b"mandate" not in reply.view.payload


@pytest.mark.asyncio
async def test_either_ends_it_and_nobody_else(world: Operators) -> None:
    one = await in_force(world)
    await world.registrar_db.write(lambda c: c.execute("UPDATE mandate SET principal = ?", (NUMBERS[2],)).rowcount)
    with pytest.raises(Unknown, match="mandate-unknown"):
        await ended(world, one.id, 0)
    with pytest.raises(Denied, match="mandate-of-another-person"):
        await mandating(world).end(MandateEnd(bytes(32), one.id))
    assert (await ended(world, one.id, 1)).state == "ended"
    assert rows(world, "SELECT ended_by FROM mandate") == [("representative",)]


@pytest.mark.asyncio
async def test_a_mandate_lasts_as_long_as_was_signed(world: Operators, dial: Dial) -> None:
    one = await in_force(world, until_ms=dial.now + DAY_MS)
    dial.now += DAY_MS - 1
    assert await look(world, one.id)
    dial.now += 1
    assert await refused(look(world, one.id)) == "mandate-unusable"
    assert of(world, 1)[0].state == "ended"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"until": YEAR_MS + 1}, "mandate-wrong"),
        ({"until": 0}, "mandate-wrong"),
        ({"scope": ("records", "records")}, "mandate-wrong"),
        ({"face": "consent"}, "kind-wrong"),
        ({"v": 2}, "version-unknown"),
        ({"age": FRESH_MS + 1}, "mandate-not-fresh"),
    ],
)
async def test_what_may_not_be_offered(world: Operators, dial: Dial, changes: dict[str, Any], slug: str) -> None:
    at_ms = dial.now - changes.pop("age", 0)
    if "until" in changes:
        changes = {"until_ms": at_ms + changes["until"]}
    assert await refused(mandating(world).offer(await declared(world, at_ms=at_ms, **changes))) == slug
    assert rows(world, "SELECT COUNT(*) FROM mandate") == [(0,)]


@pytest.mark.asyncio
async def test_a_declaration_is_taken_once_and_only_by_its_own_signature(world: Operators, dial: Dial) -> None:
    signed = await declared(world)
    await mandating(world).offer(signed)
    assert await refused(mandating(world).offer(signed)) == "mandate-repeated"
    form = sign_declared(offer_form(await session(world, 0)), world.founded.portal)
    # Somebody else's signature in one's session; the wrong key of the card; another form beneath the signature; nobody's form.
    assert await refused(mandating(world).offer(carded(world, form, 1))) == "mandate-of-another-person"
    assert await refused(mandating(world).offer(carded(world, form, 0, Use.AUTHENTICATION))) == "card-certificate-refused"
    assert await refused(mandating(world).offer(changed(await declared(world), declared=form))) == "card-signature-invalid"
    foreign = sign_declared(offer_form(await session(world, 0)), world.founded.oversight)
    assert await refused(mandating(world).offer(carded(world, foreign, 0))) == "signature-invalid"
    late = offer_form(await session(world, 0))
    dial.now += SESSION_MS
    stale = sign_declared(changed(late, at_ms=dial.now), world.founded.portal)
    assert await refused(mandating(world).offer(carded(world, stale, 0))) == "mandate-of-another-person"


@pytest.mark.asyncio
async def test_so_many_and_no_more(world: Operators) -> None:
    for _ in range(OPEN):
        await offered(world)
    with pytest.raises(Conflict, match="mandate-too-many"):
        await offered(world)


@pytest.mark.asyncio
async def test_a_code_is_good_for_three_days_for_the_first_who_types_it_and_not_for_oneself(world: Operators, dial: Dial) -> None:
    made = await offered(world)
    assert await refused(mandating(world).find(MandateFind(await session(world, 0), made.code))) == "mandate-to-oneself"
    await mandating(world).find(MandateFind(await session(world, 1), f" {made.code[:5].lower()}-{made.code[5:].lower()}"))
    await world.registrar_db.write(lambda c: c.execute("UPDATE mandate SET claimed_by = ?", (NUMBERS[2],)).rowcount)
    assert await refused(mandating(world).find(MandateFind(await session(world, 1), made.code))) == "mandate-code-wrong"
    late = await offered(world)
    dial.now += CODE_MS - 1
    accepted = await accepting(world, late.code)
    dial.now += 1
    assert await refused(mandating(world).accept(accepted)) == "mandate-code-wrong"
    assert await refused(mandating(world).find(MandateFind(await session(world, 1), late.code))) == "mandate-code-wrong"


@pytest.mark.asyncio
async def test_five_wrong_codes_are_the_end_for_three_days_and_a_slip_is_none(world: Operators, dial: Dial) -> None:
    made, desk = await offered(world), mandating(world)
    slip = made.code[:-1] + ALPHABET[(ALPHABET.index(made.code[-1]) + 1) % 31]
    for _ in range(TRIES + 1):
        assert await refused(desk.find(MandateFind(await session(world, 1), slip))) == "mandate-code-slip"
    for _ in range(TRIES):
        assert await refused(desk.find(MandateFind(await session(world, 1), draw_code()))) == "mandate-code-wrong"
    with pytest.raises(Busy, match="mandate-tries-spent"):
        await desk.find(MandateFind(await session(world, 1), made.code))
    dial.now += CODE_MS
    assert await refused(desk.find(MandateFind(await session(world, 1), draw_code()))) == "mandate-code-wrong"


def test_a_slip_of_the_pen_is_found() -> None:
    for _ in range(200):
        code = draw_code()
        assert typed_code(code.lower().replace("0", "o").replace("1", "l")) == code
        for place, one in enumerate(code):
            other = ALPHABET[(ALPHABET.index(one) + 7) % 31]
            assert {one, other} == {"0", "Z"} or not typed_code(code[:place] + other + code[place + 1 :])
    assert [typed_code(text) for text in ("", "A" * 11, "!" * 10, "Ａ" * 10)] == [""] * 4


@pytest.mark.asyncio
async def test_an_acceptance_is_of_whoever_typed_the_code(world: Operators) -> None:
    made, desk = await offered(world), mandating(world)
    signed = await accepting(world, made.code)
    opened = await session(world, 1)
    offer = rows(world, "SELECT offer FROM mandate")[0][0]
    for mandate, digest in ((bytes(16), offer), (made.mandate.id, bytes(32))):
        other = sign_declared(acceptance_form(opened, mandate, digest), world.founded.portal)
        assert await refused(desk.accept(carded(world, other, 1))) == "mandate-code-wrong"
    assert await refused(desk.accept(carded(world, signed.declared, 0))) == "mandate-of-another-person"
    await desk.accept(signed)
    # Replayed: in force, and after its end.
    assert await refused(desk.accept(signed)) == "mandate-code-wrong"
    await ended(world, made.mandate.id, 0)
    assert await refused(desk.accept(signed)) == "mandate-code-wrong"
    assert of(world, 1)[0].state == "ended"


@pytest.mark.asyncio
async def test_one_declaration_is_not_read_as_the_other(world: Operators) -> None:
    made = await offered(world)
    accepted = await accepting(world, made.code)
    assert await refused(mandating(world).offer(accepted)) == "envelope-type-wrong"
    assert await refused(mandating(world).accept(await declared(world))) == "envelope-type-wrong"


@pytest.mark.asyncio
async def test_the_register_keeps_no_code(world: Operators) -> None:
    made = await offered(world)
    assert made.code.encode() not in b"".join(path.read_bytes() for path in (world.data / "registrar").glob("registrar.db*"))


@pytest.mark.asyncio
async def test_what_is_kept_and_for_how_long(world: Operators, dial: Dial) -> None:
    one = await in_force(world, until_ms=dial.now + DAY_MS)
    await look(world, one.id)
    await offered(world)
    dial.now += CODE_MS
    await mandating(world).forget_old()
    assert rows(world, "SELECT id FROM mandate") == [(one.id,)]
    both = msgspec.msgpack.decode(rows(world, "SELECT signed FROM mandate")[0][0], type=list[SignedMandate])
    assert len(both) == 2
    dial.now += DAY_MS + YEARS_MS - CODE_MS
    await mandating(world).forget_old()
    assert len(rows(world, "SELECT * FROM mandate")) == 1
    dial.now += 1
    await mandating(world).forget_old()
    assert (rows(world, "SELECT * FROM mandate"), rows(world, "SELECT * FROM mandate_use")) == ([], [])


@pytest.mark.asyncio
async def test_no_key_of_the_principals_labels_leaves_for_a_representative(world: Operators) -> None:
    one = await in_force(world)
    with pytest.raises(Malformed, match="mandate-with-device"):
        await look(world, one.id, device_key=b"\2" + bytes(32))


@pytest.mark.asyncio
async def test_a_card_that_is_good_no_longer_opens_nothing_by_a_mandate(world: Operators) -> None:
    one = await in_force(world)
    await world.registrar_db.write(lambda c: c.execute("UPDATE card SET revoked = 1 WHERE individual_number = ?", (NUMBERS[1],)).rowcount)
    with pytest.raises(Unauthenticated, match="card-unknown"):
        await look(world, one.id)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("act", "before", "after"), [("offer", [], ["offered"]), ("accept", ["offered"], ["in_force"]), ("end", ["in_force"], ["ended"])]
)
async def test_a_death_around_an_act_leaves_it_done_or_not(
    world: Operators, monkeypatch: pytest.MonkeyPatch, act: str, before: list[str], after: list[str]
) -> None:
    desk = mandating(world)
    call: Callable[[], Awaitable[object]]
    if act == "offer":
        call = partial(desk.offer, await declared(world))
    elif act == "accept":
        call = partial(desk.accept, await accepting(world, (await offered(world)).code))
    else:
        call = partial(desk.end, MandateEnd(await session(world, 0), (await in_force(world)).id))
    for moment, states in ((f"registrar.mandate.before_{act}", before), (f"registrar.mandate.after_{act}", after)):
        with dying_at(monkeypatch, moment):
            await call()
        assert [one.state for one in of(world, 0)] == states


@pytest.mark.asyncio
async def test_a_death_before_a_code_is_looked_for_or_old_ones_are_forgotten_changes_nothing(
    world: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await offered(world)
    asked = MandateFind(await session(world, 1), made.code)
    with dying_at(monkeypatch, "registrar.mandate.before_claim"):
        await mandating(world).find(asked)
    assert rows(world, "SELECT claimed_by FROM mandate") == [("",)]
    with dying_at(monkeypatch, "registrar.mandate.before_forget"):
        await mandating(world).forget_old()
    assert (await mandating(world).find(asked)).mandate == made.mandate.id
