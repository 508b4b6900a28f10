"""Withheld notes: what a mark takes out of sight in the person's own chain is said there, at once, with ground and end, and never more than once."""

import contextlib
import sqlite3

import msgspec
import pytest

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.notes import NoteWalk
from enishi.cli.walk.sealed import open_body
from enishi.cli.walk.sources import Keys
from enishi.protocol.nondisclosure import HARM, NOTE_MS
from enishi.protocol.record import WithheldNote, read_body, withheld_note
from enishi.protocol.statement import Nondisclosure, item_id_of, txid_of
from enishi.protocol.view import SealedRecord, View
from enishi.protocol.wire import Batch, OutcomeForm
from enishi.roles.keeper import outcome as keeper_outcome
from enishi.roles.keeper.late import enter_late
from enishi.roles.keeper.withholding import Owner, append_note, note_missing, seal_note
from enishi.seal.many import Sender
from enishi.terms import ItemId, Outcome
from enishi.tlog.leaf import LeafKind, decode_leaf
from keeper.world_operators import Operators, mark, txid
from running.operators_running import Dial

DAY_MS = 24 * 3600 * 1000


async def asked(world: Operators) -> ItemId:
    inquiry = world.inquiry()
    await world.committed(inquiry)
    return item_id_of(txid(inquiry), 0)


async def ended(world: Operators, item: ItemId, kind: Outcome = Outcome.PROVIDED, until_ms: int = 0) -> None:
    await world.record(OutcomeForm(world.outcome(item, kind, nondisclosure=mark(until_ms) if until_ms else None), b""))


def notes(world: Operators) -> list[WithheldNote]:
    """What the notes' sealed bodies say, oldest first."""
    rows = world.rows("SELECT data, sealed FROM leaf JOIN withheld_note ON note_idx = leaf.idx ORDER BY note_idx")
    opened = [open_body(world.exchange.secrets.disclosure, decode_leaf(bytes(data)), bytes(sealed)) for data, sealed in rows]  # type: ignore[call-overload]
    assert [read_body(one.body).at_ms for one in opened] == [decode_leaf(bytes(data)).at_ms for data, _ in rows]  # type: ignore[call-overload]
    return [withheld_note(read_body(one.body)) for one in opened]


def held_against_the_database(world: Operators) -> list[str]:
    """What `enishi verify` finds about the notes."""
    findings, secrets = Findings(lambda *_: None), world.keeper.secrets
    keys = Keys(secrets.rest, secrets.labels, secrets.second_chain, world.exchange.secrets.disclosure)
    with contextlib.closing(sqlite3.connect(world.data / "keeper" / "keeper.db")) as connection:
        NoteWalk(connection, findings, keys).walk()
    return [finding.slug for finding in findings.found]


async def look(world: Operators) -> list[SealedRecord]:
    """What a look of the person's returns."""
    message = await world.view(world.request())
    view, tag = msgspec.json.decode(message.view.payload, type=View), world.rows("SELECT tag FROM person")[0][0]
    await world.viewing._record(view, txid_of(message.view.payload), bytes(tag))  # type: ignore[call-overload]
    published = await world.log.publish()
    log = world.log.database.read_now(lambda connection: world.viewing._log_of(connection, view, bytes(tag), published))  # type: ignore[call-overload]
    return list(log.records)


def shown(records: list[SealedRecord]) -> list[tuple[LeafKind, bool]]:
    return [(decode_leaf(record.leaf).kind, bool(record.sealed)) for record in records]


@pytest.mark.asyncio
async def test_a_marked_outcome_after_a_held_one_leaves_a_note_for_each(world: Operators, dial: Dial) -> None:
    item = await asked(world)
    await ended(world, item, Outcome.HELD)
    until = dial.now + DAY_MS
    await ended(world, item, until_ms=until)
    rows = [int(str(index)) for (index,) in world.rows("SELECT idx FROM chain ORDER BY n")]
    assert notes(world) == [WithheldNote(index, HARM, until) for index in rows[:2]]
    assert shown(await look(world)) == [
        (LeafKind.INTENT, False),
        (LeafKind.OUTCOME, False),
        (LeafKind.WITHHELD, True),
        (LeafKind.WITHHELD, True),
        (LeafKind.LOOK, True),
    ]
    assert held_against_the_database(world) == []


