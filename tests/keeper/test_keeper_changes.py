"""Notices of change at the keeper: recorded under the person before they go on, once, withheld as their item is; and what is none is not."""

import contextlib
import sqlite3
from datetime import date
from typing import Any

import msgspec
import pytest

from enishi import clock
from enishi.cli.walk.changes import walk_changes
from enishi.cli.walk.findings import Findings
from enishi.cli.walk.items import walk_records
from enishi.cli.walk.notes import NoteWalk
from enishi.cli.walk.registry import History
from enishi.cli.walk.sealed import open_body
from enishi.cli.walk.sources import Keys
from enishi.errors import Denied, Malformed, Tampered, Unknown
from enishi.protocol.event import Event, EventKind, EventNote, check_event, check_told, sign_note
from enishi.protocol.receipt import SignedReceipt, check_receipt
from enishi.protocol.record import RecordBody, read_body
from enishi.protocol.rows import row_paths
from enishi.protocol.statement import Inquiry, item_id_of
from enishi.protocol.wire import OutcomeForm
from enishi.roles.keeper.late import enter_late
from enishi.terms import InstitutionId, ItemId, Outcome
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.tree import leaf_hash
from faults.dying import dying_at
from keeper.world_operators import A, B, Operators, mark, txid
from running.operators_running import Dial

DAY_MS = 24 * 3600 * 1000


def event(world: Operators, inquiry: Inquiry, receipt: SignedReceipt, kind: EventKind = "changed", by: str = B, **said: Any) -> Event:
    """What the party sends about the first item."""
    item = item_id_of(txid(inquiry), 0)
    ends_ms = clock.now_ms() + DAY_MS if kind == "subscribe" else 0
    given = {"item_id": item, "by": InstitutionId(by), "epoch": 1, "ends_ms": ends_ms, "at_ms": clock.now_ms()} | said
    note = sign_note(EventNote(v=1, kind=kind, **given), world.offices[by].signing)
    row, path = inquiry.rows[0].shown(), row_paths(inquiry.rows)[0]
    return Event(note=note, statement=inquiry.statement, place=0, row=row, path=path, receipt=receipt)


async def asked(world: Operators, kind: Outcome | None = Outcome.PROVIDED, until_ms: int = 0, **said: Any) -> tuple[Inquiry, SignedReceipt]:
    """An item of an inquiry that was committed, and ended where `kind` is given."""
    inquiry = world.inquiry(**said)
    committed = await world.committed(inquiry)
    item = item_id_of(txid(inquiry), 0)
    if kind is not None:
        await world.record(OutcomeForm(world.outcome(item, kind, nondisclosure=mark(until_ms) if until_ms else None), b""))
    return inquiry, committed.items[0].receipt


def leaves(world: Operators) -> list[tuple[int, LeafKind, bytes]]:
    """Place, kind and item of every labelled leaf."""
    rows: list[tuple[Any, ...]] = world.rows("SELECT idx, data, item_id FROM leaf ORDER BY idx")
    return [(index, decode_leaf(data).kind, item) for index, data, item in rows if decode_leaf(data).kind.labelled]


def body(world: Operators, index: int) -> RecordBody:
    ((data, sealed),) = world.rows(f"SELECT data, sealed FROM leaf WHERE idx = {index}")
    return read_body(open_body(world.exchange.secrets.disclosure, decode_leaf(bytes(data)), bytes(sealed)).body)  # type: ignore[call-overload]


def found(world: Operators) -> list[str]:
    """What `enishi verify` finds about records, notices and notes."""
    findings, secrets = Findings(lambda *_: None), world.keeper.secrets
    keys = Keys(secrets.rest, secrets.labels, secrets.second_chain, world.exchange.secrets.disclosure)
    history = History({world.exchange.digest: world.exchange.snapshot})
    with contextlib.closing(sqlite3.connect(world.data / "keeper" / "keeper.db")) as connection:
        walk_records(connection, findings)
        walk_changes(connection, findings, history, keys)
        NoteWalk(connection, findings, keys).walk()
    return [finding.slug for finding in findings.found]


@pytest.mark.asyncio
async def test_who_is_told_of_a_change_stands_in_the_persons_record_before_they_are(world: Operators) -> None:
    inquiry, earlier = await asked(world)
    sent = event(world, inquiry, earlier)
    signed = await world.changes.handle(sent)
    index, kind, item = leaves(world)[-1]
    assert (kind, item) == (LeafKind.CHANGE, item_id_of(txid(inquiry), 0))
    receipt = check_receipt(signed, world.exchange.snapshot.keeper.signing)
    ((data,),) = world.rows(f"SELECT data FROM leaf WHERE idx = {index}")
    assert (receipt.verdict, receipt.index, receipt.leaf_hash, receipt.pair_hash) == ("change", index, leaf_hash(bytes(data)), b"")  # type: ignore[call-overload]
    said = body(world, index)
    assert (said.kind, said.inquirer, said.provider, said.items, said.txid) == ("change", A, B, ("住民票関係情報",), txid(inquiry))
    assert said.basis == receipt.basis != ()
    ((intent, last),) = world.rows("SELECT MIN(idx), MAX(idx) FROM chain WHERE tag = (SELECT tag FROM item)")
    assert (intent, last) == (leaves(world)[0][0], index)
    snapshot = world.exchange.snapshot
    believed = check_event(sent, snapshot.signing_keys, snapshot.keeper.signing, clock.now_ms())
    assert check_told(msgspec.structs.replace(sent, told=signed), believed, snapshot.keeper.signing) == signed


