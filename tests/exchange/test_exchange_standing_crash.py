"""A role dies at a named point of adding, suspending or reinstating; the same act again, after a start, comes to the same end."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from enishi.errors import Conflict, Unavailable
from enishi.roles.exchange.founding import publish
from exchange.test_exchange_founding import forget
from exchange.test_exchange_standing import WHY, Acts, newcomer, stands
from faults.dying import dying_at
from keeper.world_operators import A, Operators

SUSPENDING = [
    ("exchange", "exchange.suspension.before_store"),
    ("exchange", "exchange.suspension.after_store"),
    ("exchange", "keeper.suspension.before_append"),
    ("exchange", "keeper.suspension.after_append"),
    ("oversight", "oversight.suspension.before_store"),
    ("oversight", "oversight.suspension.after_store"),
]
CHANGING = ["exchange.proposal.before_store", "exchange.proposal.after_store", "oversight.offered.before_store", "oversight.approval.before_store"]


async def started_again(world: Operators) -> None:
    """What exchange and keeper know after a start: what their databases hold."""
    exchange, keeper = world.exchange, world.keeper
    exchange.notes.clear()
    await exchange.database.read(exchange.load_notes)
    exchange.publish(exchange.signed, exchange.digest, exchange.envelope)
    keeper.notes.clear()
    await keeper.database.read(keeper.load_notes)
    keeper.adopt(exchange.signed, exchange.digest)


@pytest.mark.asyncio
@pytest.mark.parametrize(("side", "name"), SUSPENDING)
async def test_a_suspension_is_never_half(world: Operators, monkeypatch: pytest.MonkeyPatch, side: str, name: str) -> None:
    acts = Acts(world)
    suspend = (acts.suspending if side == "exchange" else acts.commission).suspend
    with dying_at(monkeypatch, name):
        await suspend(WHY)
    await started_again(world)
    acts = Acts(world)
    suspend = (acts.suspending if side == "exchange" else acts.commission).suspend
    # What is durable is told by the ordinary start; what is not, the operator says again.
    await acts.commission.tell()
    await acts.spread()
    assert stands(world.exchange.snapshot) == name.endswith("suspension.before_store")
    with suppress(Conflict):
        await suspend(WHY)
    await acts.spread()
    assert not stands(world.exchange.snapshot)
    assert not stands(world.keeper.snapshot)
    assert not stands(world.exchange.signed)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CHANGING)
async def test_a_reinstatement_goes_on_where_it_died(world: Operators, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    acts = Acts(world)
    await acts.suspending.suspend(WHY)
    await acts.spread()

    async def reinstate() -> None:
        made = await acts.publishing.reinstate(A)
        await world.cosigner.approve(made.digest, "operator")
        await acts.publishing.finish()

    await again(reinstate, monkeypatch, name)
    assert stands(world.exchange.snapshot)
    assert stands(world.keeper.snapshot)


@pytest.mark.asyncio
async def test_an_addition_goes_on_where_it_died(world: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    acts, one = Acts(world), newcomer(world)

    async def add() -> None:
        made = await acts.publishing.add(one)
        await world.cosigner.approve(made.digest, "operator")
        await acts.publishing.finish()

    await again(add, monkeypatch, "exchange.added.before_shares")
    assert stands(world.keeper.snapshot, one.id)


@pytest.mark.asyncio
async def test_a_renewal_waits_for_the_commissions_note_wherever_it_died(world: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    """New law data, and a note that has not arrived here: no draft that drops it comes into force, the next one carries it."""
    await forget(world, law=bytes(32))
    world.keeper.adopt(world.exchange.signed, world.exchange.digest)
    acts = Acts(world)
    acts.away = {"keeper", "exchange"}
    await acts.commission.suspend(WHY)

    async def renew() -> None:
        await publish(world.exchange, world.founding_doors(), Path("no such file"))

    with dying_at(monkeypatch, "exchange.renewal.before_forget"):
        await renew()
    with pytest.raises(Unavailable, match="suspension-awaited"):
        await renew()
    acts.away.clear()
    await acts.commission.tell()
    await renew()
    assert world.exchange.signed.law == world.jurist.digest
    assert not stands(world.exchange.signed)


async def again(act: Callable[[], Awaitable[None]], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with dying_at(monkeypatch, name):
        await act()
    await act()
