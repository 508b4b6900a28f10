"""Attack: an outcome that the provider never gave, gave for another item, or gave before the item ended."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import Written, send, sitting, written
from attacks.network_attack import Network, fault_in
from attacks.wire_attack import Forward
from enishi import clock
from enishi.errors import Unavailable
from enishi.protocol.outcome import SignedOutcome, answer_hash, claimed_outcome, sign_outcome
from enishi.protocol.statement import item_id_of
from enishi.protocol.wire import Batch, Fetch, NoticeReply, OutcomeForm, Recorded, Results
from enishi.roles.gateway import received
from enishi.roles.gateway.desk import Decision
from enishi.roles.keeper import outcome
from enishi.roles.keeper.outcome import Outcomes
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, Outcome
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question, tax_question

pytestmark = pytest.mark.xdist_group("attacks")
FORGER = SigningKey.generate()


def forged(message: Written, provider: str = "moj", key: SigningKey = FORGER) -> Envelope:
    """An outcome in the provider's name, with a key that is not the provider's unless one is given."""
    return sign_outcome(
        SignedOutcome(
            v=1,
            item_id=item_id_of(message.txid, 0),
            provider=InstitutionId(provider),
            provider_epoch=1,
            kind=Outcome.NOT_REGISTERED,
            answer_hash=answer_hash(b"nothing"),
            at_ms=clock.now_ms(),
            deadline_ms=0,
            citation="",
            nondisclosure=None,
        ),
        key,
    )


def record(network: Network, envelope: Envelope) -> Results[Recorded]:
    """The exchange brings an outcome to the keeper."""
    reply: Results[Recorded] = network.call("exchange", "keeper", "/keeper/outcome", Batch((OutcomeForm(envelope, b""),)), Results[Recorded])
    return reply


def unanswered(network: Network, question: dict[str, Any]) -> Written:
    """A recorded item whose notice the exchange keeps back."""

    async def keep_back(batch: Any, forward: Forward) -> Results[NoticeReply]:
        raise Unavailable("peer-unreachable")

    message = written(network, question)
    with sitting(network, "/gateway/notice", keep_back):
        send(network, message.inquiry)
    return message


def state_of(network: Network, message: Written) -> str:
    return str(network.rows("SELECT state FROM item WHERE txid = ?", message.txid)[0][0])


def test_an_outcome_forged_by_the_exchange(network: Network, without: Without) -> None:
    """Success is an item that ended without its provider."""
    message = unanswered(network, register_question())
    assert fault_in(record(network, forged(message))) == "signature-invalid"
    assert state_of(network, message) == "open"
    patched = without(outcome, "check_outcome", lambda envelope, keys: claimed_outcome(envelope))
    assert fault_in(record(network, forged(message))) == ""
    assert state_of(network, message) == "final"
    patched.undo()


def test_an_outcome_forged_and_told_to_the_inquirer(network: Network, without: Without) -> None:
    """The inquirer checks for itself; behind the signature stands the seal, which the exchange cannot make say the same as its outcome."""
    message = written(network, register_question())
    reply = network.call("platform-1", "exchange", "/exchange/inquire", Batch((message.inquiry,)), Results[received.InquiryReply]).results[0].value
    told = received.InquiryReply(reply.txid, (msgspec.structs.replace(reply.items[0], outcome=forged(message)),))
    sent = received.Sent(message.txid, message.statement, message.reply_key, {})
    with pytest.raises(received.Tampered, match="signature-invalid"):
        received.check_reply(sent, told, network.asker.registry.current())
    patched = without(received, "check_outcome", lambda envelope, keys: claimed_outcome(envelope))
    with pytest.raises(received.Tampered, match="answer-other"):
        received.check_reply(sent, told, network.asker.registry.current())
    without(received, "answer_hash", lambda sealed: answer_hash(b"nothing"))
    with pytest.raises(received.Tampered, match="answer-other"):
        received.check_reply(sent, told, network.asker.registry.current())
    without(received, "_open", lambda *_: b"{}")
    (kept,) = received.check_reply(sent, told, network.asker.registry.current())
    assert kept.outcome is not None
    assert kept.outcome.kind is Outcome.NOT_REGISTERED
    patched.undo()


def test_an_outcome_given_by_another_provider(network: Network, without: Without) -> None:
    """Success is that one institution ends an item that another was asked: a true signature, under the wrong name."""
    message = unanswered(network, register_question())
    envelope = forged(message, "digital", network.provider.tenants["digital"].key(1).signing)
    assert fault_in(record(network, envelope)) == "outcome-not-yours"
    assert state_of(network, message) == "open"
    real = Outcomes._standing

    def standing(self: Outcomes, connection: Any, claim: Any) -> Any:
        found = real(self, connection, claim)
        return found and msgspec.structs.replace(found, receipt=msgspec.structs.replace(found.receipt, provider=claim.provider))

    patched = without(Outcomes, "_standing", standing)
    assert fault_in(record(network, envelope)) == ""
    assert state_of(network, message) == "final"
    patched.undo()


def test_an_earlier_outcome_after_the_end(network: Network, without: Without) -> None:
    """The exchange brings the provider's own "held" once more after the item has ended.  Success is that the end is undone."""
    message = written(network, tax_question(STORY.protected))
    send(network, message.inquiry)
    held = network.run(fetched(network, message)).outcome
    desk, tenant = network.provider.desk, network.provider.tenants[STORY.loan.provider]
    network.run(desk.decide(tenant, item_id_of(message.txid, 0), Decision("provide"), "officer"))
    assert state_of(network, message) == "final"
    assert fault_in(record(network, held)) == "outcome-final"
    assert state_of(network, message) == "final"
    patched = without(outcome, "check_transition")
    assert fault_in(record(network, held)) == ""
    assert state_of(network, message) == "held"
    patched.undo()


async def fetched(network: Network, message: Written) -> NoticeReply:
    provider = InstitutionId(STORY.loan.provider)
    return await network.provider.provide.fetch(Fetch(provider, item_id_of(message.txid, 0)), network.peer("exchange"))


def test_the_inquirer_is_told_only_what_is_recorded(network: Network) -> None:
    """A reply whose outcome the log refuses never reaches the inquirer: it has its receipt, and no outcome."""

    async def lie(batch: Any, forward: Forward) -> Results[Recorded]:
        return await forward(Batch(tuple(OutcomeForm(forged_like(form.outcome), b"") for form in batch.each)))  # type: ignore[no-any-return]

    with sitting(network, "/keeper/outcome", lie):
        txid = network.ask(register_question())
    shown = network.shown(txid)
    assert (shown.state, shown.items[0].outcome, shown.items[0].receipt is not None) == ("waiting", None, True)


def forged_like(envelope: Envelope) -> Envelope:
    return sign_outcome(msgspec.structs.replace(claimed_outcome(envelope), kind=Outcome.NOT_REGISTERED), FORGER)
