"""Statutory mandates and protection: entered by the right office alone, suspended for a protected person, not told apart by who is kept away."""

from typing import Any

import msgspec
import pytest

from enishi.errors import Denied, Fault, Unknown
from enishi.mesh.faults import form_of
from enishi.protocol.mandate import CITATIONS, LIMITS_MS
from enishi.terms import InstitutionId
from faults.dying import dying_at
from keeper.world_operators import NUMBERS, STRANGER, A, B, Operators
from registrar.mandating_registrar import DAY_MS, accepting, in_force, look, mandating, of, offered, representing, say, told
from running.operators_running import Dial

OWN, OTHER = bytes(16), b"\1" * 16


async def refusal(call: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await call
    return caught.value


async def refused(call: Any) -> str:
    return (await refusal(call)).code


@pytest.mark.asyncio
async def test_the_story_of_a_statutory_mandate(world: Operators, dial: Dial) -> None:
    await say(world)
    await say(world)
    (one,) = of(world, 1)
    assert (one.role, one.kind, one.scope, one.other, one.state, one.uses) == ("representative", "parent", ("records",), "内田　紬", "in_force", ())
    assert (one.institution, one.citation) == (A, CITATIONS["parent"][1])
    assert await look(world, one.id)
    # The child, who has a card, sees it too: who acts for them, who entered it, and when it was used.
    (seen,) = of(world, 0)
    assert (seen.role, seen.other, seen.institution, seen.uses) == ("principal", "内田　碧", A, (dial.now,))
    await say(world, "end")
    assert await refused(look(world, one.id)) == "mandate-unusable"
    assert [each[0].state for each in (of(world, 0), of(world, 1))] == ["ended", "ended"]


@pytest.mark.asyncio
async def test_an_entry_is_for_what_it_says_and_opens_nothing_else(world: Operators) -> None:
    await say(world, scope=("data",))
    (one,) = of(world, 1)
    assert one.scope == ("data",)
    assert await refused(look(world, one.id)) == "mandate-unusable"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"scope": ("data", "data")}, "mandate-wrong"),
        ({"kind": "guardian"}, "mandate-wrong"),
        ({"kind": ""}, "mandate-wrong"),
        ({"citation": CITATIONS["guardian"][0]}, "mandate-wrong"),
        ({"until": LIMITS_MS["parent"] + 1}, "mandate-wrong"),
        ({"kind": "guardian", "citation": CITATIONS["guardian"][1], "until": LIMITS_MS["guardian"] + 1}, "mandate-wrong"),
        ({"until": 0}, "mandate-wrong"),
        ({"principal_name": ""}, "mandate-wrong"),
        ({"representative": NUMBERS[0]}, "mandate-wrong"),
        ({"representative": STRANGER}, "representation-person-unknown"),
        ({"principal": "123"}, "representation-person-unknown"),
    ],
)
async def test_what_may_not_be_entered(world: Operators, dial: Dial, changes: dict[str, Any], slug: str) -> None:
    if "until" in changes:
        changes = changes | {"until_ms": dial.now + changes["until"]}
        del changes["until"]
    fault = await refusal(say(world, **changes))
    assert fault.code == slug
    assert not any(number in f"{fault.detail}{fault.field}" for number in (*NUMBERS, STRANGER))
    assert of(world, 1) == ()


@pytest.mark.asyncio
async def test_only_the_municipality_itself_while_it_stands_and_only_its_own(world: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Denied, match="tenant-not-yours"):
        await representing(world).handle(told(), frozenset({B}))
    await say(world)
    for act in ("end", "confirm"):
        with pytest.raises(Unknown, match="representation-unknown"):
            await say(world, act, institution=InstitutionId(B))
    plain = world.registry.snapshot.institution(A, "institution")
    other = tuple(msgspec.structs.replace(one, name="都道府県知事") for one in plain.capacities)
    for changed, slug in (
        (msgspec.structs.replace(plain, suspended=True), "institution-suspended"),
        (msgspec.structs.replace(plain, capacities=other), "representation-not-yours"),
    ):
        monkeypatch.setattr(type(world.registry.snapshot), "institution", lambda self, name, field, one=changed: one)
        assert await refused(say(world, entry=OTHER)) == slug
    assert len(of(world, 1)) == 1


@pytest.mark.asyncio
async def test_a_protected_child_is_out_of_reach_of_every_representative_until_one_is_confirmed(world: Operators, dial: Dial) -> None:
    await say(world)
    await say(world, entry=OTHER, representative=NUMBERS[2], representative_name="内田　蓮")
    voluntary = await in_force(world)
    before = of(world, 1)
    dial.now += 1
    await say(world, "protect", entry=b"\7" * 16)
    for one in before:
        assert await refused(look(world, one.id)) == "mandate-unusable"
    # Their list is, byte for byte, what it was.
    assert msgspec.msgpack.encode(of(world, 1)) == msgspec.msgpack.encode(before)
    await say(world, "confirm", entry=OTHER)
    for one in before:
        assert await refused(look(world, one.id)) == "mandate-unusable"
    await say(world, "confirm", entry=OWN)
    statutory = next(one for one in before if one.kind == "parent")
    assert await look(world, statutory.id)
    assert await refused(look(world, voluntary.id)) == "mandate-unusable"


