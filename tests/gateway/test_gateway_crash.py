"""The platform dies at a named point and starts again: what was acknowledged is there, nothing ended twice, the same bytes went out."""

from pathlib import Path

import pytest

from enishi.roles.gateway import shown
from enishi.roles.gateway.desk import Decision
from enishi.terms import ItemId, Outcome, Txid
from faults.dying import dying_at
from gateway.world_gateway import CALLER, PROTECTED, A, B, Operators, question, running

ASKING = [
    "gateway.ask.after_store",
    "gateway.ask.before_keep",
    "gateway.ask.after_keep",
    "gateway.provide.before_store",
    "gateway.provide.after_store",
]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ASKING)
async def test_an_inquiry_ends_once_wherever_the_platform_died(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with running(tmp_path, operators) as gateway:
        with dying_at(monkeypatch, name):
            await gateway.ask.ask(gateway.tenants[A], CALLER, question())
    async with running(tmp_path, operators) as gateway:
        tenant = gateway.tenants[A]
        ((txid, message),) = await tenant.database.read(lambda connection: connection.execute("SELECT txid, message FROM asked").fetchall())
        await gateway.ask.again(tenant, Txid(txid))
        inquiry = await tenant.database.read(lambda connection: shown.show(connection, txid, CALLER))
        given = await gateway.tenants[B].database.read(lambda connection: connection.execute("SELECT COUNT(*) FROM given").fetchone())
    assert (inquiry.state, inquiry.items[0].outcome) == ("ended", Outcome.PROVIDED)
    assert set(operators.messages) == {message}
    assert (len(operators.log), len(operators.outcomes), given) == (1, 1, (1,))


@pytest.mark.asyncio
async def test_before_the_message_is_stored_nothing_was_asked(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path, operators) as gateway:
        with dying_at(monkeypatch, "gateway.ask.before_store"):
            await gateway.ask.ask(gateway.tenants[A], CALLER, question())
    assert operators.messages == []
    async with running(tmp_path, operators) as gateway:
        asked = await gateway.tenants[A].database.read(lambda connection: connection.execute("SELECT COUNT(*) FROM asked").fetchone())
    assert asked == (0,)


@pytest.mark.asyncio
@pytest.mark.parametrize(("name", "taken"), [("gateway.desk.before_store", 0), ("gateway.desk.after_store", 1), ("gateway.desk.before_confirm", 1)])
async def test_a_decision_is_taken_once_or_not_at_all(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch, name: str, taken: int
) -> None:
    async with running(tmp_path, operators) as gateway:
        txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question(PROTECTED))
        (held,) = await gateway.desk.held(gateway.tenants[B])
        with dying_at(monkeypatch, name):
            await gateway.desk.decide(gateway.tenants[B], held.item_id, Decision("provide"), "desk/officer-2")
    async with running(tmp_path, operators) as gateway:
        assert len(await gateway.desk.held(gateway.tenants[B])) == 1 - taken
        await gateway.desk.push(gateway.tenants[B])
        await gateway.ask.again(gateway.tenants[A], txid)
        inquiry = await gateway.tenants[A].database.read(lambda connection: shown.show(connection, txid, CALLER))
    assert inquiry.items[0].outcome is (Outcome.PROVIDED if taken else Outcome.HELD)
    assert ItemId(bytes.fromhex(inquiry.items[0].item_id)) in operators.outcomes


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "name", ["gateway.import.before_store", "gateway.enrol.before_store", "gateway.enrol.after_store", "gateway.enrol.before_unknown"]
)
async def test_a_first_start_that_died_is_completed_by_the_next(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with dying_at(monkeypatch, name):
        async with running(tmp_path, operators):
            pass
    async with running(tmp_path, operators) as gateway:
        for tenant, people in ((A, 4), (B, 3)):
            found = await gateway.tenants[tenant].database.read(
                lambda c: c.execute("SELECT (SELECT COUNT(*) FROM person), (SELECT COUNT(*) FROM linkage_code)").fetchone()
            )
            assert found == (people, people)
