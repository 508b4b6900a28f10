"""Admission: what a message must be, how late it may come, and that nothing leaves but rows under β."""

import msgspec
import pytest

from enishi.errors import Conflict, Denied, Fault, Malformed, Tampered
from enishi.linkage.group import base, random_scalar
from enishi.protocol.rows import Row, rows_root
from enishi.protocol.statement import WINDOW_MS, AffairRef, Inquiry
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import Admit, Batch
from enishi.seal.dsse import sign_envelope
from enishi.seal.sign import SigningKey
from keeper.world_operators import NUMBERS, A, B, Operators, code_of, mark, txid
from running.operators_running import Dial

Replace = msgspec.structs.replace
PERMIT = Verdict(permit=True, basis=("425AC0000000027#19-1-8",), grounds=(), marks=())
REFUSAL = Verdict(permit=False, basis=(), grounds=(), marks=("the exchange's own",))
NO_ROW = AffairRef("506M60004008009@2024-05-27", "999")


@pytest.mark.asyncio
async def test_a_message_in_order_leaves_as_rows_under_beta(world: Operators) -> None:
    inquiry = world.inquiry(*NUMBERS[:2])
    admitted = await world.admit(world.asked(inquiry))
    assert [verdict.permit for verdict in admitted.verdicts] == [True, True]
    assert admitted.ticket
    assert admitted.stored == ()
    asked = {point for row in inquiry.rows for point in (row.r, row.b, row.u)}
    assert not asked & {point for row in admitted.rows for point in (row.r, row.b, row.u)}
    # β follows from the message: asked again, the same rows come out, so a second admission tells nothing new.
    assert (await world.admit(world.asked(inquiry))).rows == admitted.rows


@pytest.mark.asyncio
@pytest.mark.parametrize(("apart", "taken"), [(-WINDOW_MS, True), (WINDOW_MS, True), (-WINDOW_MS - 1, False), (WINDOW_MS + 1, False)])
async def test_the_window_is_five_minutes_either_way(world: Operators, dial: Dial, apart: int, taken: bool) -> None:
    asked = world.asked(world.inquiry(at_ms=dial.now + apart))
    if taken:
        assert (await world.admit(asked)).ticket
        return
    with pytest.raises(Malformed, match="outside-time-window"):
        await world.admit(asked)


@pytest.mark.asyncio
async def test_a_retry_is_looked_up_before_the_window(world: Operators, dial: Dial) -> None:
    inquiry = world.inquiry()
    committed = await world.committed(inquiry)
    dial.now += 30 * 24 * 3600 * 1000
    again = await world.admit(world.asked(inquiry))
    assert (again.ticket, again.rows, again.verdicts) == (b"", (), ())
    assert [item.receipt for item in again.stored] == [item.receipt for item in committed.items]


@pytest.mark.asyncio
async def test_a_nonce_is_good_for_one_statement(world: Operators) -> None:
    first, second = world.inquiry(nonce=bytes(16)), world.inquiry(nonce=bytes(16), purpose_item="3-2")
    await world.committed(first)
    leaves = world.rows("SELECT COUNT(*) FROM leaf")
    with pytest.raises(Conflict, match="nonce-reused"):
        await world.committed(second)
    assert world.rows("SELECT COUNT(*) FROM leaf") == leaves
    assert (await world.committed(world.inquiry(nonce=bytes(15) + b"\1"))).items


@pytest.mark.asyncio
async def test_a_proof_of_another_message_is_false(world: Operators) -> None:
    asked = world.asked(world.inquiry())
    for pi, code in ((world.inquiry().pi, "pi-false"), (asked.inquiry.pi[:-1], "proof-"), (b"\xff" * 64, "scalar-not-canonical")):
        with pytest.raises((Malformed, Tampered), match=code):
            await world.admit(Replace(asked, inquiry=Replace(asked.inquiry, pi=pi)))


@pytest.mark.asyncio
async def test_two_codes_in_one_row_are_found_out(world: Operators) -> None:
    # The pair would be one person's and the record another's: the rows are signed, only π can tell.
    other, asked = world.inquiry(NUMBERS[1]), world.inquiry(NUMBERS[0])
    row = Row(asked.rows[0].r, other.rows[0].b, asked.rows[0].u, bytes(32), "applicant", "")
    with pytest.raises(Tampered, match="pi-false"):
        await world.admit(world.asked(signed(world, asked, (row,))))


def signed(world: Operators, inquiry: Inquiry, rows: tuple[Row, ...], **changes: object) -> Inquiry:
    """The message with other rows, signed again by A."""
    payload = msgspec.json.decode(inquiry.statement.payload) | changes
    payload["rows"], payload["count"] = msgspec.json.decode(msgspec.json.encode(rows_root(rows))), len(rows)
    envelope = sign_envelope(inquiry.statement.payloadType, msgspec.json.encode(payload), world.offices[A].signing, f"{A}/1")
    return Inquiry(envelope, rows, inquiry.pi)


