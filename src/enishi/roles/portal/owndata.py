"""One's own data at an institution: what a person asked for and what came back, checked against the institution's signature and the items' forms."""

from collections.abc import Mapping

import msgspec

from enishi.errors import Tampered
from enishi.items import read
from enishi.protocol.forms import read_payload
from enishi.protocol.letters import LETTER
from enishi.protocol.outcome import Answer, GivenOutcome, answer_hash, answer_info, check_outcome
from enishi.protocol.receipt import Receipt, check_receipt
from enishi.protocol.registry import Snapshot
from enishi.protocol.self_disclosure import ROOT, SelfStatement
from enishi.protocol.statement import item_id_of
from enishi.protocol.wire import ItemReply
from enishi.seal.hpke import SealingKey, open_sealed
from enishi.seal.pad import unpad
from enishi.terms import Absence, Outcome, Txid


class OwnData(msgspec.Struct, frozen=True, kw_only=True):
    """What a holder answered; `outcome` is None while the request waits for it. `documents` are JSON by slug, `as_of` and times milliseconds UTC."""

    holder: str
    items: tuple[str, ...]
    period: str
    item_id: bytes
    index: int
    at_ms: int
    outcome: Outcome | None
    deadline_ms: int = 0
    citation: str = ""
    documents: Mapping[str, tuple[bytes, ...]] = {}
    absent: Mapping[str, Absence] = {}
    as_of: Mapping[str, int] = {}


class Checked(msgspec.Struct, frozen=True):
    """A reply whose signatures hold: the receipt, and outcome and answer where the holder has answered."""

    receipt: Receipt
    outcome: GivenOutcome | None = None
    answer: Answer | None = None


def check_own(said: SelfStatement, txid: Txid, reply: ItemReply, key: SealingKey, snapshot: Snapshot) -> OwnData:
    """Believe an answer only after every check; Tampered or Malformed names the one that failed."""
    checked = check_reply(said, txid, reply, key, snapshot)
    if checked.outcome is None or checked.answer is None:
        return _waiting(said, checked.receipt)
    return _opened(said, checked.receipt, checked.outcome, checked.answer)


def check_reply(said: SelfStatement, txid: Txid, reply: ItemReply, key: SealingKey, snapshot: Snapshot) -> Checked:
    """The checks that every answer to a request of kind `self` must pass, whatever it holds; Tampered or Malformed."""
    # (1) The keeper recorded this very request, of this holder, and nothing else.
    receipt = check_receipt(reply.receipt, snapshot.keeper.signing)
    item_id = item_id_of(txid, 0)
    shown = (receipt.item_id, receipt.inquirer, receipt.provider, receipt.provider_epoch, receipt.verdict)
    if shown != (item_id, ROOT, said.holder, said.holder_epoch, "self"):
        raise Tampered("receipt-other-item", field="receipt")
    if reply.outcome is None:
        return Checked(receipt)
    # (2) The holder that was asked signed this outcome of this item; (3) the sealed answer is the one that it names.
    outcome = check_outcome(reply.outcome, snapshot.signing_keys)
    if (outcome.item_id, outcome.provider, outcome.provider_epoch) != (item_id, said.holder, said.holder_epoch):
        raise Tampered("outcome-other-item", field="outcome")
    if outcome.answer_hash != answer_hash(reply.sealed):
        raise Tampered("answer-other", field="sealed")
    # (4) It says what the outcome says, (5) only of what was asked for.
    answer = read_payload(unpad(open_sealed(key, answer_info(txid, item_id), reply.sealed)), Answer, "answer")
    if (answer.item_id, answer.kind) != (item_id, outcome.kind):
        raise Tampered("answer-other", field="sealed")
    # A letter that waits for its answer is shown as it arrived; nothing else that waits has documents.
    given = answer.kind is Outcome.PROVIDED or (answer.kind is Outcome.HELD and said.items == (LETTER,))
    if not (answer.documents.keys() | answer.absent.keys()) <= set(said.items) or (answer.documents and not given):
        raise Tampered("answer-not-asked", field="documents")
    return Checked(receipt, outcome, answer)


def _opened(said: SelfStatement, receipt: Receipt, outcome: GivenOutcome, answer: Answer) -> OwnData:
    # (6) Each document is as its schema says.
    documents = {item: tuple(bytes(one) for one in each) for item, each in answer.documents.items() if each}
    for item, each in documents.items():
        for one in each:
            read(item, one)
    return msgspec.structs.replace(
        _waiting(said, receipt),
        outcome=outcome.kind,
        deadline_ms=outcome.deadline_ms,
        citation=outcome.citation,
        documents=documents,
        absent=answer.absent,
        as_of=answer.as_of,
    )


def _waiting(said: SelfStatement, receipt: Receipt) -> OwnData:
    return OwnData(
        holder=said.holder,
        items=said.items,
        period=said.period,
        item_id=receipt.item_id,
        index=receipt.index,
        at_ms=receipt.at_ms,
        outcome=None,
    )
