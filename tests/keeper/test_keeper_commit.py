"""Commit: the record first, then the pair; a repeated commit changes nothing and comes to the same pair."""

import msgspec
import pytest

from enishi.errors import Conflict, Denied, Malformed, Tampered
from enishi.linkage.group import base, random_scalar
from enishi.protocol.receipt import Receipt, check_receipt, pair_hash
from enishi.protocol.record import Opened, RecordBody, disclosure_info, read_body
from enishi.protocol.seed import seed_bytes
from enishi.protocol.statement import AffairRef
from enishi.protocol.wire import Batch, Commit
from enishi.roles.exchange.deliver import read_seed
from enishi.roles.keeper.ticket import LIFE_MS
from enishi.seal.hpke import open_sealed
from enishi.seal.pad import unpad
from enishi.seal.shared import HEAD, NONCE
from enishi.tlog.leaf import LeafKind, decode_leaf
from keeper.world_operators import NUMBERS, A, B, Founded, Operators, code_of, txid
from running.operators_running import Dial

Replace = msgspec.structs.replace
NO_ROW = AffairRef("506M60004008009@2024-05-27", "999")


async def prepared(world: Operators, **changes: object) -> Commit:
    inquiry = world.inquiry(**changes)
    return world.stepped(inquiry, await world.admit(world.asked(inquiry)))


def receipts(world: Operators, items: tuple[object, ...]) -> list[Receipt]:
    return [check_receipt(item.receipt, world.keeper.secrets.signing.public) for item in items]  # type: ignore[attr-defined]


def body_of(world: Operators, index: int) -> RecordBody:
    ((data, sealed),) = world.rows("SELECT data, sealed FROM leaf WHERE idx = ?", index)
    info = disclosure_info(decode_leaf(bytes(data)).commitment)  # type: ignore[call-overload]
    plain = unpad(open_sealed(world.exchange.secrets.disclosure, info, bytes(sealed)))  # type: ignore[call-overload]
    return read_body(msgspec.msgpack.decode(plain, type=Opened).body)


def kinds(world: Operators) -> list[LeafKind]:
    return [decode_leaf(bytes(data)).kind for (data,) in world.rows("SELECT data FROM leaf ORDER BY idx")]  # type: ignore[call-overload]


@pytest.mark.asyncio
async def test_the_pair_opens_at_the_provider_to_its_own_code(world: Operators) -> None:
    committed = await world.committed(world.inquiry(*NUMBERS[:2]))
    assert [world.code_at_b(item.pair_r, item.pair_c) for item in committed.items] == [world.offices[B].codes[number] for number in NUMBERS[:2]]
    for item, receipt in zip(committed.items, receipts(world, committed.items), strict=True):
        assert (receipt.verdict, receipt.pair_hash) == ("permit", pair_hash(item.pair_r, item.pair_c))
        assert body_of(world, receipt.index).kind == "intent"


@pytest.mark.asyncio
async def test_a_batch_costs_one_encapsulation_and_each_seal_opens_alone(world: Operators) -> None:
    commits = [await prepared(world), world.stepped(two := world.inquiry(*NUMBERS[:2]), await world.admit(world.asked(two)))]
    results = (await world.committing.handle(Batch(tuple(commits)))).results
    items = [item for result in results if result.value for item in result.value.items]
    sealed = [bytes(one) for row in world.rows("SELECT leaf.sealed, rest_notice FROM item JOIN leaf ON idx = leaf_index") for one in row]  # type: ignore[call-overload]
    assert len({one[:HEAD] for one in sealed}) == 1
    assert len({one[HEAD : HEAD + NONCE] for one in sealed}) == len(sealed) == 6
    assert [body_of(world, receipt.index).item_id for receipt in receipts(world, tuple(items))] == [item.item_id for item in items]
    for item in items:
        ((notice,),) = world.rows("SELECT rest_notice FROM item WHERE item_id = ?", item.item_id)
        assert read_seed(seed_bytes(world.exchange.secrets.disclosure, item.item_id, bytes(notice))).pair_r == item.pair_r  # type: ignore[call-overload]
    another = await world.committed(world.inquiry())
    ((later,),) = world.rows("SELECT rest_notice FROM item WHERE item_id = ?", another.items[0].item_id)
    assert bytes(later)[:HEAD] != sealed[0][:HEAD]  # type: ignore[call-overload]