@pytest.mark.asyncio
async def test_a_longer_second_mark_has_notes_of_its_own_and_a_shorter_one_has_none(world: Operators, dial: Dial) -> None:
    item, now = await asked(world), dial.now
    await ended(world, item, Outcome.CLOSED, now + 2 * DAY_MS)
    await ended(world, item, Outcome.HELD, now + DAY_MS)
    assert [note.until_ms for note in notes(world)] == [now + 2 * DAY_MS]
    await ended(world, item, until_ms=now + 3 * DAY_MS)
    assert [note.until_ms for note in notes(world)] == [now + 2 * DAY_MS, now + 3 * DAY_MS]
    dial.now += 2 * DAY_MS
    assert shown(await look(world))[0] == (LeafKind.INTENT, False)
    assert held_against_the_database(world) == []
    dial.now += DAY_MS
    assert shown(await look(world))[0] == (LeafKind.INTENT, True)


@pytest.mark.asyncio
async def test_what_has_ended_or_was_entered_late_has_no_note(world: Operators, dial: Dial) -> None:
    item = await asked(world)
    await ended(world, item, Outcome.HELD, 1)
    assert notes(world) == []
    assert await enter_late(world.keeper) == 1
    await ended(world, item, until_ms=dial.now + DAY_MS)
    assert notes(world) == []
    assert all(sealed for _, sealed in shown(await look(world)))
    assert held_against_the_database(world) == []


@pytest.mark.asyncio
async def test_between_the_end_of_a_mark_and_the_late_entry_a_new_mark_withholds_again(world: Operators, dial: Dial) -> None:
    item = await asked(world)
    await ended(world, item, Outcome.CLOSED, dial.now + DAY_MS)
    dial.now += DAY_MS
    await ended(world, item, Outcome.HELD)
    await ended(world, item, until_ms=dial.now + DAY_MS)
    assert len(notes(world)) == 3
    assert [sealed for kind, sealed in shown(await look(world)) if kind in (LeafKind.INTENT, LeafKind.OUTCOME)] == [False, False]
    assert held_against_the_database(world) == []


@pytest.mark.asyncio
async def test_two_outcomes_of_one_item_in_one_batch(world: Operators, dial: Dial) -> None:
    """The second is checked before the first is recorded: what stands when it is written is what counts."""
    item = await asked(world)
    held, marked = world.outcome(item, Outcome.HELD), world.outcome(item, nondisclosure=mark(dial.now + DAY_MS))
    await world.outcomes.handle(Batch((OutcomeForm(held, b""), OutcomeForm(marked, b""))))
    assert len(notes(world)) == 2
    assert held_against_the_database(world) == []


@pytest.mark.asyncio
async def test_an_unmarked_outcome_in_one_batch_with_a_marked_one_is_withheld_with_it(world: Operators, dial: Dial) -> None:
    item = await asked(world)
    held, provided = world.outcome(item, Outcome.HELD, nondisclosure=mark(dial.now + DAY_MS)), world.outcome(item)
    await world.outcomes.handle(Batch((OutcomeForm(held, b""), OutcomeForm(provided, b""))))
    assert world.rows("SELECT COUNT(*), MIN(until_ms) FROM second_chain") == [(2, dial.now + DAY_MS)]
    assert len(notes(world)) == 1


@pytest.mark.asyncio
async def test_a_mark_that_no_checkpoint_covers_yet_withholds_nothing_in_it(world: Operators, dial: Dial) -> None:
    """A look under an earlier checkpoint shows that state whole: the content, and no note."""
    item = await asked(world)
    view = msgspec.json.decode((await world.view(world.request())).view.payload, type=View)
    published, tag = await world.log.publish(), bytes(world.rows("SELECT tag FROM person")[0][0])  # type: ignore[call-overload]
    await ended(world, item, until_ms=dial.now + DAY_MS)
    log = world.log.database.read_now(lambda connection: world.viewing._log_of(connection, view, tag, published))
    assert shown(list(log.records)) == [(LeafKind.INTENT, True)]


# ---- marks of older versions


async def unsaid(world: Operators, monkeypatch: pytest.MonkeyPatch, until_ms: int, ground: str = HARM) -> ItemId:
    """A mark as a keeper without notes recorded it."""
    item = await asked(world)
    with monkeypatch.context() as older:
        older.setattr(keeper_outcome.Outcomes, "_note", lambda *_: None)
        older.setattr(keeper_outcome, "check_mark", lambda *_: None)
        await world.record(OutcomeForm(world.outcome(item, nondisclosure=Nondisclosure(ground, until_ms)), b""))
    return item


