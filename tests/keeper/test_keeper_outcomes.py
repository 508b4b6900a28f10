"""Outcomes: who may end an item, which steps there are, and what "no such person" must bring with it."""

import dataclasses

import msgspec
import pytest

from enishi.errors import Conflict, Denied, Malformed, Tampered, Unknown
from enishi.linkage.hop import ExchangeHop, KeeperHop
from enishi.protocol.forms import payload_type
from enishi.protocol.outcome import SignedOutcome, claimed_outcome, sign_outcomes
from enishi.protocol.statement import AffairRef, item_id_of
from enishi.protocol.wire import Batch, ItemIds, Notice, NoticeReply, OutcomeForm, Recorded
from enishi.roles.exchange.recover import redeliver
from enishi.seal import dsse
from enishi.seal.dsse import sign_envelope
from enishi.seal.sign import SigningKey
from enishi.terms import ItemId, Outcome
from enishi.tlog.leaf import LeafKind, decode_leaf
from keeper.world_operators import NUMBERS, A, B, Operators, code_of, txid

NO_ROW = AffairRef("506M60004008009@2024-05-27", "999")
FINAL = [Outcome.PROVIDED, Outcome.NOT_REGISTERED, Outcome.REFUSED_WITH_CITATION]


async def open_item(world: Operators, **changes: object) -> ItemId:
    inquiry = world.inquiry(**changes)
    await world.committed(inquiry)
    return item_id_of(txid(inquiry), 0)


async def record(world: Operators, item: ItemId, kind: Outcome, **changes: object) -> int:
    return (await world.record(OutcomeForm(world.outcome(item, kind, **changes), b""))).index  # type: ignore[arg-type]


def leaves(world: Operators) -> int:
    ((count,),) = world.rows("SELECT COUNT(*) FROM leaf")
    return int(str(count))


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", FINAL)
async def test_an_outcome_gets_a_leaf_of_its_own(world: Operators, kind: Outcome) -> None:
    item = await open_item(world)
    index = await record(world, item, kind)
    ((data,),) = world.rows("SELECT data FROM leaf WHERE idx = ?", index)
    assert decode_leaf(bytes(data)).kind is LeafKind.OUTCOME  # type: ignore[call-overload]
    assert world.rows("SELECT state, outcome_index, rest_notice FROM item") == [("final", index, b"")]
    assert world.rows("SELECT n, idx FROM chain ORDER BY n") == [(0, index - 1), (1, index)]


@pytest.mark.asyncio
async def test_the_same_outcome_again_is_the_same_record(world: Operators) -> None:
    item = await open_item(world)
    form = OutcomeForm(world.outcome(item), b"")
    first, count = await world.record(form), leaves(world)
    assert await world.record(form) == first
    assert leaves(world) == count
    with pytest.raises(Conflict, match="outcome-final"):
        await record(world, item, Outcome.NOT_REGISTERED)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("steps", "taken"),
    [
        ((Outcome.HELD, Outcome.PROVIDED), True),
        ((Outcome.CLOSED, Outcome.PROVIDED), True),
        ((Outcome.CLOSED, Outcome.HELD, Outcome.REFUSED_WITH_CITATION), True),
        ((Outcome.HELD, Outcome.CLOSED), False),
        ((Outcome.HELD, Outcome.HELD), False),
        ((Outcome.CLOSED, Outcome.CLOSED), False),
        ((Outcome.PROVIDED, Outcome.HELD), False),
        ((Outcome.NOT_REGISTERED, Outcome.PROVIDED), False),
    ],
)
async def test_the_steps_of_an_item(world: Operators, steps: tuple[Outcome, ...], taken: bool) -> None:
    item = await open_item(world)
    for kind in steps[:-1]:
        await record(world, item, kind)
    count = leaves(world)
    if taken:
        await record(world, item, steps[-1])
        assert world.rows("SELECT state FROM item") == [("final",)]
        return
    with pytest.raises(Conflict, match="outcome-final"):
        await record(world, item, steps[-1], at_ms=1)
    assert leaves(world) == count


@pytest.mark.asyncio
async def test_a_waiting_item_keeps_what_its_notice_needs(world: Operators) -> None:
    item = await open_item(world)
    await record(world, item, Outcome.HELD)
    ((kept,),) = world.rows("SELECT rest_notice FROM item")
    assert kept
    await record(world, item, Outcome.PROVIDED)
    assert world.rows("SELECT rest_notice FROM item") == [(b"",)]


@pytest.mark.asyncio
async def test_only_the_provider_of_a_permitted_item_ends_it(world: Operators) -> None:
    item, refused = await open_item(world), await open_item(world, affair=NO_ROW)
    with pytest.raises(Denied, match="outcome-not-yours"):
        await record(world, item, Outcome.PROVIDED, office=A)
    with pytest.raises(Denied, match="outcome-not-yours"):
        await record(world, refused, Outcome.PROVIDED)
    with pytest.raises(Unknown, match="item-unknown"):
        await record(world, ItemId(bytes(32)), Outcome.PROVIDED)
    good = world.outcome(item)
    for keyid, code in ((f"{B}/1", "signature-invalid"), (f"{B}/2", "signature-missing")):
        head = sign_envelope(good.payloadType, good.payload, SigningKey.generate(), keyid)
        with pytest.raises(Tampered, match=code):
            await world.record(OutcomeForm(msgspec.structs.replace(good, signatures=head.signatures), b""))


