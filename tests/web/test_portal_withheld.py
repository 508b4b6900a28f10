"""What law keeps from a person for now, in the browser and in the client: never without a note that says why and until when."""

import json
from typing import Any

import msgspec
import pytest

from enishi.client.proving import check_complete
from enishi.encoding import digest
from enishi.errors import Tampered
from enishi.protocol.nondisclosure import NOTE_MS
from enishi.protocol.record import RecordBody, WithheldNote, bare_body, note_body, write_body
from enishi.tlog.leaf import LeafKind
from web.proof_world import GOOD, World, opened_in, with_own_labels_only
from web.smalllog import DAY, T0, ended, inquiry, key_of, look

ASKED = inquiry(1, "moj", ("戸籍関係情報",), T0)
LOOKED = T0 + 3 * DAY
GROUND = "415AC0000000057#78-1-1"
RUNNING = WithheldNote(0, GROUND, T0 + 90 * DAY)


def noted(*notes: WithheldNote | RecordBody) -> tuple[World, dict[str, Any]]:
    """A person's log whose first record is shown without its content, with these notes (their leaves stand at 2, 4, …) behind it."""
    bodies = [note if isinstance(note, RecordBody) else note_body(note, T0 + DAY) for note in notes]
    world = World([ASKED, *bodies])
    document = world.document()
    withhold(document, 0, ASKED.at_ms)
    return world, document


def withhold(document: dict[str, Any], place: int, at_ms: int) -> None:
    document["records"][place] |= {"salt": "", "body": json.loads(msgspec.json.encode(write_body(bare_body(at_ms))))}


def judged(world: World, document: dict[str, Any]) -> dict[str, str]:
    """What the browser says; the client in Python must say the same."""
    states = world.states(document)
    if states == GOOD:
        assert check_complete(opened_in(world, document)) == len(world.log.records)
    elif states == GOOD | {"complete": "bad: withheld"}:
        with pytest.raises(Tampered, match="withheld-without-note"):
            check_complete(opened_in(world, document))
    return states


def test_withheld_records_keep_their_place_without_their_content_as_their_note_says() -> None:
    assert judged(*noted(RUNNING)) == GOOD
    # A longer mark that came later has a note of its own; the first has ended by now.
    assert judged(*noted(RUNNING._replace(until_ms=LOOKED), RUNNING)) == GOOD


@pytest.mark.parametrize(
    "note",
    [
        None,
        ended(ASKED, "provided"),
        RUNNING._replace(until_ms=LOOKED),
        RUNNING._replace(until_ms=T0 + DAY + NOTE_MS + 1),
        RUNNING._replace(original_index=2),
        RUNNING._replace(original_index=4),
        RUNNING._replace(ground="dv-protection"),
        RUNNING._replace(ground="415AC0000000057#78-1-8"),
        RUNNING._replace(ground="415AC0000000057#78-1-11"),
    ],
)
def test_what_is_withheld_without_a_lawful_note_that_still_runs_is_told(note: WithheldNote | RecordBody | None) -> None:
    assert judged(*noted(*[note] if note else [])) == GOOD | {"complete": "bad: withheld"}


def test_a_note_that_lasts_as_long_as_law_lets_it_is_taken() -> None:
    assert judged(*noted(RUNNING._replace(until_ms=T0 + DAY + NOTE_MS))) == GOOD
    assert judged(*noted(RUNNING._replace(until_ms=LOOKED + 1))) == GOOD


def test_neither_a_look_nor_a_note_may_be_withheld() -> None:
    for bodies in (
        [look(T0), note_body(RUNNING, T0 + DAY)],
        [note_body(RUNNING._replace(original_index=6), T0), note_body(RUNNING, T0)],
    ):
        world = World(bodies)
        document = world.document()
        withhold(document, 0, T0)
        assert judged(world, document) == GOOD | {"complete": "bad: withheld"}


def test_a_note_that_is_withheld_itself_says_nothing() -> None:
    world, document = noted(RUNNING)
    withhold(document, 1, T0 + DAY)
    assert judged(world, document) == GOOD | {"complete": "bad: withheld"}


def test_a_note_of_another_chain_says_nothing() -> None:
    world, document = noted()
    stranger = world.log.leaves[1]
    salt, body = key_of(9000), write_body(note_body(RUNNING, T0))
    world.log.leaves[1] = stranger[:13] + bytes([LeafKind.WITHHELD]) + stranger[14:46] + digest("body", salt, body)
    world.log.records.append((1, world.log.leaves[1], salt, body))
    document = world.document(with_own_labels_only(world))
    withhold(document, 0, T0)
    assert world.states(document)["complete"] == "bad"


def test_a_withheld_record_says_nothing_but_that() -> None:
    world, document = noted(RUNNING)
    for more in ({"inquirer": "012131"}, {"at_ms": T0 + 1}, {"kind": "outcome"}, {"marks": ("withheld", "proposals")}):
        said = msgspec.structs.replace(bare_body(T0), **more)
        document["records"][0]["body"] = json.loads(msgspec.json.encode(write_body(said)))
        assert world.states(document)["included"] == "bad"