@pytest.mark.asyncio
@pytest.mark.parametrize("ground", [HARM, "dv-protection"])
async def test_a_mark_without_a_note_is_found_and_gets_one_once(world: Operators, dial: Dial, monkeypatch: pytest.MonkeyPatch, ground: str) -> None:
    await unsaid(world, monkeypatch, dial.now + DAY_MS, ground)
    # Until the note is written the content is kept back all the same.
    assert shown(await look(world)) == [(LeafKind.INTENT, False), (LeafKind.LOOK, True)]
    assert held_against_the_database(world) == ["withheld-without-note"]
    assert await note_missing(world.keeper) == 1
    assert await note_missing(world.keeper) == 0
    assert notes(world) == [WithheldNote(int(str(world.rows("SELECT leaf_index FROM item")[0][0])), HARM, dial.now + DAY_MS)]
    assert held_against_the_database(world) == []


@pytest.mark.asyncio
async def test_a_mark_of_0_1_0_that_runs_for_years_is_noted_a_year_at_a_time(world: Operators, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    await unsaid(world, monkeypatch, dial.now + 2 * NOTE_MS, "dv-protection")
    assert await note_missing(world.keeper) == 1
    (first,) = notes(world)
    assert first.until_ms == dial.now + NOTE_MS
    dial.now = first.until_ms
    assert shown(await look(world))[0] == (LeafKind.INTENT, False)
    assert await note_missing(world.keeper) == 1
    assert [note.until_ms - dial.now for note in notes(world)] == [0, NOTE_MS]
    assert held_against_the_database(world) == []


@pytest.mark.asyncio
async def test_a_ground_that_law_never_knew_gets_no_note(world: Operators, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    await unsaid(world, monkeypatch, dial.now + DAY_MS, "because")
    assert await note_missing(world.keeper) == 0
    assert shown(await look(world))[0] == (LeafKind.INTENT, False)


@pytest.mark.asyncio
async def test_a_new_snapshot_brings_the_notes_that_are_missing(world: Operators, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    await unsaid(world, monkeypatch, dial.now + DAY_MS)
    await world.snapshots.adopt(await world.snapshot())
    assert len(notes(world)) == 1


@pytest.mark.asyncio
async def test_what_is_wholly_in_the_second_chain_needs_no_note(world: Operators, dial: Dial) -> None:
    await world.committed(world.inquiry(nondisclosure=mark(dial.now + DAY_MS)))
    assert await note_missing(world.keeper) == 0
    assert held_against_the_database(world) == []


# ---- what verify finds


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("damage", "slug"),
    [
        ("UPDATE withheld_note SET until_ms = until_ms + 1", "chain-broken"),
        ("UPDATE withheld_note SET idx = (SELECT MAX(idx) FROM chain WHERE n = 1)", "chain-broken"),
        ("UPDATE withheld_note SET note_idx = note_idx - 1", "chain-broken"),
        ("UPDATE second_chain SET until_ms = until_ms - 1", "chain-broken"),
        ("DELETE FROM withheld_note", "withheld-without-note"),
        ("UPDATE leaf SET sealed = (SELECT sealed FROM leaf WHERE idx = 1) WHERE idx IN (SELECT note_idx FROM withheld_note)", "chain-broken"),
    ],
)
async def test_a_note_that_does_not_agree_is_found(world: Operators, dial: Dial, damage: str, slug: str) -> None:
    item = await asked(world)
    await ended(world, item, Outcome.HELD)
    await ended(world, item, until_ms=dial.now + DAY_MS)
    with contextlib.closing(sqlite3.connect(world.data / "keeper" / "keeper.db")) as connection, connection:
        if damage.startswith("UPDATE withheld_note"):
            connection.execute("DELETE FROM withheld_note WHERE note_idx <> (SELECT MIN(note_idx) FROM withheld_note)")
        connection.execute(damage)
    assert slug in held_against_the_database(world)


@pytest.mark.asyncio
async def test_a_note_of_a_mark_that_nobody_signed_is_found(world: Operators, dial: Dial) -> None:
    """A keeper that wants to hide a record writes a note of its own making."""
    item = await asked(world)
    ((index, epoch, tag),) = world.rows("SELECT leaf_index, epoch, tag FROM item")
    note = seal_note(int(str(index)), HARM, dial.now + DAY_MS, dial.now, Sender(world.keeper.snapshot.disclosure))
    assert note is not None
    owner = Owner(int(str(epoch)), bytes(tag), item)  # type: ignore[call-overload]
    await world.keeper.database.write(lambda connection: append_note(connection, world.keeper.secrets, owner, note))
    assert set(held_against_the_database(world)) == {"chain-broken"}
