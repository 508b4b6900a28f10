"""Attack: the keeper hides a record from its person by saying that law withholds it."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import later
from attacks.network_attack import Network
from attacks.test_attack_log import lying, proven
from enishi.client import proving
from enishi.errors import Tampered
from enishi.protocol.nondisclosure import HARM
from enishi.protocol.record import read_body
from enishi.protocol.statement import item_id_of
from enishi.protocol.view import LogView
from enishi.roles.keeper.withholding import Owner, append_note, own_leaves, seal_note
from enishi.seal.many import Sender
from enishi.terms import ItemId
from enishi.tlog.leaf import LeafKind, decode_leaf
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
READER = STORY.reader
DAY_MS = 24 * 3600 * 1000


def emptied(self: Any, connection: Any, view: Any, tag: bytes, published: Any, real: Any) -> LogView:
    """The newest inquiry about the person is returned as if a mark ran."""
    told: LogView = real(self, connection, view, tag, published)
    newest = max(record.index for record in told.records if decode_leaf(record.leaf).kind is LeafKind.INTENT)
    return msgspec.structs.replace(
        told, records=tuple(one if one.index != newest else msgspec.structs.replace(one, sealed=b"") for one in told.records)
    )


def told_of(opened: Any) -> set[bytes]:
    return {read_body(record.body).item_id for record in opened.proof.records if read_body(record.body).kind == "intent"}


def test_a_keeper_that_says_withheld_of_a_record_that_nobody_marked(network: Network, monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    """Success is a proven record in which an inquiry says nothing: the word `withheld` alone was enough for it."""
    item_id = item_id_of(network.ask(register_question(person=READER.addressees["012131"], relation="survivor")), 0)
    honest = network.look(READER)
    assert item_id in told_of(honest)
    with monkeypatch.context() as keeper:
        lying(Without(keeper), emptied)
        opened = network.look(READER)
    assert item_id not in told_of(opened)
    with pytest.raises(Tampered, match="withheld-without-note"):
        proven(opened)
    patched = without(proving, "check_withheld")
    # One label more than in the honest look: the second look.
    assert proven(opened) == proven(honest) + 1
    patched.undo()


def test_a_keeper_that_writes_a_note_of_a_mark_that_nobody_signed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is conceded: with a note of its own making the keeper hides a record for a while.  The log holds what it said, for ever; the end is a
    year off at most, and then the person is shown the record and the note beside it; `enishi verify` finds a note that belongs to no mark
    (tests/keeper/test_keeper_notes.py)."""
    item_id = item_id_of(network.ask(register_question(person=READER.addressees["012131"], relation="survivor")), 0)
    honest = proven(network.look(READER))
    epoch, tag, leaf_index = network.rows("SELECT epoch, tag, leaf_index FROM item WHERE item_id = ?", item_id)[0]
    owner, state = Owner(epoch, tag, ItemId(item_id)), network.keeper
    network.run(state.database.write(lambda connection: forge(connection, state, owner, leaf_index)))
    state.log.dirty()
    with monkeypatch.context() as keeper:
        lying(Without(keeper), emptied)
        opened = network.look(READER)
    assert item_id not in told_of(opened)
    # The note and the second look.
    assert proven(opened) == honest + 2
    with later(monkeypatch, 2 * DAY_MS), monkeypatch.context() as keeper:
        lying(Without(keeper), emptied)
        with pytest.raises(Tampered, match="withheld-without-note"):
            proven(network.look(READER))


def forge(connection: Any, state: Any, owner: Owner, leaf_index: int) -> None:
    now_ms = state.log.moments.now_ms()
    note = seal_note(leaf_index, HARM, now_ms + DAY_MS, now_ms, Sender(state.snapshot.disclosure))
    assert leaf_index in own_leaves(connection, owner)
    assert note is not None
    append_note(connection, state.secrets, owner, note)