@pytest.mark.asyncio
async def test_what_comes_later_is_suspended_too_whoever_enters_it(world: Operators, dial: Dial) -> None:
    made = await offered(world)
    signed = await accepting(world, made.code)
    await say(world, "protect", entry=b"\7" * 16)
    await mandating(world).accept(signed)
    # Another municipality, to which somebody moved, knows nothing of the danger: it may not confirm, and what it enters opens nothing.
    await say(world, institution=InstitutionId(B))
    assert {await refused(look(world, one.id)) for one in of(world, 1)} == {"mandate-unusable"}
    with pytest.raises(Denied, match="representation-unprotected"):
        await say(world, "confirm", institution=InstitutionId(B))
    # Once it protects the person itself, it may.
    await say(world, "protect", institution=InstitutionId(B), entry=b"\5" * 16)
    await say(world, "confirm", institution=InstitutionId(B))
    assert await look(world, next(one.id for one in of(world, 1) if one.institution == B))


@pytest.mark.asyncio
async def test_the_same_protection_again_takes_back_no_confirmation_and_the_end_of_a_mark_gives_none(world: Operators, dial: Dial) -> None:
    await say(world)
    mark = {"entry": b"\7" * 16, "until_ms": dial.now + DAY_MS}
    await say(world, "protect", **mark)
    await say(world, "confirm")
    await say(world, "protect", **mark)
    assert await look(world, of(world, 1)[0].id)
    await say(world, "protect", entry=b"\6" * 16, until_ms=dial.now + DAY_MS)
    dial.now += DAY_MS
    assert await refused(look(world, of(world, 1)[0].id)) == "mandate-unusable"
    with pytest.raises(Denied, match="representation-unprotected"):
        await say(world, "confirm")
    # What is entered after the end is in force.
    await say(world, entry=OTHER)
    assert {await refused_or_not(look(world, one.id)) for one in of(world, 1)} == {"mandate-unusable", ""}


async def refused_or_not(call: Any) -> str:
    try:
        await call
    except Fault as fault:
        return fault.code
    return ""


@pytest.mark.asyncio
async def test_who_is_kept_away_learns_the_same_whatever_the_reason(world: Operators, dial: Dial) -> None:
    """Suspended, ended, over, another's, out of scope, unknown: one answer, in every byte."""
    await say(world)
    await say(world, entry=OTHER)
    suspended, ended = (one.id for one in of(world, 1))
    scoped = await in_force(world, scope=("data",))
    others = await in_force(world, until_ms=dial.now + 10 * DAY_MS)
    over = await in_force(world, until_ms=dial.now + 1)
    dial.now += 1
    change = "UPDATE mandate SET {} WHERE id = ?"
    await world.registrar_db.write(lambda c: c.execute(change.format("suspended_ms = 1"), (suspended,)).rowcount)
    await world.registrar_db.write(lambda c: c.execute(change.format("ended_ms = 1"), (ended,)).rowcount)
    await world.registrar_db.write(lambda c: c.execute(change.format(f"representative = '{NUMBERS[2]}'"), (others.id,)).rowcount)
    mandates = (suspended, ended, over.id, others.id, scoped.id, bytes(16))
    told = {msgspec.msgpack.encode(form_of(await refusal(look(world, mandate)))) for mandate in mandates}
    assert len(told) == 1
    # The refused look cost nothing: neither a use nor a signature stands in the register.
    assert world.registrar_db.read_now(lambda c: c.execute("SELECT COUNT(*) FROM mandate_use").fetchone()) == (0,)


@pytest.mark.asyncio
@pytest.mark.parametrize("act", ["enter", "end", "protect"])
async def test_a_death_around_what_a_municipality_says(world: Operators, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    if act != "enter":
        await say(world)
    state = "SELECT COUNT(*), MAX(ended_ms > 0), MAX(suspended_ms > 0) FROM mandate"
    before = world.registrar_db.read_now(lambda c: c.execute(state).fetchone())
    with dying_at(monkeypatch, "registrar.representation.before_store"):
        await say(world, act)
    assert world.registrar_db.read_now(lambda c: c.execute(state).fetchone()) == before
    for _ in range(2):
        with dying_at(monkeypatch, "registrar.representation.after_store"):
            await say(world, act)
    after = {"enter": (1, 0, 0), "end": (1, 1, 0), "protect": (1, 0, 1)}[act]
    assert world.registrar_db.read_now(lambda c: c.execute(state).fetchone()) == after
