"""The commission's check of the second chain: whole, lawful, and entered late; each lie of a keeper is found, and counted."""

from collections.abc import Callable

import msgspec
import pytest

from enishi.mesh.metrics import Meter
from enishi.protocol import second as forms
from enishi.protocol.second import SecondAsk, SecondPage
from enishi.protocol.statement import Nondisclosure
from enishi.protocol.wire import OutcomeForm
from enishi.roles.keeper import second as keeper_second
from enishi.roles.keeper.late import enter_late
from enishi.roles.keeper.second import Second
from enishi.roles.oversight.second import COUNTER, SecondCheck
from enishi.tlog.note import Verifier
from keeper.world_operators import Operators, mark
from running.operators_running import Dial

DAY_MS = 24 * 3600 * 1000
Replace = msgspec.structs.replace
Lie = Callable[[SecondPage], SecondPage]


def check_of(world: Operators, lie: Lie = lambda page: page, meter: Meter | None = None) -> SecondCheck:
    async def ask(asked: SecondAsk) -> SecondPage:
        return lie(await Second(world.keeper).handle(asked))

    async def verifier() -> Verifier:
        return world.log.verifier

    return SecondCheck(ask, verifier, meter or Meter())


async def withheld(world: Operators, dial: Dial, count: int = 3) -> None:
    for _ in range(count):
        await world.committed(world.inquiry(nondisclosure=mark(dial.now + DAY_MS)))
    await world.committed(world.inquiry())
    await world.log.publish()


@pytest.mark.asyncio
async def test_an_honest_chain_holds_before_and_after_the_late_entries(world: Operators, dial: Dial) -> None:
    await world.log.publish()
    meter = Meter()
    check = check_of(world, meter=meter)
    assert await check.run() == ()
    await withheld(world, dial)
    assert await check.run() == ()
    dial.now += DAY_MS
    assert await enter_late(world.keeper) == 3
    await world.log.publish()
    dial.now += DAY_MS
    assert await check.run() == ()
    assert meter.total(COUNTER, "/keeper/second", "ok") == 3


@pytest.mark.asyncio
async def test_a_chain_of_several_pages(world: Operators, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_second, "PAGE", 2)
    await withheld(world, dial, 5)
    assert await check_of(world).run() == ()
    assert forms.PAGE == 500


@pytest.mark.asyncio
async def test_a_record_that_is_not_entered_when_its_mark_has_ended(world: Operators, dial: Dial) -> None:
    await withheld(world, dial, 1)
    meter = Meter()
    dial.now += DAY_MS + 5 * 60 * 1000
    assert await check_of(world, meter=meter).run() == ()
    dial.now += 10 * 60 * 1000
    assert await check_of(world, meter=meter).run() == ("second-chain-not-entered",)
    assert meter.total(COUNTER, "/keeper/second", "second-chain-not-entered") == 1
    assert b'second-chain-not-entered"} 1.0' in meter.exposition()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("lawless", "code"), [(Nondisclosure("invented", 1), "nondisclosure-unlawful"), (mark(9_999_999_999_999), "nondisclosure-too-long")]
)
async def test_a_mark_that_both_operators_let_pass(
    world: Operators, dial: Dial, monkeypatch: pytest.MonkeyPatch, lawless: Nondisclosure, code: str
) -> None:
    monkeypatch.setattr("enishi.roles.keeper.admit.check_mark", lambda *_: None)
    await world.committed(world.inquiry(nondisclosure=Replace(lawless, until_ms=max(lawless.until_ms, dial.now + DAY_MS))))
    await world.log.publish()
    assert await check_of(world).run() == (code,)


def dropped(page: SecondPage) -> SecondPage:
    return Replace(page, leaves=page.leaves[:-1], count=page.count - 1)


def swapped(page: SecondPage) -> SecondPage:
    return Replace(page, leaves=(page.leaves[1], page.leaves[0], *page.leaves[2:]))


def cut(page: SecondPage) -> SecondPage:
    return Replace(page, leaves=())


def entered(page: SecondPage) -> SecondPage:
    first = page.leaves[0]
    return Replace(page, leaves=(Replace(first, late_index=first.index, late_leaf=first.leaf, late_inclusion=first.inclusion), *page.leaves[1:]))


def other_key(page: SecondPage) -> SecondPage:
    return Replace(page, key=bytes(32), count=0, leaves=())


def old_map(page: SecondPage) -> SecondPage:
    return Replace(page, map_index=page.leaves[0].index, map_leaf=page.leaves[0].leaf, map_inclusion=page.leaves[0].inclusion)


# Where the dropped label itself is the nearest leaf to the one after it, the shown absence is the proof that it is present.
LIES: list[tuple[Lie, set[str]]] = [
    (dropped, {"label-proof-broken", "label-present"}),
    (swapped, {"label-proof-broken"}),
    (cut, {"second-chain-short"}),
    (entered, {"second-chain-leaf-wrong"}),
    (old_map, {"map-not-current"}),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("lie", "codes"), LIES)
async def test_a_keeper_that_lies_about_the_chain(world: Operators, dial: Dial, lie: Lie, codes: set[str]) -> None:
    await withheld(world, dial)
    (found,) = await check_of(world, lie).run()
    assert found in codes


@pytest.mark.asyncio
async def test_a_chain_that_was_longer_before(world: Operators, dial: Dial) -> None:
    """A keeper that changes to another K′ could show an empty chain: what the commission saw before stays."""
    await withheld(world, dial)
    lying: list[Lie] = [lambda page: page]
    check = check_of(world, lambda page: lying[-1](page))
    assert await check.run() == ()
    lying.append(lambda page: Replace(other_key(page), absent=page.absent))
    assert await check.run() == ("second-chain-short",)


@pytest.mark.asyncio
async def test_an_outcome_in_the_chain_is_checked_too(world: Operators, dial: Dial) -> None:
    inquiry = world.inquiry()
    committed = await world.committed(inquiry)
    await world.record(OutcomeForm(world.outcome(committed.items[0].item_id, nondisclosure=mark(dial.now + DAY_MS)), b""))
    await world.log.publish()
    assert await check_of(world).run() == ()