@pytest.mark.asyncio
async def test_a_refusal_is_recorded_and_gives_no_pair(world: Operators) -> None:
    (item,) = (await world.committed(world.inquiry(affair=NO_ROW))).items
    (receipt,) = receipts(world, (item,))
    assert (item.pair_r, item.pair_c, receipt.verdict, receipt.pair_hash) == (b"", b"", "refusal", b"")
    assert kinds(world)[receipt.index] is LeafKind.REFUSAL
    assert body_of(world, receipt.index).grounds
    assert world.rows("SELECT state, rest_notice, rest_steps FROM item") == [("refused", b"", b"")]


@pytest.mark.asyncio
@pytest.mark.parametrize(("later", "taken"), [(LIFE_MS, True), (LIFE_MS + 1, False)])
async def test_a_ticket_lives_thirty_seconds(world: Operators, dial: Dial, later: int, taken: bool) -> None:
    commit = await prepared(world)
    dial.now += later
    if taken:
        assert (await world.commit(commit)).items
        return
    with pytest.raises(Denied, match="ticket-expired"):
        await world.commit(commit)
    assert world.rows("SELECT COUNT(*) FROM item") == [(0,)]


@pytest.mark.asyncio
async def test_a_ticket_is_for_its_own_admission(world: Operators) -> None:
    commit, other = await prepared(world), await prepared(world)
    refused = Replace(commit.verdicts[0], permit=False)
    for changed in (
        Replace(commit, ticket=other.ticket),
        Replace(commit, given=other.given),
        Replace(commit, verdicts=(refused,)),
        Replace(commit, inquiry=other.inquiry),
    ):
        with pytest.raises(Denied, match="ticket-false"):
            await world.commit(changed)
    for ticket in (b"", b"\x92\xff\xc4\x00", b"\xc1", msgspec.msgpack.encode((2**64 - 1, "x"))):
        with pytest.raises(Malformed, match="ticket-unreadable"):
            await world.commit(Replace(commit, ticket=ticket))
    with pytest.raises(Conflict, match="rows-count"):
        await world.commit(Replace(commit, rows=()))


@pytest.mark.asyncio
async def test_a_repeated_commit_changes_nothing(world: Operators) -> None:
    commit = await prepared(world)
    first, leaves = await world.commit(commit), len(kinds(world))
    assert await world.commit(commit) == first
    assert len(kinds(world)) == leaves
    garbled = Replace(commit, rows=tuple(Replace(row, b=base(random_scalar())) for row in commit.rows))
    with pytest.raises(Conflict, match="pair-differs"):
        await world.commit(garbled)


@pytest.mark.asyncio
async def test_a_tag_that_nobody_has_ends_without_a_pair_and_is_counted(world: Operators) -> None:
    inquiry = world.inquiry_of([base(random_scalar())])
    (item,) = (await world.committed(inquiry)).items
    (receipt,) = receipts(world, (item,))
    assert (item.pair_r, item.refusal, receipt.verdict) == (b"", b"", "unplaced")
    assert kinds(world)[receipt.index] is LeafKind.REFUSAL
    assert (body_of(world, receipt.index).kind, body_of(world, receipt.index).outcome) == ("refusal", "unavailable")
    assert world.committing.unplaced == 1
    assert world.keeper.meter.total("enishi_rows_unplaced_total", "/keeper/commit") == 1
    assert b'enishi_rows_unplaced_total{path="/keeper/commit"} 1.0' in world.keeper.meter.exposition()
    # Asked again it is answered from the record, still without a pair.
    (again,) = (await world.admit(world.asked(inquiry))).stored
    assert (again.notice, again.receipt) == (b"", item.receipt)


