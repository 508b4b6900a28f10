"""Non-disclosure (Art. 23(2)): the second chain while the mark lasts, and the late entry in the person's own chain once it has ended."""

import msgspec
import pytest

from enishi.protocol.statement import Statement, item_id_of, txid_of
from enishi.protocol.view import View
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
    assert world.keeper.rest.open("ground", item, bytes(ground)) == b"415AC0000000057#78-1-1"  # type: ignore[call-overload]
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
    assert leaf_kinds(world, "chain") == [LeafKind.INTENT, LeafKind.WITHHELD]
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


# ---- after the late entry


@pytest.mark.asyncio
async def test_an_outcome_after_the_end_of_the_mark_is_not_withheld(world: Operators, dial: Dial) -> None:
    item = await withheld(world, dial.now + DAY_MS)
    dial.now += DAY_MS
    assert await enter_late(world.keeper) == 1
    await world.record(OutcomeForm(world.outcome(item), b""))
    assert leaf_kinds(world, "second_chain") == [LeafKind.INTENT]
    assert leaf_kinds(world, "chain") == [LeafKind.LATE_ENTRY, LeafKind.OUTCOME]
    assert await enter_late(world.keeper) == 0


@pytest.mark.asyncio
async def test_a_mark_after_the_late_entry_has_a_late_entry_of_its_own(world: Operators, dial: Dial) -> None:
    """What is shown stays shown; the marked outcome is not shown while its own mark runs, and is brought in once, when that has ended."""
    item = await withheld(world, dial.now + DAY_MS)
    dial.now += DAY_MS
    assert await enter_late(world.keeper) == 1
    await world.record(OutcomeForm(world.outcome(item, nondisclosure=mark(dial.now + DAY_MS)), b""))
    assert leaf_kinds(world, "second_chain") == [LeafKind.INTENT, LeafKind.OUTCOME]
    assert await seen(world) == [LeafKind.LATE_ENTRY, LeafKind.LOOK, LeafKind.INTENT]
    assert await enter_late(world.keeper) == 0
    dial.now += DAY_MS
    assert await enter_late(world.keeper) == 1
    assert await enter_late(world.keeper) == 0
    assert leaf_kinds(world, "chain") == [LeafKind.LATE_ENTRY, LeafKind.LOOK, LeafKind.LATE_ENTRY]
    assert (await seen(world))[-2:] == [LeafKind.INTENT, LeafKind.OUTCOME]
    assert world.rows("SELECT late_index FROM second_chain ORDER BY m") == world.rows("SELECT idx FROM chain WHERE n IN (0, 2) ORDER BY n")


async def seen(world: Operators) -> list[LeafKind]:
    """The kinds of the leaves whose content a look of the person's returns."""
    message = await world.view(world.request())
    view, tag = msgspec.json.decode(message.view.payload, type=View), world.rows("SELECT tag FROM person")[0][0]
    await world.viewing._record(view, txid_of(message.view.payload), bytes(tag))  # type: ignore[call-overload]
    published = await world.log.publish()
    log = world.log.database.read_now(lambda connection: world.viewing._log_of(connection, view, bytes(tag), published))  # type: ignore[call-overload]
    return [decode_leaf(record.leaf).kind for record in log.records if record.sealed]


@pytest.mark.asyncio
async def test_an_outcome_that_is_withheld_with_its_intent_has_the_intents_ground(world: Operators, dial: Dial) -> None:
    item = await withheld(world, dial.now + DAY_MS)
    await world.record(OutcomeForm(world.outcome(item), b""))
    grounds = [world.keeper.rest.open("ground", item, bytes(ground)) for (ground,) in world.rows("SELECT rest_ground FROM second_chain")]  # type: ignore[call-overload]
    assert grounds == [mark(1).ground.encode()] * 2
