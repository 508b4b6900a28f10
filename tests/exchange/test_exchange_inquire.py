"""An inquiry through the exchange: what it examines, what it does not believe of the keeper, and what waits when a provider is away."""

import dataclasses
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from enishi.errors import Conflict, Denied, Fault, Malformed, Tampered, Unavailable, Unknown
from enishi.law import Refusal
from enishi.protocol.statement import AffairRef, item_id_of
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import Admit, Admitted, Batch, ItemIds, Notice, NoticeReply
from enishi.roles.exchange.examine import examine
from enishi.roles.exchange.inquire import Inquiring, KeeperDoors
from enishi.roles.exchange.pushed import Pushed
from enishi.roles.exchange.recover import redeliver
from enishi.seal.dsse import sign_envelope
from enishi.seal.sign import SigningKey
from enishi.terms import Outcome
from keeper.world_operators import NUMBERS, TENANTS, A, B, Operators, code_of, txid

Replace = msgspec.structs.replace
NO_ROW = AffairRef("506M60004008009@2024-05-27", "999")


@pytest.mark.asyncio
async def test_an_inquiry_is_answered_row_by_row(world: Operators) -> None:
    reply = await world.inquire(world.inquiry(*NUMBERS[:2]))
    assert [item.sealed for item in reply.items] == [b"answer to " + item_id_of(reply.txid, i) for i in range(2)]
    assert [world.code_at_b(one.pair_r, one.pair_c) for one in world.notices] == [world.offices[B].codes[number] for number in NUMBERS[:2]]
    # The provider is shown the row without its ciphertexts: nothing of the inquirer's own code reaches it.
    assert all(len(one.row.ciphertexts) == 32 for one in world.notices)


@pytest.mark.asyncio
async def test_a_refusal_reaches_nobody(world: Operators) -> None:
    (item,) = (await world.inquire(world.inquiry(affair=NO_ROW))).items
    assert (item.outcome, item.sealed, world.notices) == (None, b"", [])
    assert not msgspec.json.decode(item.refusal, type=Verdict).permit


@pytest.mark.asyncio
async def test_a_platform_speaks_for_its_own_tenants(world: Operators) -> None:
    with pytest.raises(Denied, match="inquirer-not-your-tenant"):
        await world.inquire(world.inquiry(), frozenset({B}))


@pytest.mark.asyncio
async def test_what_the_exchange_examines_for_itself(world: Operators) -> None:
    good = world.inquiry()
    stranger = sign_envelope(good.statement.payloadType, good.statement.payload, SigningKey.generate(), f"{A}/1")
    for inquiry, kind, code in (
        (Replace(good, statement=stranger), Tampered, "signature-invalid"),
        (Replace(good, rows=good.rows * 2), Malformed, "rows-count"),
        (world.inquiry(provider="999999"), Unknown, "institution-unknown"),
        (world.inquiry(provider_epoch=2), Unknown, "epoch-unknown"),
        (world.inquiry(provider=A), Malformed, "parties-equal"),
        (world.inquiry(relation="nobody"), Malformed, "relation-unknown"),
        (world.inquiry(registry=bytes(32)), Conflict, "snapshot-stale"),
    ):
        with pytest.raises(kind, match=code):
            await world.inquire(inquiry)
    assert isinstance(examine(world.exchange, world.inquiry(affair=NO_ROW), TENANTS).decisions[0], Refusal)


@pytest.mark.asyncio
async def test_each_message_of_a_batch_is_answered_for_itself(world: Operators) -> None:
    batch = Batch((world.inquiry(), world.inquiry(relation="nobody"), world.inquiry()))
    assert [code_of(result) for result in (await world.inquiring.handle(batch, TENANTS)).results] == ["", "relation-unknown", ""]


def lying(world: Operators, lie: Callable[[Admitted], Admitted]) -> Inquiring:
    """The exchange beside a keeper whose admissions are changed."""

    async def admit(form: Admit) -> Admitted:
        return lie(await world.admit(form))

    return Inquiring(world.exchange, KeeperDoors(admit, world.commit), world.delivery)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (lambda one: Replace(one, rows=one.rows * 2), "admission-differs"),
        (lambda one: Replace(one, verdicts=()), "admission-differs"),
        (lambda one: Replace(one, rows=(Replace(one.rows[0], u=bytes(32)),)), "point-not-canonical"),
        (lambda one: Replace(one, rows=(Replace(one.rows[0], r=b"\xff" * 32),)), "point-not-canonical"),
        (lambda one: Replace(one, rows=(Replace(one.rows[0], b=b"\1"),)), "point-not-canonical"),
        (lambda one: Replace(one, ticket=b""), "ticket-unreadable"),
    ],
)
async def test_a_keeper_that_answers_for_something_else(world: Operators, lie: Callable[[Admitted], Admitted], code: str) -> None:
    (result,) = (await lying(world, lie).handle(Batch((world.inquiry(),)), TENANTS)).results
    assert code_of(result) == code