@pytest.mark.asyncio
async def test_one_batch_gives_each_record_the_next_place(world: Operators) -> None:
    # The last message is the first once more: it is told to come again, never that its nonce was another's.
    commits = [await prepared(world) for _ in range(3)]
    before = len(kinds(world))
    results = (await world.committing.handle(Batch((commits[0], Replace(commits[1], ticket=b""), commits[2], commits[0])))).results
    assert [code_of(result) for result in results] == ["", "ticket-unreadable", "", "commit-under-way"]
    made = [receipts(world, result.value.items)[0].index for result in results if result.value is not None]
    assert made == [before, before + 1]
    assert world.rows("SELECT n FROM chain WHERE idx >= ? ORDER BY n", before) == [(0,), (1,)]


@pytest.mark.asyncio
async def test_rows_of_the_exchange_are_read_strictly(world: Operators) -> None:
    commit = await prepared(world)
    for place in ("r", "b", "u"):
        for bad in (bytes(32), b"\xff" * 32, b"\1"):
            with pytest.raises(Malformed, match="point-not-canonical"):
                await world.commit(Replace(commit, rows=(Replace(commit.rows[0], **{place: bad}),)))
    refused = await prepared(world, affair=NO_ROW)
    for place in ("r", "u"):
        with pytest.raises(Malformed, match="point-not-canonical"):
            await world.commit(Replace(refused, rows=(Replace(refused.rows[0], **{place: b"\xff" * 32}),)))
    assert world.rows("SELECT COUNT(*) FROM item") == [(0,)]


@pytest.mark.asyncio
async def test_what_was_admitted_before_a_restart_is_committed_after_it(world: Operators, founded: Founded) -> None:
    commit = await prepared(world)
    await world.stop()
    again = await Operators(Founded(world.data, world.offices, founded.registrar, founded.portal, founded.oversight, founded.witness)).open()
    first = await again.commit(commit)
    await again.stop()
    third = await Operators(Founded(world.data, world.offices, founded.registrar, founded.portal, founded.oversight, founded.witness)).open()
    (stored,) = (await third.admit(third.asked(commit.inquiry))).stored
    assert stored.receipt == first.items[0].receipt
    assert third.rows("SELECT COUNT(*) FROM tx WHERE txid = ?", txid(commit.inquiry)) == [(1,)]
    await third.stop()
    await world.open()


@pytest.mark.asyncio
async def test_tickets_that_are_never_committed_are_counted_by_institution(world: Operators, dial: Dial) -> None:
    done, left = await prepared(world), await prepared(world)
    await world.commit(done)
    dial.now += LIFE_MS + 1
    await prepared(world)
    assert world.keeper.tickets.lapsed == {A: 1}
    assert b'enishi_tickets_lapsed_total{path="/keeper/commit"} 1.0' in world.keeper.meter.exposition()
    dial.now += LIFE_MS + 1
    # Without another admission the keeper looks by itself, half a minute after a ticket's end at most.
    world.keeper.tickets.sweep(dial.now)
    assert world.keeper.meter.total("enishi_tickets_lapsed_total", "/keeper/commit") == 2
    assert left.ticket


@pytest.mark.asyncio
async def test_what_rests_is_closed_and_bound_to_its_row(world: Operators) -> None:
    (item,) = (await world.committed(world.inquiry())).items
    ((closed,),) = world.rows("SELECT rest_receipt FROM item")
    assert b"permit" not in bytes(closed)  # type: ignore[call-overload]
    assert b'"permit"' in world.keeper.rest.open("receipt", item.item_id, bytes(closed))  # type: ignore[call-overload]
    for column, row in (("refusal", item.item_id), ("receipt", bytes(32))):
        with pytest.raises(Tampered, match="rest-broken"):
            world.keeper.rest.open(column, row, bytes(closed))  # type: ignore[call-overload]
