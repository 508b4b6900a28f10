"""A mandate to an organisation when somebody dies on the way, and how long what is left of it is kept."""

import pytest

from enishi.protocol.agent import LONGEST_MS
from enishi.roles.gateway.evidence.retention import delete_old
from enishi.roles.registrar.offers import YEARS_MS
from faults.dying import dying_at
from registrar.acting_registrar import EMPLOYER, MONTH_MS, NUMBER, STATE, Replace, Town, withdraw
from running.operators_running import Dial


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["registrar.agent.before_store", "registrar.agent.after_store"])
async def test_a_death_beside_the_row_leaves_it_whole_or_not_at_all(town: Town, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    signed = await town.brought()
    with dying_at(monkeypatch, name):
        await town.acting.take(signed)
    assert len(await town.seen()) == int(name.endswith("after_store"))
    if not name.endswith("after_store"):
        await town.acting.take(signed)
    assert await town.fetch() == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["gateway.agent.before_store", "gateway.agent.after_store", "registrar.agent.before_told"])
async def test_a_death_while_it_is_fetched_keeps_it_once(town: Town, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    reference = await town.give()
    with dying_at(monkeypatch, name):
        await town.fetch()
    await town.fetch()
    assert town.kept("SELECT reference FROM agent_mandate") == [(reference,)]
    assert town.held("SELECT taken_ms > 0 FROM agent_mandate") == [(1,)]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["registrar.agent.before_withdraw", "registrar.agent.after_withdraw"])
async def test_a_death_beside_the_withdrawal(town: Town, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    reference = await town.give()
    await town.fetch()
    with dying_at(monkeypatch, name):
        await withdraw(town, reference)
    await town.fetch()
    gone = name.endswith("after_withdraw")
    assert (town.kept(NUMBER, reference) == []) == gone
    await withdraw(town, reference)
    await town.fetch()
    assert town.kept(NUMBER, reference) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "name", ["gateway.agent.before_delete", "gateway.agent.after_delete", "registrar.agent.before_told", "gateway.agent.before_confirmed"]
)
async def test_a_death_while_it_is_deleted_leaves_no_number_and_no_silence(town: Town, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    reference = await town.give()
    await town.fetch()
    await withdraw(town, reference)
    with dying_at(monkeypatch, name):
        await town.fetch()
    await town.fetch()
    assert town.kept(NUMBER, reference) == []
    assert town.kept(STATE, reference) == [(0, "withdrawn", 1, 1)]
    assert (await town.seen())[0].deleted_ms > 0


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["registrar.agent.before_expire", "registrar.agent.before_fall"])
async def test_a_death_before_an_end_by_itself_puts_it_off_to_the_next_round(
    town: Town, dial: Dial, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reference = await town.give()
    await town.fetch()
    if name.endswith("fall"):
        town.show(Replace(town.parties[EMPLOYER], suspended=True))
    else:
        dial.now += MONTH_MS
    with dying_at(monkeypatch, name):
        await town.settling.settle()
    assert town.held("SELECT ended_ms FROM agent_mandate") == [(0,)]
    await town.fetch()
    assert (await town.seen())[0].deleted_ms > 0
    assert town.kept(NUMBER, reference) == []


@pytest.mark.asyncio
async def test_after_seven_years_the_rest_goes_and_what_stands_stays(town: Town, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, standing = await town.give(), await town.give(until_ms=dial.now + LONGEST_MS)
    await town.fetch()
    await withdraw(town, gone)
    await town.fetch()
    delete_old(town.tenants[EMPLOYER].database, dial.now)
    assert len(town.kept("SELECT 1 FROM agent_mandate")) == 2
    delete_old(town.tenants[EMPLOYER].database, dial.now + 1)
    assert town.kept("SELECT reference FROM agent_mandate") == [(standing,)]
    dial.now += YEARS_MS
    await town.acting.forget_old()
    assert len(town.held("SELECT 1 FROM agent_mandate")) == 2
    dial.now += 1
    with dying_at(monkeypatch, "registrar.agent.before_forget"):
        await town.acting.forget_old()
    await town.acting.forget_old()
    assert town.held("SELECT reference FROM agent_mandate") == [(standing,)]