@pytest.mark.asyncio
async def test_outcomes_that_were_signed_together_cost_one_verification(world: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [await open_item(world) for _ in range(3)]
    given = [claimed_outcome(world.outcome(item)) for item in items]
    signed, checked = sign_outcomes(given, world.offices[B].signing, 1), list[bytes]()
    monkeypatch.setattr(dsse, "verify", lambda public, message, signature: checked.append(public))
    results = (await world.outcomes.handle(Batch(tuple(OutcomeForm(one, b"") for one in signed)))).results
    assert [code_of(result) for result in results] == ["", "", ""]
    assert checked == [world.offices[B].signing.public]


@pytest.mark.asyncio
async def test_an_outcome_as_0_1_0_signed_it_is_recorded_and_kept_as_it_came(world: Operators) -> None:
    item = await open_item(world)
    payload = world.outcome(item).outcome
    old = sign_envelope(payload_type("outcome"), payload, world.offices[B].signing, f"{B}/1")
    form = OutcomeForm(msgspec.convert(old, SignedOutcome, from_attributes=True), b"")
    first, count = await world.record(form), leaves(world)
    assert (await world.record(form), leaves(world)) == (first, count)
    ((closed,),) = world.rows("SELECT rest_outcome FROM item")
    assert world.keeper.rest.open("outcome", item, bytes(closed)) == msgspec.msgpack.encode(old)  # type: ignore[call-overload]
    with pytest.raises(Conflict, match="outcome-final"):
        await record(world, item, Outcome.PROVIDED)


@pytest.mark.asyncio
async def test_no_such_person_needs_both_hops_proven(world: Operators) -> None:
    item, other = await open_item(world), await open_item(world)
    with pytest.raises(Malformed, match="hop-unreadable"):
        await record(world, item, Outcome.NO_SUCH_PERSON)
    hops = [await exchange_hop(world, wanted) for wanted in (item, other)]
    claimed = world.outcome(item, Outcome.NO_SUCH_PERSON)
    with pytest.raises(Tampered, match="dleq-false"):
        await world.record(OutcomeForm(claimed, hops[1]))
    assert (await world.record(OutcomeForm(claimed, hops[0]))).index > 0
    ((closed,),) = world.rows("SELECT rest_hop FROM item WHERE item_id = ?", item)
    assert msgspec.msgpack.decode(world.keeper.rest.open("hop", item, bytes(closed)), type=KeeperHop)  # type: ignore[call-overload]


async def exchange_hop(world: Operators, item: ItemId) -> bytes:
    """The exchange's proof of its hop, made from what the keeper kept for it."""
    (stored,) = [one for one in (await world.outcomes.pending(ItemIds(()))).items if one.item_id == item]
    made: list[bytes] = []

    async def caught(form: OutcomeForm) -> Recorded:
        made.append(form.hop)
        return Recorded(-1)

    world.answer = lambda notice: NoticeReply(world.outcome(item, Outcome.NO_SUCH_PERSON), b"")
    doors = world.delivery._doors
    world.delivery._doors = dataclasses.replace(doors, record=caught)
    await world.delivery.again(stored)
    world.delivery._doors, world.answer = doors, world.provide
    assert msgspec.msgpack.decode(made[0], type=ExchangeHop)
    return made[0]


@pytest.mark.asyncio
async def test_each_outcome_of_a_batch_stands_for_itself(world: Operators) -> None:
    first, second = await open_item(world), await open_item(world)
    forms = [world.outcome(first), world.outcome(ItemId(bytes(32))), world.outcome(second), world.outcome(first, Outcome.NOT_REGISTERED)]
    results = (await world.outcomes.handle(Batch(tuple(OutcomeForm(form, b"") for form in forms)))).results
    assert [code_of(result) for result in results] == ["", "item-unknown", "", "outcome-final"]


@pytest.mark.asyncio
@pytest.mark.parametrize("changes", [{"at_ms": 2**70}, {"deadline_ms": 2**63}, {"deadline_ms": -1}])
async def test_a_time_that_no_calendar_has_is_a_fault_of_that_outcome(world: Operators, changes: dict[str, object]) -> None:
    item, good = await open_item(world), await open_item(world)
    forms = (OutcomeForm(world.outcome(item, Outcome.HELD, **changes), b""), OutcomeForm(world.outcome(good), b""))  # type: ignore[arg-type]
    results = (await world.outcomes.handle(Batch(forms))).results
    assert [code_of(result) for result in results] == ["form-unreadable", ""]


@pytest.mark.asyncio
async def test_the_outbox_is_what_has_no_outcome_oldest_first(world: Operators) -> None:
    items = [await open_item(world) for _ in range(3)]
    await open_item(world, affair=NO_ROW)
    await record(world, items[1], Outcome.HELD)
    pending = (await world.outcomes.pending(ItemIds(()))).items
    assert [one.item_id for one in pending] == [items[0], items[2]]
    assert all(one.notice and one.outcome is None for one in pending)
    assert await redeliver(world.delivery, world.outcomes.pending) == 2
    assert (await world.outcomes.pending(ItemIds(()))).items == ()


@pytest.mark.asyncio
async def test_a_person_whom_the_provider_does_not_know(world: Operators) -> None:
    def unknown(notice: Notice) -> NoticeReply:
        return world.provide_item(item_id_of(txid(inquiry), 0), Outcome.NO_SUCH_PERSON)

    inquiry, world.answer = world.inquiry(NUMBERS[1]), unknown
    (item,) = (await world.inquire(inquiry)).items
    assert item.outcome_index > 0
    assert world.rows("SELECT state FROM item") == [("final",)]
