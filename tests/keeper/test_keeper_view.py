"""Looks: both signatures each time, a tag that somebody has, the look recorded first, and K_T for the person's own device alone."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from enishi.errors import Conflict, Denied, Malformed, Tampered
from enishi.linkage.convert import blind_tags
from enishi.linkage.forms import Blinded
from enishi.linkage.group import base, random_scalar
from enishi.protocol.forms import sign_form
from enishi.protocol.statement import WINDOW_MS, item_id_of
from enishi.protocol.view import Labels, LogView, View, labels_info, request_digest
from enishi.protocol.wire import OutcomeForm, ViewAdmitted, ViewCommit, ViewMessage
from enishi.roles.keeper import log as keeper_log
from enishi.roles.keeper.late import enter_late
from enishi.roles.keeper.ticket import LIFE_MS
from enishi.seal.dsse import Envelope, Signature
from enishi.seal.hpke import SealingKey, Suite, open_sealed
from enishi.seal.pad import unpad
from enishi.tlog.checkpoint import open_checkpoint
from enishi.tlog.labels import label, verify_absent, verify_present
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.note import parse_note
from enishi.tlog.tree import leaf_hash, verify_inclusion
from keeper.world_operators import NUMBERS, Operators, mark, txid
from running.operators_running import Dial

DAY_MS = 24 * 3600 * 1000


@pytest_asyncio.fixture
async def publishing(world: Operators, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Operators]:
    """The world with its publisher at work; no witness cosigns, so nobody is waited for."""
    monkeypatch.setattr(keeper_log, "PAUSE_S", 0.0)
    monkeypatch.setattr(keeper_log, "WITNESS_S", 0.0)
    task = asyncio.create_task(world.log.run())
    yield world
    task.cancel()


def view_commit(world: Operators, message: ViewMessage, admitted: ViewAdmitted) -> ViewCommit:
    blinded = world.exchange_viewing._step(msgspec.json.decode(message.view.payload, type=View), Blinded(admitted.row.r, None, admitted.row.u))
    return ViewCommit(message.view, admitted.ticket, blinded)


async def look(world: Operators, message: ViewMessage) -> LogView:
    return (await world.viewing.commit(view_commit(world, message, await world.viewing.admit(message)))).log


@pytest.mark.asyncio
async def test_a_look_shows_the_persons_own_records_and_itself(publishing: Operators) -> None:
    world = publishing
    await world.committed(world.inquiry(NUMBERS[0]))
    await world.committed(world.inquiry(NUMBERS[1]))
    log = await look(world, await world.view(world.request()))
    assert [decode_leaf(record.leaf).kind for record in log.records] == [LeafKind.INTENT, LeafKind.LOOK]
    checkpoint = open_checkpoint(parse_note(log.checkpoint.encode()), world.log.verifier)
    for record in log.records:
        verify_inclusion(leaf_hash(record.leaf), record.index, checkpoint.size, list(record.inclusion), checkpoint.root)
    verify_inclusion(leaf_hash(log.map_leaf), log.map_index, checkpoint.size, list(log.map_inclusion), checkpoint.root)
    assert log.map_index == checkpoint.size - 1


@pytest.mark.asyncio
async def test_the_key_of_the_labels_goes_to_the_device_alone(publishing: Operators) -> None:
    world, device = publishing, SealingKey.generate(Suite.BROWSER)
    await world.committed(world.inquiry(NUMBERS[0]))
    assert (await look(world, await world.view(world.request()))).sealed_labels == b""
    request = world.request(device_key=device.public)
    log = await look(world, await world.view(request))
    plain = unpad(open_sealed(device, labels_info(request_digest(request)), log.sealed_labels))
    labels = msgspec.json.decode(plain, type=Labels)
    assert labels.count == 3
    for n, proof in enumerate(labels.present):
        verify_present(log.map_root, label(labels.kt, n), proof)
    verify_absent(log.map_root, label(labels.kt, 3), labels.absent)
    with pytest.raises(Tampered, match="seal-broken"):
        open_sealed(device, labels_info(request_digest(world.request())), log.sealed_labels)


@pytest.mark.asyncio
async def test_both_signatures_are_demanded_each_time(world: Operators) -> None:
    message = await world.view(world.request())
    admitted = await world.viewing.admit(message)
    commit = view_commit(world, message, admitted)
    for kept in (0, 1):
        half = Envelope(message.view.payloadType, message.view.payload, (message.view.signatures[kept],))
        for work in (world.viewing.admit(ViewMessage(half)), world.viewing.commit(ViewCommit(half, commit.ticket, commit.row))):
            with pytest.raises(Tampered, match="signature-missing"):
                await work
    swapped = tuple(Signature(one.keyid, other.sig) for one, other in zip(message.view.signatures, message.view.signatures[::-1], strict=True))
    with pytest.raises(Tampered, match="signature-invalid"):
        await world.viewing.admit(ViewMessage(Envelope(message.view.payloadType, message.view.payload, swapped)))


@pytest.mark.asyncio
async def test_a_tag_that_nobody_has_shows_nothing(publishing: Operators) -> None:
    world = publishing
    good = msgspec.json.decode((await world.view(world.request())).view.payload, type=View)
    (row,) = blind_tags([base(random_scalar())], world.layered(world.exchange.snapshot.current_audit.elgamal))
    nobody = world.countersigned(sign_form(msgspec.structs.replace(good, r=row.R, u=row.C_U), "view", world.founded.registrar, "registrar"))
    # The publisher adds leaves of its own, under no person's label.
    before = world.rows("SELECT COUNT(*) FROM chain"), world.rows("SELECT COUNT(*) FROM tx")
    with pytest.raises(Denied, match="tag-unknown"):
        await look(world, nobody)
    assert (world.rows("SELECT COUNT(*) FROM chain"), world.rows("SELECT COUNT(*) FROM tx")) == before
    odd = world.countersigned(sign_form(msgspec.structs.replace(good, u=bytes(32)), "view", world.founded.registrar, "registrar"))
    with pytest.raises(Malformed, match="point-not-canonical"):
        await world.viewing.admit(odd)


@pytest.mark.asyncio
async def test_each_look_is_recorded_once(publishing: Operators) -> None:
    world = publishing
    message = await world.view(world.request())
    await look(world, message)
    with pytest.raises(Conflict, match="look-repeated"):
        await look(world, message)
    assert world.rows("SELECT COUNT(*) FROM chain") == [(1,)]


@pytest.mark.asyncio
@pytest.mark.parametrize("apart", [-WINDOW_MS - 1, WINDOW_MS + 1])
async def test_an_old_view_is_refused(world: Operators, dial: Dial, apart: int) -> None:
    message = await world.view(world.request())
    dial.now += apart
    with pytest.raises(Malformed, match="outside-time-window"):
        await world.viewing.admit(message)


@pytest.mark.asyncio
async def test_a_ticket_of_a_look_lives_as_long_as_any_and_is_its_own(world: Operators, dial: Dial) -> None:
    message, other = await world.view(world.request()), await world.view(world.request())
    admitted = await world.viewing.admit(message)
    with pytest.raises(Denied, match="ticket-false"):
        await world.viewing.commit(ViewCommit(other.view, admitted.ticket, view_commit(world, message, admitted).row))
    dial.now += LIFE_MS + 1
    with pytest.raises(Denied, match="ticket-expired"):
        await world.viewing.commit(view_commit(world, message, admitted))


@pytest.mark.asyncio
async def test_another_audit_epoch_is_stale(world: Operators) -> None:
    view = msgspec.json.decode((await world.view(world.request())).view.payload, type=View)
    other = sign_form(msgspec.structs.replace(view, audit_epoch=2), "view", world.founded.registrar, "registrar")
    with pytest.raises(Conflict, match="snapshot-stale"):
        await world.viewing.admit(world.countersigned(other))


@pytest.mark.asyncio
async def test_what_is_withheld_is_shown_when_its_time_has_come(publishing: Operators, dial: Dial) -> None:
    world = publishing
    await world.committed(world.inquiry(NUMBERS[0], nondisclosure=mark(dial.now + DAY_MS)))
    before = await look(world, await world.view(world.request()))
    assert [decode_leaf(record.leaf).kind for record in before.records] == [LeafKind.LOOK]
    dial.now += DAY_MS
    await enter_late(world.keeper)
    after = await look(world, await world.view(world.request()))
    kinds = [decode_leaf(record.leaf).kind for record in after.records]
    assert kinds == [LeafKind.LOOK, LeafKind.LATE_ENTRY, LeafKind.LOOK, LeafKind.INTENT]
    assert all(record.sealed for record in after.records)


@pytest.mark.asyncio
async def test_content_under_a_mark_that_still_lasts_is_left_out(publishing: Operators, dial: Dial) -> None:
    world, inquiry = publishing, publishing.inquiry(NUMBERS[0])
    await world.committed(inquiry)
    await world.record(OutcomeForm(world.outcome(item_id_of(txid(inquiry), 0), nondisclosure=mark(dial.now + DAY_MS)), b""))
    log = await look(world, await world.view(world.request()))
    # The provider marked the outcome, so the intent's leaf stays in the chain and its content waits with the outcome; the note says so.
    assert [bool(record.sealed) for record in log.records] == [False, True, True]
    assert [decode_leaf(record.leaf).kind for record in log.records] == [LeafKind.INTENT, LeafKind.WITHHELD, LeafKind.LOOK]
