"""Attack: the exchange puts a key of its own in the place of the inquirer's one-time answer key."""

import msgspec
import pytest

from attacks.adversary_attack import Written, send, sitting, written
from attacks.network_attack import Network
from attacks.wire_attack import Forward
from enishi.protocol.outcome import answer_info
from enishi.protocol.statement import item_id_of, read_statement, txid_of
from enishi.protocol.wire import Admit, Admitted, Batch, Commit, Committed, Notice, NoticeReply, Results
from enishi.roles.gateway import notices
from enishi.roles.keeper import admit
from enishi.roles.keeper.admit import Admission
from enishi.seal.dsse import Envelope
from enishi.seal.hpke import SealingKey, open_sealed
from enishi.seal.pad import unpad
from linkage.attacker_linkage import Without
from running.mesh_running import register_question

pytestmark = pytest.mark.xdist_group("attacks")


class Substituting:
    """An exchange with an answer key of its own."""

    def __init__(self) -> None:
        self.key = SealingKey.generate()
        self.fault = ""
        self.read = b""

    def with_own_key(self, envelope: Envelope) -> Envelope:
        statement = msgspec.structs.replace(read_statement(envelope.payload), reply_key=self.key.public)
        return msgspec.structs.replace(envelope, payload=msgspec.json.encode(statement))

    async def notice(self, batch: Batch[Notice], forward: Forward) -> Results[NoticeReply]:
        """Change the statement on its way to the provider, and read what comes back."""
        envelope = self.with_own_key(batch.each[0].statement)
        reply: Results[NoticeReply] = await forward(Batch((msgspec.structs.replace(batch.each[0], statement=envelope),)))
        (result,) = reply.results
        self.fault = result.fault.code if result.fault else ""
        if result.value is not None:
            txid = txid_of(envelope.payload)
            self.read = unpad(open_sealed(self.key, answer_info(txid, item_id_of(txid, 0)), result.value.sealed))
        return reply

    async def admission(self, batch: Batch[Admit], forward: Forward) -> Results[Admitted]:
        """Change it before the keeper sees it."""
        asked = batch.each[0]
        self.inquiry = msgspec.structs.replace(asked.inquiry, statement=self.with_own_key(asked.inquiry.statement))
        reply: Results[Admitted] = await forward(Batch((msgspec.structs.replace(asked, inquiry=self.inquiry),)))
        self.fault = reply.results[0].fault.code if reply.results[0].fault else ""
        return reply

    async def commit(self, batch: Batch[Commit], forward: Forward) -> Results[Committed]:
        """And commit what was changed."""
        return await forward(Batch((msgspec.structs.replace(batch.each[0], inquiry=self.inquiry),)))  # type: ignore[no-any-return]


def attempt(network: Network) -> tuple[Substituting, Written]:
    exchange, message = Substituting(), written(network, register_question())
    with sitting(network, "/gateway/notice", exchange.notice):
        send(network, message.inquiry)
    return exchange, message


def test_the_answer_key_exchanged_before_the_provider(network: Network, without: Without) -> None:
    """Success is that the exchange reads the answer.  The inquirer's signature is the check; behind it the receipt, which names another item."""
    real, _ = attempt(network)
    assert (real.fault, real.read) == ("signature-invalid", b"")
    patched = without(notices, "check_envelope")
    second, _ = attempt(network)
    assert (second.fault, second.read) == ("receipt-other-item", b"")
    without(notices, "check_parties")
    attacked, _ = attempt(network)
    assert b"documents" in attacked.read
    patched.undo()


def test_the_answer_key_exchanged_before_the_keeper(network: Network, without: Without) -> None:
    """Success is a record of a statement with the exchange's key.  Behind the signature stands π, whose challenge is bound to the txid."""
    exchange = Substituting()

    def act() -> str:
        with sitting(network, "/keeper/admit", exchange.admission), sitting(network, "/keeper/commit", exchange.commit):
            send(network, written(network, register_question()).inquiry)
        return exchange.fault

    before = network.leaves()
    assert act() == "signature-invalid"
    patched = without(admit, "check_envelope")
    assert act() == "pi-false"
    without(Admission, "_check_pi")
    assert network.leaves() == before
    assert act() == ""
    assert network.leaves() > before
    patched.undo()


def test_what_the_inquirer_is_told_after_a_substitution(network: Network) -> None:
    """Nothing is lost: the record stands, its receipt reaches the inquirer, and a later delivery ends the item."""
    exchange = Substituting()
    with sitting(network, "/gateway/notice", exchange.notice):
        txid = network.ask(register_question())
    shown = network.shown(txid)
    assert (shown.state, shown.items[0].verdict, shown.items[0].outcome) == ("waiting", "permit", None)
    network.run(network.asker.ask.again(network.tenant, txid))
    shown = network.shown(txid)
    assert (shown.state, shown.items[0].outcome) == ("ended", "provided")
