"""What a representative is shown of their principal's record: what has ended and was never under a mark, nothing that tells of more, and no key."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from enishi.errors import Malformed
from enishi.protocol.forms import sign_form
from enishi.protocol.record import Opened, RecordBody, disclosure_info, read_body
from enishi.protocol.statement import item_id_of
from enishi.protocol.view import LogView, View
from enishi.protocol.wire import OutcomeForm, ViewCommit
from enishi.roles.keeper import log as keeper_log
from enishi.roles.keeper.late import enter_late
from enishi.seal.hpke import open_sealed
from enishi.seal.pad import unpad
from enishi.terms import ItemId, Outcome
from enishi.tlog.leaf import LeafKind, decode_leaf
from keeper.test_keeper_view import look
from keeper.world_operators import NUMBERS, Operators, mark, txid
from registrar.mandating_registrar import DAY_MS, in_force
from running.operators_running import Dial


@pytest_asyncio.fixture
async def publishing(world: Operators, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Operators]:
    """The world with its publisher at work; no witness cosigns, so nobody is waited for."""
    monkeypatch.setattr(keeper_log, "PAUSE_S", 0.0)
    monkeypatch.setattr(keeper_log, "WITNESS_S", 0.0)
    task = asyncio.create_task(world.log.run())
    yield world
    task.cancel()


async def asked(world: Operators, *outcomes: Outcome, until_ms: int = 0, at_outcome_ms: int = 0) -> ItemId:
    """An inquiry about the principal, and how it went."""
    inquiry = world.inquiry(NUMBERS[0], nondisclosure=mark(until_ms) if until_ms else None)
    await world.committed(inquiry)
    item = item_id_of(txid(inquiry), 0)
    for kind in outcomes:
        said = mark(at_outcome_ms) if at_outcome_ms else None
        await world.record(OutcomeForm(world.outcome(item, kind, nondisclosure=said), b""))
    return item


async def seen(world: Operators, mandate: bytes) -> LogView:
    return await look(world, await world.view(world.request(mandate=mandate), 1))


def bodies(world: Operators, log: LogView) -> list[RecordBody]:
    """The records as the exchange opens them."""
    found = []
    for record in log.records:
        info = disclosure_info(decode_leaf(record.leaf).commitment)
        plain = unpad(open_sealed(world.exchange.secrets.disclosure, info, record.sealed))
        found.append(read_body(msgspec.msgpack.decode(plain, type=Opened).body))
    return found


@pytest.mark.asyncio
async def test_the_look_stands_in_the_principals_record_with_its_mandate_and_in_nobody_elses(publishing: Operators) -> None:
    world = publishing
    one = await in_force(world)
    await seen(world, one.id)
    log = await look(world, await world.view(world.request()))
    looks = [body for body in bodies(world, log) if body.kind == "look"]
    assert [body.mandate for body in looks] == [one.id, msgspec.UNSET]
    own = await look(world, await world.view(world.request(), 1))
    assert [body.mandate for body in bodies(world, own)] == [msgspec.UNSET]


@pytest.mark.asyncio
async def test_only_what_ended_and_was_never_marked_is_shown(publishing: Operators, dial: Dial) -> None:
    world = publishing
    one = await in_force(world)
    plain = await asked(world, Outcome.PROVIDED)
    before = await seen(world, one.id)
    assert [(body.kind, body.item_id) for body in bodies(world, before)] == [("intent", plain), ("outcome", plain)]
    # Open and held (a mark may come with the outcome), marked from the start, marked by the outcome: of these nothing shows, nor that they are.
    await asked(world)
    await asked(world, Outcome.HELD)
    await asked(world, Outcome.PROVIDED, until_ms=dial.now + DAY_MS)
    await asked(world, Outcome.PROVIDED, at_outcome_ms=dial.now + DAY_MS)
    after = await seen(world, one.id)
    assert [(one.index, one.leaf) for one in after.records] == [(one.index, one.leaf) for one in before.records]
    assert all(record.sealed for record in after.records)
    # And not when the marks have ended and their person reads it all.
    dial.now += DAY_MS
    assert await enter_late(world.keeper) > 0
    late = await seen(world, one.id)
    assert [record.index for record in late.records] == [record.index for record in before.records]
    own = [decode_leaf(record.leaf).kind for record in (await look(world, await world.view(world.request()))).records]
    assert {LeafKind.WITHHELD, LeafKind.LATE_ENTRY, LeafKind.LOOK} <= set(own)


@pytest.mark.asyncio
async def test_no_labels_and_no_count_leave_for_a_representative(publishing: Operators) -> None:
    world = publishing
    one = await in_force(world)
    log = await seen(world, one.id)
    assert (log.sealed_labels, log.records) == (b"", ())


@pytest.mark.asyncio
async def test_the_keeper_itself_refuses_a_device_beside_a_mandate(publishing: Operators) -> None:
    """Registrar and portal together ask for the principal's K_T."""
    world = publishing
    good = msgspec.json.decode((await world.view(world.request(device_key=b"\2" + bytes(32)))).view.payload, type=View)
    forged = world.countersigned(sign_form(msgspec.structs.replace(good, mandate=bytes(16)), "view", world.founded.registrar, "registrar"))
    with pytest.raises(Malformed, match="mandate-with-device"):
        await world.viewing.admit(forged)
    with pytest.raises(Malformed, match="mandate-with-device"):
        await world.viewing.commit(ViewCommit(forged.view, b"", None))  # type: ignore[arg-type]