@pytest.mark.asyncio
async def test_an_item_is_told_of_once_and_the_same_again_gets_the_first_receipt(world: Operators) -> None:
    inquiry, earlier = await asked(world)
    first = await world.changes.handle(event(world, inquiry, earlier))
    before = leaves(world)
    assert await world.changes.handle(event(world, inquiry, earlier)) == first
    assert leaves(world) == before


@pytest.mark.asyncio
async def test_under_a_running_mark_it_is_withheld_as_its_item_and_enters_late_with_it(world: Operators, dial: Dial) -> None:
    until_ms = dial.now + DAY_MS
    inquiry, earlier = await asked(world, until_ms=until_ms)
    own = world.rows("SELECT COUNT(*) FROM chain")
    await world.changes.handle(event(world, inquiry, earlier))
    index = leaves(world)[-1][0]
    assert world.rows("SELECT COUNT(*) FROM chain") == own
    assert world.rows(f"SELECT until_ms FROM second_chain WHERE idx = {index}") == [(until_ms,)]
    assert found(world) == []
    dial.now = until_ms
    assert await enter_late(world.keeper) == 1
    assert world.rows("SELECT COUNT(*) FROM second_chain WHERE late_index < 0") == [(0,)]
    assert found(world) == []


@pytest.mark.asyncio
async def test_behind_the_end_of_a_mark_it_stands_in_the_persons_own_chain(world: Operators, dial: Dial) -> None:
    inquiry, earlier = await asked(world, until_ms=dial.now + DAY_MS)
    dial.now += 2 * DAY_MS
    await world.changes.handle(event(world, inquiry, earlier))
    assert world.rows(f"SELECT COUNT(*) FROM chain WHERE idx = {leaves(world)[-1][0]}") == [(1,)]


@pytest.mark.asyncio
async def test_what_is_no_notice_of_change_is_not_recorded(world: Operators) -> None:
    inquiry, earlier = await asked(world)
    open_inquiry, open_receipt = await asked(world, None)
    held, held_receipt = await asked(world, Outcome.HELD)
    before = leaves(world)
    wrong: list[tuple[Event, type[Exception], str]] = [
        (event(world, inquiry, earlier, "subscribe", A), Malformed, "kind-wrong"),
        (event(world, inquiry, earlier, "end", A), Malformed, "kind-wrong"),
        (event(world, inquiry, earlier, by=A), Denied, "event-not-yours"),
        (event(world, open_inquiry, open_receipt), Denied, "event-not-yours"),
        (event(world, held, held_receipt), Denied, "event-not-yours"),
        (event(world, inquiry, open_receipt), Tampered, "receipt-other-item"),
        (event(world, inquiry, earlier, item_id=ItemId(bytes(32))), Tampered, "receipt-other-item"),
    ]
    for sent, fault, slug in wrong:
        with pytest.raises(fault, match=slug):
            await world.changes.handle(sent)
    assert leaves(world) == before


@pytest.mark.asyncio
async def test_a_true_receipt_of_an_item_that_stands_nowhere(world: Operators) -> None:
    """The keeper's folder was put back behind the item: nothing is recorded for nobody."""
    inquiry, earlier = await asked(world)
    await world.keeper.database.write(lambda connection: connection.execute("DELETE FROM item").rowcount)
    with pytest.raises(Unknown, match="item-unknown"):
        await world.changes.handle(event(world, inquiry, earlier))


@pytest.mark.asyncio
async def test_the_keeper_asks_the_law_of_the_day_for_itself(world: Operators) -> None:
    inquiry, earlier = await asked(world)
    world.keeper.pinned_day = date(2022, 10, 18)
    with pytest.raises(Denied, match="event-not-lawful"):
        await world.changes.handle(event(world, inquiry, earlier))
    assert leaves(world)[-1][1] is LeafKind.OUTCOME


@pytest.mark.asyncio
@pytest.mark.parametrize("party", [A, B])
async def test_of_a_suspended_party_nothing_is_told(world: Operators, party: str) -> None:
    inquiry, earlier = await asked(world)
    snapshot = world.keeper.snapshot
    parties = tuple(msgspec.structs.replace(one, suspended=one.id == party) for one in snapshot.institutions)
    world.keeper.adopt(msgspec.structs.replace(snapshot, institutions=parties), world.exchange.digest)
    with pytest.raises(Denied, match="institution-suspended"):
        await world.changes.handle(event(world, inquiry, earlier))


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["keeper.event.before_append", "keeper.event.after_append"])
async def test_it_is_recorded_once_wherever_the_keeper_died(world: Operators, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    inquiry, earlier = await asked(world)
    sent = event(world, inquiry, earlier)
    with dying_at(monkeypatch, name):
        await world.changes.handle(sent)
    recorded = [kind for _, kind, _ in leaves(world)].count(LeafKind.CHANGE)
    assert recorded == (name == "keeper.event.after_append")
    await world.changes.handle(sent)
    assert [kind for _, kind, _ in leaves(world)].count(LeafKind.CHANGE) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("damage", "slug"),
    [
        ("DELETE FROM change", "leaf-unclaimed"),
        ("UPDATE change SET idx = idx - 1", "item-differs"),
        ("UPDATE change SET rest_receipt = x''", "evidence-unreadable"),
        ("UPDATE item SET state = 'held'", "item-differs"),
        ("DELETE FROM chain WHERE idx = (SELECT idx FROM change)", "item-differs"),
    ],
)
async def test_a_notice_that_was_tampered_with_is_found(world: Operators, damage: str, slug: str) -> None:
    inquiry, earlier = await asked(world)
    await world.changes.handle(event(world, inquiry, earlier))
    assert found(world) == []
    await world.keeper.database.write(lambda connection: connection.execute(damage).rowcount)
    assert slug in found(world)
