"""Attack: an inquirer or provider marks what it does as something that the person may not see (Art. 23(2))."""

import msgspec
import pytest

from attacks.adversary_attack import Written, later, send, written
from attacks.network_attack import A, Network, fault_in
from attacks.test_attack_log import proven
from attacks.test_attack_outcome import forged, record, unanswered
from enishi import clock
from enishi.errors import Malformed
from enishi.protocol.nondisclosure import HARM
from enishi.protocol.outcome import claimed_outcome, sign_outcome
from enishi.protocol.record import read_body
from enishi.protocol.statement import Nondisclosure, item_id_of
from enishi.protocol.wire import OutcomeForm
from enishi.roles.exchange import deliver, examine
from enishi.roles.keeper import admit, outcome
from enishi.roles.keeper.late import enter_late
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
DAY_MS = 86_400_000
READER = STORY.reader


def marked(network: Network, ground: str, days: int) -> Written:
    question = register_question(person=READER.addressees[A], relation="survivor")
    return written(network, question, nondisclosure=Nondisclosure(ground, clock.now_ms() + days * DAY_MS))


@pytest.mark.parametrize(("ground", "days", "slug"), [("invented", 1, "nondisclosure-unlawful"), (HARM, 400, "nondisclosure-too-long")])
def test_a_mark_that_law_does_not_know(
    network: Network, without: Without, monkeypatch: pytest.MonkeyPatch, ground: str, days: int, slug: str
) -> None:
    """Success is an inquiry that the person is not shown, for no lawful ground or without a near end.  Exchange and keeper each refuse it."""
    message, before = marked(network, ground, days), len(network.rows("SELECT 1 FROM second_chain"))
    assert fault_in(send(network, message.inquiry)) == slug
    patched = without(examine, "check_mark")
    assert fault_in(send(network, message.inquiry)) == slug
    patched.undo()
    patched = without(admit, "check_mark")
    assert fault_in(send(network, message.inquiry)) == slug
    assert len(network.rows("SELECT 1 FROM second_chain")) == before
    without(examine, "check_mark")
    assert fault_in(send(network, message.inquiry)) == ""
    assert len(network.rows("SELECT 1 FROM second_chain")) == before + 2
    assert item_id_of(message.txid, 0) not in shown(network)
    patched.undo()


@pytest.mark.parametrize(("ground", "days", "slug"), [("invented", 1, "nondisclosure-unlawful"), (HARM, 400, "nondisclosure-too-long")])
def test_an_outcome_with_a_mark_that_law_does_not_know(network: Network, without: Without, ground: str, days: int, slug: str) -> None:
    """The provider's mark is judged alike: success is an outcome in the second chain."""
    message = unanswered(network, register_question())
    claim = msgspec.structs.replace(claimed_outcome(forged(message)), nondisclosure=Nondisclosure(ground, clock.now_ms() + days * DAY_MS))
    envelope = sign_outcome(claim, network.provider.tenants["moj"].key(1).signing)
    assert fault_in(record(network, envelope)) == slug
    with pytest.raises(Malformed, match=slug):
        network.run(network.roles["exchange"]._delivery.record(OutcomeForm(envelope, b"")))
    patched = without(outcome, "check_mark")
    with pytest.raises(Malformed, match=slug):
        network.run(network.roles["exchange"]._delivery.record(OutcomeForm(envelope, b"")))
    without(deliver, "check_mark")
    network.run(network.roles["exchange"]._delivery.record(OutcomeForm(envelope, b"")))
    assert network.rows("SELECT COUNT(*) FROM second_chain JOIN leaf USING (idx) WHERE item_id = ?", item_id_of(message.txid, 0)) == [(1,)]
    patched.undo()


def test_a_lawful_mark_ends(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The leaf is in the log, counted in the second chain with ground and end, and when the end has come the person is shown it, with the time
    at which it was asked."""
    message, before = marked(network, HARM, 1), len(network.rows("SELECT 1 FROM second_chain"))
    assert fault_in(send(network, message.inquiry)) == ""
    item_id = item_id_of(message.txid, 0)
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