@pytest.mark.asyncio
async def test_points_are_read_strictly_and_named(world: Operators) -> None:
    asked = world.inquiry(*NUMBERS[:2])
    for bad in (bytes(32), b"\xff" * 32, base(random_scalar())[:31], b""):
        rows = (asked.rows[0], Row(asked.rows[1].r, bad, asked.rows[1].u, bytes(32), "applicant", ""))
        with pytest.raises(Malformed, match="point-not-canonical") as caught:
            await world.admit(world.asked(signed(world, asked, rows)))
        assert caught.value.field == "rows[1].C_B"


@pytest.mark.asyncio
async def test_rows_that_were_not_signed_are_refused(world: Operators) -> None:
    asked, other = world.asked(world.inquiry()), world.inquiry()
    with pytest.raises(Malformed, match="rows-root"):
        await world.admit(Replace(asked, inquiry=Replace(asked.inquiry, rows=other.rows)))
    with pytest.raises(Malformed, match="rows-count"):
        await world.admit(Replace(asked, inquiry=Replace(asked.inquiry, rows=asked.inquiry.rows * 2)))
    with pytest.raises(Conflict, match="rows-count"):
        await world.admit(Replace(asked, verdicts=asked.verdicts * 2))


@pytest.mark.asyncio
async def test_only_the_registered_key_signs(world: Operators) -> None:
    asked = world.asked(world.inquiry())
    statement = asked.inquiry.statement
    stranger = sign_envelope(statement.payloadType, statement.payload, SigningKey.generate(), f"{A}/1")
    elsewhere = sign_envelope(statement.payloadType, statement.payload, world.offices[B].signing, f"{B}/1")
    for envelope, code in ((stranger, "signature-invalid"), (elsewhere, "signature-missing")):
        with pytest.raises(Tampered, match=code):
            await world.admit(Replace(asked, inquiry=Replace(asked.inquiry, statement=envelope)))


@pytest.mark.asyncio
@pytest.mark.parametrize("changes", [{"registry": bytes(32)}, {"law": bytes(32)}, {"audit_epoch": 2}])
async def test_another_registry_law_or_audit_epoch_is_stale(world: Operators, changes: dict[str, object]) -> None:
    with pytest.raises(Conflict, match="snapshot-stale"):
        await world.admit(world.asked(world.inquiry(**changes)))


@pytest.mark.asyncio
async def test_a_permit_needs_both_operators(world: Operators) -> None:
    lawful, unlawful = world.asked(world.inquiry()), world.asked(world.inquiry(affair=NO_ROW))
    (refused,) = (await world.admit(Replace(lawful, verdicts=(REFUSAL,)))).verdicts
    assert refused == REFUSAL
    admitted = await world.admit(Replace(unlawful, verdicts=(PERMIT,)))
    (own,) = admitted.verdicts
    # The keeper alone refuses: the grounds are its own, and nothing of a pair leaves.
    assert (own.permit, own.basis) == (False, ())
    assert own.grounds
    assert admitted.rows[0].b == b""


@pytest.mark.asyncio
async def test_a_suspended_inquirer_is_refused_and_so_is_its_retry(world: Operators) -> None:
    recorded, fresh = world.inquiry(), world.inquiry()
    await world.committed(recorded)
    asked = [world.asked(one) for one in (recorded, fresh)]
    snapshot = world.keeper.snapshot
    others = tuple(Replace(one, suspended=True) if one.id == A else one for one in snapshot.institutions)
    world.keeper.adopt(Replace(snapshot, institutions=others), world.keeper.digest)
    for one in asked:
        with pytest.raises(Denied, match="institution-suspended"):
            await world.admit(one)


@pytest.mark.asyncio
async def test_each_message_of_a_batch_stands_for_itself(world: Operators) -> None:
    good, stale = world.asked(world.inquiry()), world.asked(world.inquiry(audit_epoch=7))
    broken = Admit(Replace(good.inquiry, pi=b""), good.verdicts)
    results = (await world.admission.handle(Batch((stale, good, broken)))).results
    assert [code_of(result) for result in results][:2] == ["snapshot-stale", ""]
    assert code_of(results[2]).startswith("proof-")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "changes",
    [{"at_ms": 10**30}, {"at_ms": -1}, {"at_ms": 10**16}, {"nondisclosure": mark(2**63)}, {"nondisclosure": mark(0)}, {"nondisclosure": mark(-5)}],
)
async def test_a_time_that_no_calendar_has_is_a_fault_of_that_message(world: Operators, changes: dict[str, object]) -> None:
    with pytest.raises(Malformed, match="form-unreadable"):
        await world.inquire(world.inquiry(**changes))


@pytest.mark.asyncio
async def test_before_the_first_snapshot_nothing_is_admitted(world: Operators) -> None:
    asked = world.asked(world.inquiry())
    world.keeper._snapshot = None
    with pytest.raises(Fault, match="no-snapshot"):
        await world.admit(asked)
    assert world.rows("SELECT COUNT(*) FROM tx WHERE txid = ?", txid(asked.inquiry)) == [(0,)]
