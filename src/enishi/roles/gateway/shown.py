"""What a caller of the API is shown of an inquiry: verdicts, grounds, outcomes, documents, receipts; built from the record alone."""

import sqlite3
from typing import Final, Literal

import msgspec

from enishi.clock import moment
from enishi.errors import Unknown
from enishi.protocol.outcome import Answer, SignedOutcome, claimed_outcome
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.protocol.record import GroundShown
from enishi.protocol.statement import AffairRef
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import FaultForm
from enishi.roles.gateway import asked
from enishi.roles.gateway.answering.words import Words, meaning
from enishi.roles.gateway.asked import StoredItem
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.each import fault_from
from enishi.terms import Absence, Outcome, Txid

_SHOWN: Final[dict[str, Literal["sending", "waiting", "ended"]]] = {"sending": "sending", "waiting": "waiting", "ended": "ended"}


class ReceiptShown(msgspec.Struct, frozen=True):
    """Where an item stands in the log: position, leaf hash (base64) and time (RFC 3339)."""

    index: int
    leaf_hash: bytes
    at: str
    audit_epoch: int


class AbsentShown(msgspec.Struct, frozen=True):
    """Why an item that was asked for has no document: nothing is registered, or the source says that there is no such data; in words too."""

    why: Absence
    told: Words


class ItemShown(msgspec.Struct, frozen=True, kw_only=True):
    """One person of an inquiry."""

    item_id: str
    case: str
    verdict: Literal["permit", "refusal"] | None
    """None while the message has not reached the log."""
    basis: tuple[str, ...] = ()
    grounds: tuple[GroundShown, ...] = ()
    remedies: tuple[dict[str, str], ...] = ()
    marks: tuple[str, ...] = ()
    outcome: Outcome | None = None
    citation: str = ""
    deadline: str | None = None
    documents: dict[str, tuple[msgspec.Raw, ...]] = {}
    schemas: dict[str, str] = {}
    as_of: dict[str, str] = {}
    """Data item → when the provider's source held the document (RFC 3339); absent where the provider does not know."""
    absent: dict[str, AbsentShown] = {}
    """Data item asked for without a document → why."""
    told: Words | None = None
    """What the outcome means and what to do next; None while there is none."""
    receipt: ReceiptShown | None = None


class HeldShown(msgspec.Struct, frozen=True, kw_only=True):
    """An item that waits for an official of the provider: who asks what, for which affair, about whom (local number), why, until when.

    Past its deadline it stays open; nothing is decided by silence.
    """

    item_id: str
    inquirer: str
    affair: AffairRef
    purpose_item: str
    items: tuple[str, ...]
    period: str
    relation: str
    person: str
    reason: str
    """protected, review, disputed, item, copy or source; never told to the inquirer."""
    asked_at: str
    deadline: str
    urgency: Literal["waiting", "due_soon", "overdue"]
    returned: str
    """The slug of the fault for which the log did not take the last decision; it is to be decided anew. Empty where none was returned."""


class InquiryShown(msgspec.Struct, frozen=True):
    """An inquiry: `sending` until the log has it, `waiting` while an outcome is to come, `ended`."""

    txid: str
    state: Literal["sending", "waiting", "ended"]
    items: tuple[ItemShown, ...]


def show(connection: sqlite3.Connection, txid: Txid, caller: Caller) -> InquiryShown:
    """The inquiry of an id as it stands in the record; Unknown("inquiry-unknown"), also where another system asked it.

    An inquiry that was refused before anything was recorded raises the fault it was refused with.
    """
    stored = asked.load(connection, txid)
    if stored.system != caller.system:
        raise Unknown("inquiry-unknown", field="txid")
    if stored.fault:
        raise fault_from(msgspec.json.decode(stored.fault, type=FaultForm))
    items = tuple(item_shown(item) for item in asked.items_of(connection, stored.txid))
    return InquiryShown(stored.txid.hex(), _SHOWN[stored.state], items)


def item_shown(item: StoredItem) -> ItemShown:
    """One person of an inquiry, from the record."""
    if not item.receipt:
        return ItemShown(item_id=item.item_id.hex(), case=item.case_reference, verdict=None)
    receipt = msgspec.json.decode(msgspec.msgpack.decode(item.receipt, type=SignedReceipt).receipt, type=Receipt)
    shown = ItemShown(
        item_id=item.item_id.hex(),
        case=item.case_reference,
        verdict="refusal" if receipt.verdict == "refusal" else "permit",
        basis=receipt.basis,
        receipt=ReceiptShown(receipt.index, receipt.leaf_hash, time_of(receipt.at_ms), receipt.audit_epoch),
    )
    if item.refusal:
        return _refused(shown, msgspec.json.decode(item.refusal, type=Verdict))
    if receipt.verdict != "permit":
        return msgspec.structs.replace(shown, outcome=Outcome.UNAVAILABLE, told=meaning(Outcome.UNAVAILABLE))
    return _answered(shown, item) if item.outcome else shown


def _refused(shown: ItemShown, verdict: Verdict) -> ItemShown:
    return msgspec.structs.replace(shown, grounds=verdict.grounds, remedies=verdict.remedies, marks=verdict.marks)


def _answered(shown: ItemShown, item: StoredItem) -> ItemShown:
    outcome = claimed_outcome(msgspec.msgpack.decode(item.outcome, type=SignedOutcome))
    answer = msgspec.json.decode(item.answer, type=Answer)
    return msgspec.structs.replace(
        shown,
        outcome=outcome.kind,
        citation=outcome.citation,
        deadline=time_of(outcome.deadline_ms) if outcome.deadline_ms else None,
        documents=answer.documents,
        schemas=answer.schemas,
        as_of={item: time_of(at_ms) for item, at_ms in answer.as_of.items()},
        absent={item: AbsentShown(why, meaning(why)) for item, why in answer.absent.items()},
        # "Not registered" and "no such data" are one kind of outcome; which it is, every item says for itself.
        told=meaning(outcome.kind) if outcome.kind is not Outcome.NOT_REGISTERED else _nothing(answer),
    )


def _nothing(answer: Answer) -> Words:
    everywhere = set(answer.absent.values()) == {Absence.NO_SUCH_DATA}
    return meaning(Absence.NO_SUCH_DATA if everywhere else Outcome.NOT_REGISTERED)


def time_of(at_ms: int) -> str:
    """A time as the API writes it: RFC 3339 in JST, to the millisecond."""
    return moment(at_ms).isoformat(timespec="milliseconds")
