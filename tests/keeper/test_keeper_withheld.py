"""Non-disclosure (Art. 23(2)): the second chain while the mark lasts, and the late entry in the person's own chain once it has ended."""

import msgspec
import pytest

from enishi.protocol.statement import Statement, item_id_of
from enishi.protocol.wire import OutcomeForm
from enishi.roles.keeper.late import enter_late
from enishi.terms import ItemId, Outcome
from enishi.tlog.labels import label
from enishi.tlog.leaf import LeafKind, decode_leaf
from keeper.world_operators import Operators, mark, txid
from running.operators_running import Dial

DAY_MS = 24 * 3600 * 1000


async def withheld(world: Operators, until_ms: int) -> ItemId:
    inquiry = world.inquiry(nondisclosure=mark(until_ms))
    await world.committed(inquiry)
    return item_id_of(txid(inquiry), 0)


def leaf_kinds(world: Operators, table: str) -> list[LeafKind]:
    rows = world.rows(f"SELECT data FROM leaf JOIN {table} USING (idx) ORDER BY idx")
    return [decode_leaf(bytes(data)).kind for (data,) in rows]  # type: ignore[call-overload]


@pytest.mark.asyncio
async def test_a_marked_record_stands_in_the_second_chain(world: Operators, dial: Dial) -> None:
    await world.committed(world.inquiry())
    item = await withheld(world, dial.now + DAY_MS)
    assert world.rows("SELECT count FROM person") == [(1,)]
    ((m, index, ground, until),) = world.rows("SELECT m, idx, rest_ground, until_ms FROM second_chain")
    assert (m, until) == (0, dial.now + DAY_MS)
    assert world.keeper.rest.open("ground", item, bytes(ground)) == b"dv-protection"  # type: ignore[call-overload]
    ((data,),) = world.rows("SELECT data FROM leaf WHERE idx = ?", index)
    # The label is of the second chain's own key: nobody can tell whose record it is, not even with the person's key.
    assert decode_leaf(bytes(data)).label == label(world.keeper.secrets.second_chain, 0)  # type: ignore[call-overload]


@pytest.mark.asyncio
async def test_the_late_entry_comes_when_the_mark_has_ended_and_once(world: Operators, dial: Dial) -> None:
    until = dial.now + DAY_MS
    item = await withheld(world, until)
    await world.committed(world.inquiry())
    dial.now = until - 1
    assert await enter_late(world.keeper) == 0
    dial.now = until
    assert await enter_late(world.keeper) == 1
    assert await enter_late(world.keeper) == 0
    ((late, first),) = world.rows("SELECT late_index, leaf_index FROM item WHERE item_id = ?", item)
    assert leaf_kinds(world, "chain") == [LeafKind.INTENT, LeafKind.LATE_ENTRY]
    assert world.rows("SELECT n FROM chain WHERE idx = ?", late) == [(1,)]
    assert int(str(first)) < int(str(late))


@pytest.mark.asyncio
async def test_the_outcome_of_a_withheld_record_is_withheld_with_it(world: Operators, dial: Dial) -> None:
    item = await withheld(world, dial.now + DAY_MS)
    await world.record(OutcomeForm(world.outcome(item), b""))
    assert leaf_kinds(world, "second_chain") == [LeafKind.INTENT, LeafKind.OUTCOME]
    assert leaf_kinds(world, "chain") == []


@pytest.mark.asyncio
async def test_the_provider_may_mark_too_and_the_later_end_counts(world: Operators, dial: Dial) -> None:
    item = await withheld(world, dial.now + DAY_MS)
    await world.record(OutcomeForm(world.outcome(item, Outcome.HELD, nondisclosure=mark(dial.now + 3 * DAY_MS)), b""))
    assert world.rows("SELECT withheld_until FROM item") == [(dial.now + 3 * DAY_MS,)]
    dial.now += 2 * DAY_MS
    assert await enter_late(world.keeper) == 0
    dial.now += DAY_MS
    assert await enter_late(world.keeper) == 1


@pytest.mark.asyncio
async def test_a_mark_of_the_provider_alone_leaves_the_intent_where_it_is(world: Operators, dial: Dial) -> None:
    inquiry = world.inquiry()
    await world.committed(inquiry)
    await world.record(OutcomeForm(world.outcome(item_id_of(txid(inquiry), 0), nondisclosure=mark(dial.now + DAY_MS)), b""))
    assert leaf_kinds(world, "chain") == [LeafKind.INTENT]
    assert leaf_kinds(world, "second_chain") == [LeafKind.OUTCOME]


@pytest.mark.asyncio
async def test_a_mark_that_has_ended_before_it_began_withholds_nothing_for_long(world: Operators) -> None:
    await withheld(world, 1)
    assert await enter_late(world.keeper) == 1


@pytest.mark.asyncio
async def test_what_is_due_stays_due_over_a_restart(world: Operators, dial: Dial) -> None:
    await withheld(world, dial.now + DAY_MS)
    await world.stop()
    await world.open()
    dial.now += DAY_MS
    assert await enter_late(world.keeper) == 1


@pytest.mark.asyncio
async def test_the_mark_is_signed_with_the_statement(world: Operators, dial: Dial) -> None:
    payload = world.inquiry(nondisclosure=mark(dial.now + DAY_MS)).statement.payload
    assert msgspec.json.decode(payload, type=Statement).nondisclosure == mark(dial.now + DAY_MS)
