"""Attack: an inquirer marks its own inquiry as one that the person may not see (Art. 23(2))."""

import pytest

from attacks.adversary_attack import later, send, written
from attacks.network_attack import A, Network
from attacks.test_attack_log import proven
from enishi import clock
from enishi.protocol.record import read_body
from enishi.protocol.statement import Nondisclosure, item_id_of
from enishi.roles.keeper.late import enter_late
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
DAY_MS = 86_400_000
READER = STORY.reader


def test_a_ground_that_is_none(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is conceded until the commission's own check of the second chain is built: the operators do not judge a ground, so an inquirer can keep
    its inquiry from the person until the end that it names.  The leaf is in the log, counted in the second chain with ground and end, and when the
    end has come the person is shown it, with the time at which it was asked."""
    question = register_question(person=READER.addressees[A], relation="survivor")
    marked = written(network, question, nondisclosure=Nondisclosure("invented", clock.now_ms() + DAY_MS))
    before = len(network.rows("SELECT 1 FROM second_chain"))
    send(network, marked.inquiry)
    item_id = item_id_of(marked.txid, 0)
    assert len(network.rows("SELECT 1 FROM second_chain")) == before + 2
    assert item_id not in shown(network)
    with later(monkeypatch, 2 * DAY_MS):
        assert network.run(enter_late(network.keeper)) >= 1
        assert item_id in shown(network)


def shown(network: Network) -> set[bytes]:
    """The items of which the person's proven record tells."""
    opened = network.look(READER)
    assert proven(opened) >= 1
    return {read_body(record.body).item_id for record in opened.proof.records}
