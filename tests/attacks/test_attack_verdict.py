"""Attack: the exchange says that the law permits what it refuses."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import send, sitting, written
from attacks.network_attack import Network, fault_in
from attacks.wire_attack import Forward
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import Admit, Admitted, Batch, BlindRow, Results
from enishi.roles.exchange import examine
from enishi.roles.keeper import admit
from enishi.roles.keeper.admit import Admission
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question, tax_question

pytestmark = pytest.mark.xdist_group("attacks")
YES = Verdict(permit=True, basis=("invented",), grounds=(), marks=())
UNLAWFUL = {"items": ["地方税関係情報"], "period": "2024", "purpose_item": "1"}
"""Tax for the condolence grant: the order gives no such linkage."""


async def lie(batch: Batch[Admit], forward: Forward) -> Results[Admitted]:
    asked = tuple(msgspec.structs.replace(one, verdicts=tuple(YES for _ in one.verdicts)) for one in batch.each)
    return await forward(Batch(asked))  # type: ignore[no-any-return]


def pairs(network: Network) -> int:
    return len(network.rows("SELECT 1 FROM item WHERE length(rest_steps) > 0"))


def ask(network: Network) -> str:
    with sitting(network, "/keeper/admit", lie):
        return fault_in(send(network, written(network, tax_question(STORY.loan.applicant, **UNLAWFUL)).inquiry))


def test_the_keeper_decides_for_itself(network: Network, without: Without) -> None:
    """Success is a pair released for a refused inquiry.  At the keeper stand three checks, each behind the other: the joint verdict, the Permit
    without which no pair is blinded, and the Permit that the last step demands at the commit."""
    before, leaves = pairs(network), network.leaves()
    permit = lawful(network)
    assert ask(network) == ""
    assert (pairs(network), network.leaves()) == (before, leaves + 1)
    # The adversary is the exchange: its own verdict is whatever it likes.
    without(network.exchange.jurist, "decide_rows", lambda *_: iter((permit,)))
    assert ask(network) == ""
    assert (pairs(network), network.leaves()) == (before, leaves + 2)
    patched = without(admit, "joint", lambda own, other: other)
    without(Admission, "_blind", blind_anyway)
    assert ask(network) == "ticket-false"
    assert (pairs(network), network.leaves()) == (before, leaves + 2)
    without(network.keeper.jurist, "decide_rows", lambda *_: iter((permit,)))
    assert ask(network) == ""
    assert pairs(network) == before + 1
    patched.undo()


def blind_anyway(self: Admission, txid: Any, i: int, row: Any, decision: Any, verdict: Verdict) -> BlindRow:
    """The keeper's blinding as for a permit."""
    secrets = self._state.secrets
    done = admit.admit_pair(row, admit.beta(secrets.beta, txid, i), secrets.layer, secrets.audit)
    return BlindRow(done.R, done.B or b"", done.U)


def lawful(network: Network) -> Any:
    """A true Permit, for another question: what the adversary's exchange shows itself."""
    message, state = written(network, register_question()), network.exchange
    return examine.examine(state, message.inquiry, frozenset({"012131"})).decisions[0]


def test_a_refusal_of_the_exchange_stands(network: Network) -> None:
    """A permit needs both: where the keeper would permit, the exchange's refusal is recorded and nothing is released."""
    no = msgspec.structs.replace(YES, permit=False, basis=())

    async def refuse(batch: Batch[Admit], forward: Forward) -> Results[Admitted]:
        return await forward(Batch(tuple(msgspec.structs.replace(one, verdicts=(no,)) for one in batch.each)))  # type: ignore[no-any-return]

    before = pairs(network)
    with sitting(network, "/keeper/admit", refuse):
        assert fault_in(send(network, written(network, register_question()).inquiry)) == ""
    assert pairs(network) == before
