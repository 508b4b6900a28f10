"""What the inquirer checks before it believes a reply: receipts, outcomes, seals, documents, each against the statement that it signed itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from enishi.errors import Tampered
from enishi.items import validate
from enishi.protocol.forms import read_payload
from enishi.protocol.outcome import Answer, GivenOutcome, answer_hash, answer_info, check_outcome, check_transition
from enishi.protocol.receipt import Receipt, check_receipt
from enishi.protocol.statement import Statement, item_id_of
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import InquiryReply, ItemReply
from enishi.roles.gateway.answers import Asked, item_of
from enishi.roles.gateway.notices import check_parties
from enishi.roles.gateway.registry import Known
from enishi.seal.hpke import SealingKey, open_sealed
from enishi.seal.pad import unpad
from enishi.terms import ItemId, Outcome, Txid


@dataclass(frozen=True)
class Sent:
    """A stored message as replies are checked against it, with the kind of each item's newest outcome so far."""

    txid: Txid
    statement: Statement
    reply_key: SealingKey = field(repr=False)
    before: Mapping[ItemId, Outcome]


@dataclass(frozen=True)
class Received:
    """One item of a reply, checked: the reply's own bytes for the record, and what they say."""

    item_id: ItemId
    reply: ItemReply
    receipt: Receipt
    refusal: Verdict | None
    outcome: GivenOutcome | None
    answer: bytes = field(repr=False)
    """JSON of the opened Answer, empty without an outcome."""

    @property
    def final(self) -> bool:
        """True where nothing more can come: refused, ended by a final outcome, or recorded without a provider (`unplaced`)."""
        if self.outcome is not None:
            return not self.outcome.kind.interim
        return self.receipt.verdict != "permit"


def check_reply(sent: Sent, reply: InquiryReply, known: Known) -> tuple[Received, ...]:
    """Check a whole reply, an entry per row; Tampered or Malformed if anything in it does not hold, and then nothing of it is kept."""
    if reply.txid != sent.txid or len(reply.items) != sent.statement.count:
        raise Tampered("reply-other-inquiry", field="txid")
    return tuple(_check_item(sent, i, item, known) for i, item in enumerate(reply.items))


def _check_item(sent: Sent, i: int, item: ItemReply, known: Known) -> Received:
    asked = Asked(sent.txid, item_id_of(sent.txid, i), sent.statement, "")
    # (1) The keeper recorded this very item between these parties.
    receipt = check_receipt(item.receipt, known.snapshot.keeper.signing)
    check_parties(receipt, asked)
    if receipt.verdict == "refusal":
        return Received(asked.item_id, item, receipt, _refusal(item), None, b"")
    if item.outcome is None or receipt.verdict != "permit":
        return Received(asked.item_id, item, receipt, None, None, b"")
    outcome = _check_outcome(asked, item, known)
    # (4) An inquiry ends once: what was final stays, and the same outcome again changes nothing.
    before = sent.before.get(asked.item_id)
    if before is not outcome.kind:
        check_transition(before, outcome.kind)
    return Received(asked.item_id, item, receipt, None, outcome, _open(asked, sent.reply_key, item.sealed, outcome))


def _refusal(item: ItemReply) -> Verdict:
    verdict = read_payload(item.refusal, Verdict, "verdict")
    if verdict.permit or item.outcome is not None or item.sealed:
        raise Tampered("refusal-with-answer", field="outcome")
    return verdict


def _check_outcome(asked: Asked, item: ItemReply, known: Known) -> GivenOutcome:
    assert item.outcome is not None
    # (2) The provider that was asked, and no other, signed this outcome for this item.
    outcome = check_outcome(item.outcome, known.snapshot.signing_keys)
    if (outcome.item_id, outcome.provider, outcome.provider_epoch) != (asked.item_id, asked.statement.provider, asked.statement.provider_epoch):
        raise Tampered("outcome-other-item", field="outcome")
    # (3) The sealed answer is the one that the outcome names.
    if outcome.answer_hash != answer_hash(item.sealed):
        raise Tampered("answer-other", field="sealed")
    return outcome


def _open(asked: Asked, key: SealingKey, sealed: bytes, outcome: GivenOutcome) -> bytes:
    # (5) It opens with the one-time key for this item alone, and says what the outcome says.
    plain = unpad(open_sealed(key, answer_info(asked.txid, asked.item_id), sealed))
    answer = read_payload(plain, Answer, "answer")
    if (answer.item_id, answer.kind) != (asked.item_id, outcome.kind):
        raise Tampered("answer-other", field="sealed")
    _read_signed_documents(asked, answer)
    return msgspec.json.encode(answer)


def _read_signed_documents(asked: Asked, answer: Answer) -> None:
    # (6) Only what was asked for, only in an outcome that provides, and each document as its schema says.
    wanted = {item_of(name).id for name in asked.statement.items}
    if not answer.documents.keys() <= wanted or (answer.documents and answer.kind is not Outcome.PROVIDED):
        raise Tampered("answer-not-asked", field="documents")
    # (7) What is said to be absent was asked for, is not there as well, and is said in an outcome that looked.
    there = {item for item, documents in answer.documents.items() if documents}
    looked = answer.kind in (Outcome.PROVIDED, Outcome.NOT_REGISTERED)
    if not answer.absent.keys() <= wanted - there or (answer.absent and not looked):
        raise Tampered("answer-not-asked", field="absent")
    for item, documents in answer.documents.items():
        for document in documents:
            validate(item, bytes(document))