@pytest.mark.asyncio
async def test_the_exchange_converts_only_what_it_permits_itself(world: Operators) -> None:
    other = await world.admit(world.asked(world.inquiry()))

    def permits(one: Admitted) -> Admitted:
        return Replace(one, verdicts=other.verdicts, rows=other.rows)

    (result,) = (await lying(world, permits).handle(Batch((world.inquiry(affair=NO_ROW),)), TENANTS)).results
    assert code_of(result) == "permit-not-joint"


@pytest.mark.asyncio
async def test_a_retry_is_answered_from_the_record(world: Operators) -> None:
    inquiry = world.inquiry()
    first = await world.inquire(inquiry)
    again = await world.inquire(inquiry)
    assert again.items[0].receipt == first.items[0].receipt
    assert again.items[0].sealed == first.items[0].sealed
    assert len(world.notices) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("away", [Unavailable("peer-unreachable", "gateway"), Unavailable("peer-timeout", "gateway")])
async def test_an_item_waits_while_its_provider_is_away(world: Operators, away: Fault) -> None:
    def closed(notice: Notice) -> NoticeReply:
        raise away

    inquiry, world.answer = world.inquiry(), closed
    (item,) = (await world.inquire(inquiry)).items
    assert (item.outcome, item.outcome_index, item.sealed) == (None, -1, b"")
    assert await redeliver(world.delivery, world.outcomes.pending) == 0
    world.answer = world.provide
    assert await redeliver(world.delivery, world.outcomes.pending) == 1
    assert await redeliver(world.delivery, world.outcomes.pending) == 0
    (after,) = (await world.inquire(inquiry)).items
    assert after.sealed == b"answer to " + item_id_of(txid(inquiry), 0)


@pytest.mark.asyncio
async def test_an_answer_that_was_not_signed_is_not_passed_on(world: Operators) -> None:
    world.answer = lambda notice: Replace(world.provide(notice), sealed=b"another")
    (item,) = (await world.inquire(world.inquiry())).items
    # The record stands, so the inquirer has its receipt; the answer is none, and the item is delivered again.
    assert (item.outcome, item.outcome_index, item.sealed) == (None, -1, b"")
    assert item.receipt.receipt
    assert len((await world.outcomes.pending(ItemIds(()))).items) == 1


@pytest.mark.asyncio
async def test_one_damaged_item_does_not_keep_the_others_waiting(world: Operators) -> None:
    for _ in range(3):
        await world.committed(world.inquiry())
    pending = await world.outcomes.pending(ItemIds(()))

    async def damaged(asked: ItemIds):  # type: ignore[no-untyped-def]
        first, second, third = pending.items
        broken = Replace(second, receipt=Replace(second.receipt, receipt=b"\xff"))
        return Replace(pending, items=(Replace(first, notice=b"\1" + bytes(2000)), broken, third))

    assert await redeliver(world.delivery, damaged) == 1


@pytest.mark.asyncio
async def test_a_held_item_is_ended_by_what_its_provider_pushes(world: Operators) -> None:
    inquiry = world.inquiry()
    item = item_id_of(txid(inquiry), 0)
    world.answer = lambda notice: world.provide_item(item, Outcome.HELD, deadline_ms=1)
    await world.inquire(inquiry)
    pushed = Pushed(world.delivery)
    good, missing = world.provide_item(item), world.provide_item(item, Outcome.NO_SUCH_PERSON)
    results = (await pushed.handle(Batch((Replace(good, sealed=b"x"), missing, good, good)), TENANTS)).results
    assert [code_of(result) for result in results] == ["answer-differs", "hop-missing", "", ""]
    (other,) = (await pushed.handle(Batch((good,)), frozenset({A}))).results
    assert code_of(other) == "outcome-not-yours"
    world.given[item] = good
    assert (await world.inquire(inquiry)).items[0].outcome == good.outcome


@pytest.mark.asyncio
async def test_without_a_keeper_nothing_is_answered(world: Operators) -> None:
    async def away(form: object) -> Awaitable[object]:
        raise Unavailable("peer-unreachable", "keeper")

    inquiring = Inquiring(world.exchange, dataclasses.replace(KeeperDoors(world.admit, world.commit), commit=away), world.delivery)  # type: ignore[arg-type]
    inquiry = world.inquiry()
    (result,) = (await inquiring.handle(Batch((inquiry,)), TENANTS)).results
    assert code_of(result) == "peer-unreachable"
    # Nothing was recorded and no notice went out; the same message sent again is a first one.
    assert world.notices == []
    assert (await world.inquire(inquiry)).items[0].sealed
