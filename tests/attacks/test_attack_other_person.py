"""Attack: a provider answers about another person than was asked."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from attacks.copies_attack import copy_data
from attacks.network_attack import Network
from enishi.cli.verify import verify_data
from enishi.cli.walk.answered import AnsweredWalk
from enishi.protocol.statement import item_id_of
from enishi.roles.gateway import people, provide
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
ASKED, TOLD = STORY.condolence.survivors[:2]


def about_another(connection: Any, opened: provide.Opened) -> provide.Found:
    """A provider that opens the code and then takes another person from its shelf."""
    asked = opened.claimed.asked
    return provide.Found(opened.claimed, people.by_number(connection, TOLD.addressees["moj"], provide.wanted_of(asked)))


def answer(network: Network) -> tuple[bytes, Any]:
    txid = network.ask(register_question(person=ASKED.addressees["012131"], relation="survivor"))
    return item_id_of(txid, 0), network.shown(txid).items[0]


def findings(network: Network, folder: Path, item_id: bytes) -> list[str]:
    """What `enishi verify` says of an item, run where the provider's key is."""
    return [one.detail for one in verify_data(copy_data(network, folder)).findings if one.key == item_id.hex()]


def test_an_answer_about_another_person_is_delivered(network: Network, without: Without) -> None:
    """What is conceded: the network carries sealed answers, so the inquirer receives the other person's documents as they were signed.  The
    provider has signed them, and the inquirer's record holds both."""
    patched = without(provide, "_find", about_another)
    _, shown = answer(network)
    patched.undo()
    _, true = answer(network)
    assert shown.outcome == true.outcome == "provided"
    assert msgspec.json.encode(shown.documents) != msgspec.json.encode(true.documents)


def test_the_provider_s_own_record_convicts_it(network: Network, without: Without, tmp_path: Path) -> None:
    """Success is a record of Art. 23 that passes an audit.  With the provider's key at hand the pair in its own notice opens to the person who was
    asked about, and the record names another.  Reconciling A's and B's records (`enishi reconcile`)
    holds items against each other, and cannot tell who a person is."""
    patched = without(provide, "_find", about_another)
    item_id, _ = answer(network)
    patched.undo()
    assert "about another person than was asked" in findings(network, tmp_path / "real", item_id)
    patched = without(AnsweredWalk, "_check_person")
    assert findings(network, tmp_path / "blind", item_id) == []
    patched.undo()
