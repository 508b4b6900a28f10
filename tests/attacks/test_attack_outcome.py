"""Attack: an outcome that the provider never gave, gave for another item, or gave before the item ended."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import Written, send, sitting, written
from attacks.network_attack import Network, fault_in
from attacks.wire_attack import Forward
from enishi import clock
from enishi.errors import Unavailable
from enishi.protocol import outcome as protocol_outcome
from enishi.protocol.forms import sign_form
from enishi.protocol.outcome import GivenOutcome, OutcomeRoot, SignedOutcome, answer_hash, claimed_outcome, sign_outcome, sign_outcomes
from enishi.protocol.statement import item_id_of
from enishi.protocol.wire import Batch, Fetch, NoticeReply, OutcomeForm, Recorded, Results
from enishi.roles.gateway import received
from enishi.roles.gateway.desk import Decision
from enishi.roles.keeper import outcome
from enishi.roles.keeper.outcome import Outcomes
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId, Outcome
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question, tax_question

pytestmark = pytest.mark.xdist_group("attacks")
FORGER = SigningKey.generate()


def forged(message: Written, provider: str = "moj", key: SigningKey = FORGER) -> SignedOutcome:
    """An outcome in the provider's name, with a key that is not the provider's unless one is given."""
    return sign_outcome(said(message, provider), key)


def said(message: Written, provider: str = "moj") -> GivenOutcome:
    return GivenOutcome(
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
    )


def record(network: Network, envelope: SignedOutcome) -> Results[Recorded]:
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


def moved(network: Network, message: Written) -> Iterator[tuple[str, SignedOutcome]]:
    """True heads of the provider over other outcomes, with what the exchange would have them hold."""
    false, key = said(message), network.provider.tenants["moj"].key(1).signing
    others = [msgspec.structs.replace(false, item_id=ItemId(bytes([n]) * 32)) for n in range(1, 5)]
    first, second, *_ = sign_outcomes(others, key, clock.now_ms())
    (alone,) = sign_outcomes(others[:1], key, clock.now_ms())
    payload = msgspec.json.encode(false)
    yield "inclusion-broken", msgspec.structs.replace(first, outcome=payload)
    yield "inclusion-broken", msgspec.structs.replace(second, outcome=payload)
    yield "inclusion-broken", msgspec.structs.replace(first, outcome=payload, payload=alone.payload, signatures=alone.signatures)
    yield "inclusion-broken", msgspec.structs.replace(first, outcome=payload, path=first.path[:1])
    yield "proof-position", msgspec.structs.replace(first, outcome=payload, place=4)


def test_an_outcome_moved_under_a_head_of_the_provider(network: Network, without: Without) -> None:
    """The exchange holds heads that the provider did sign.  Success is an item ended by an outcome that stands under none of them."""
    every = [list(moved(network, message)) for message in [unanswered(network, register_question()) for _ in range(5)]]
    for which, tried in enumerate(every):
        code, false = tried[which]
        assert fault_in(record(network, false)) == code
        patched = without(protocol_outcome, "check_place")
        assert fault_in(record(network, false)) == ""
        patched.undo()


def test_a_head_by_another_institution(network: Network, without: Without) -> None:
    """An institution signs a root over an outcome in another's name.  Success is that it ends what the other was asked."""
    message, key = unanswered(network, register_question()), network.provider.tenants["digital"].key(1).signing
    mine = sign_outcome(msgspec.structs.replace(said(message), provider=InstitutionId("digital")), key)
    wanted = forged(message)
    root = msgspec.json.decode(wanted.payload, type=OutcomeRoot)
    own = sign_form(msgspec.structs.replace(root, provider=InstitutionId("digital")), "outcomes", key, mine.signatures[0].keyid)
    posed = sign_form(root, "outcomes", key, "moj/1")
    for head, code, behind in ((own, "signature-missing", "outcome-not-yours"), (posed, "signature-invalid", "")):
        false = msgspec.structs.replace(wanted, payload=head.payload, signatures=head.signatures)
        assert fault_in(record(network, false)) == code
        patched = without(protocol_outcome, "open_head", lambda head, form, *_: msgspec.json.decode(head.payload, type=form))
        assert state_of(network, message) == "open"
        assert fault_in(record(network, false)) == behind
        patched.undo()
    assert state_of(network, message) == "final"


def test_two_outcomes_of_one_item_under_one_root(network: Network, without: Without) -> None:
    """The provider itself signs two ends of one item and brings them one after the other.  Success is an item that ends twice."""
    message = unanswered(network, register_question())
    ends = [msgspec.structs.replace(said(message), kind=kind) for kind in (Outcome.NOT_REGISTERED, Outcome.PROVIDED)]
    first, second = sign_outcomes(ends, network.provider.tenants["moj"].key(1).signing, clock.now_ms())
    assert fault_in(record(network, first)) == ""
    before = network.leaves()
    assert fault_in(record(network, second)) == "outcome-final"
    assert network.leaves() == before
    patched = without(outcome, "check_transition")
    assert fault_in(record(network, second)) == ""
    assert network.leaves() != before
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


def forged_like(envelope: SignedOutcome) -> SignedOutcome:
    return sign_outcome(msgspec.structs.replace(claimed_outcome(envelope), kind=Outcome.NOT_REGISTERED), FORGER)
