"""Messages of the mesh doors (msgpack): what one role asks of another.  Every batch is answered one for one, a result or a fault each."""

from typing import Annotated, Generic, TypeVar

import msgspec

from enishi.encoding import Bytes16, Bytes32, Bytes64, exactly
from enishi.errors import Fault
from enishi.protocol.enrol import Transcript
from enishi.protocol.mandate import MandateShown
from enishi.protocol.offer import OfferShown
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.rows import ShownRow
from enishi.protocol.statement import Inquiry
from enishi.protocol.verdict import Verdict
from enishi.protocol.view import CardSigned, LogView
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId, ItemId, Txid

T = TypeVar("T")


class FaultForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault as a value inside a batch's reply: class by HTTP status, slug, detail, field."""

    status: int
    code: str
    detail: str
    field: str

    @classmethod
    def of(cls, fault: Fault) -> "FaultForm":
        """The form of a fault."""
        return cls(fault.status, fault.code, fault.detail, fault.field)


class Result(msgspec.Struct, Generic[T], frozen=True, forbid_unknown_fields=True):
    """One place of a batch's reply: a value, or a fault that concerns this place alone."""

    value: T | None = None
    fault: FaultForm | None = None


class Results(msgspec.Struct, Generic[T], frozen=True, forbid_unknown_fields=True):
    """The reply to a batch, in its order."""

    results: tuple[Result[T], ...]


class Batch(msgspec.Struct, Generic[T], frozen=True, forbid_unknown_fields=True):
    """A batch of requests of one form."""

    each: tuple[T, ...]


class Empty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to say."""


# ---- gateway A → exchange ----------------------------------------------------------------------------------------------------------


class ItemReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What A learns of one item: its receipt, and where permitted the provider's signed outcome, sealed answer, and place of the outcome leaf."""

    receipt: SignedReceipt
    refusal: bytes
    """JSON of the Verdict where the receipt says refusal; empty otherwise."""
    outcome: SignedOutcome | None
    outcome_index: int
    sealed: bytes


class InquiryReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reply to one message, an entry per row."""

    txid: Annotated[Txid, exactly(32)]
    items: tuple[ItemReply, ...]


# ---- exchange → keeper -------------------------------------------------------------------------------------------------------------


class Admit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message with the exchange's verdict per row."""

    inquiry: Inquiry
    verdicts: tuple[Verdict, ...]


class BlindRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A row under β: (βR, βB, βU); B is empty for a refusal or a look."""

    r: Bytes32
    b: bytes
    u: Bytes32


class StoredItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the keeper holds of an item that was recorded before: enough to answer a retry or to deliver it again."""

    item_id: Annotated[ItemId, exactly(32)]
    receipt: SignedReceipt
    refusal: bytes
    notice: bytes
    """Sealed to the disclosure key: the NoticeSeed; empty once the outcome is final."""
    outcome: SignedOutcome | None
    outcome_index: int


class Admitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Either a ticket with blinded rows, or (a retry) the stored items."""

    ticket: bytes
    verdicts: tuple[Verdict, ...]
    """The joint verdicts: permit only where both operators permit."""
    rows: tuple[BlindRow, ...]
    stored: tuple[StoredItem, ...]


class Commit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rows after the exchange's step, with everything the ticket binds."""

    inquiry: Inquiry
    verdicts: tuple[Verdict, ...]
    ticket: bytes
    given: tuple[BlindRow, ...]
    rows: tuple[BlindRow, ...]


class CommittedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One recorded item: its receipt, and B's pair where permitted (empty strings otherwise)."""

    item_id: Annotated[ItemId, exactly(32)]
    receipt: SignedReceipt
    refusal: bytes
    pair_r: bytes
    pair_c: bytes


class Committed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The recorded items of one message, in its order."""

    items: tuple[CommittedItem, ...]


class OutcomeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider's signed outcome on its way to the log; on no_such_person with the exchange's hop proof."""

    outcome: SignedOutcome
    hop: bytes


class ItemIds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Items by id; none asks for all that are open."""

    each: tuple[Annotated[ItemId, exactly(32)], ...]


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The leaf index of an outcome."""

    index: int


class Pending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Items whose intent stands without a final outcome: the keeper's rows are the outbox."""

    items: tuple[StoredItem, ...]


class LogSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the exchange has seen the log: so many leaves, and place and leaf hash of the newest receipt (-1 and empty before the first)."""

    size: int
    place: int
    leaf_hash: bytes


class NoticeSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Enough to deliver a notice again after a crash, and to prove the exchange's hop; rests at the keeper, sealed to the exchange."""

    statement: Envelope
    place: int
    row: ShownRow
    path: tuple[Bytes32, ...]
    pair_r: Bytes32
    pair_c: Bytes32
    given: BlindRow
    returned: BlindRow


# ---- exchange → gateway B ----------------------------------------------------------------------------------------------------------


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """ProvisionNotice (Art. 21(2)): the statement, one row without ciphertexts under its Merkle path, the receipt, and B's pair."""

    statement: Envelope
    place: int
    row: ShownRow
    path: tuple[Bytes32, ...]
    receipt: SignedReceipt
    pair_r: Bytes32
    pair_c: Bytes32


class NoticeReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """B's signed outcome and the sealed answer it names."""

    outcome: SignedOutcome
    sealed: bytes


class Fetch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ask B for the stored answer of an item again (retries)."""

    provider: InstitutionId
    item_id: Annotated[ItemId, exactly(32)]


# ---- enrolment ---------------------------------------------------------------------------------------------------------------------


class EnrolPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person by number, or by one-use acquisition number (取得番号, Art. 21-2) where the institution may not know the number; the other
    one is empty.

    `ref` is the institution's random handle (16 bytes) under which the code comes back.
    """

    ref: Bytes16
    individual_number: str = ""
    acquisition_number: str = ""


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An institution asks the registrar to have people enrolled, on a legal basis."""

    institution: InstitutionId
    basis: str
    people: tuple[EnrolPerson, ...]


class EnrolReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Refs that were enrolled, and refs whose number the registrar does not know."""

    enrolled: int
    unknown: tuple[Bytes16, ...]


class EnrolOperate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The registrar's signed batch, on to the exchange and with its step to the keeper."""

    batch: Envelope
    exchange: bytes = b""


class Deliver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keeper gives a transcript straight to the institution's gateway."""

    transcript: Transcript


# ---- views -------------------------------------------------------------------------------------------------------------------------


class ViewAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Portal → registrar: the card-signed request."""

    signed: CardSigned
    face: Envelope
    """The face's own signature over the request's bytes."""


class ViewAskReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The registrar's View, signed by it; the face countersigns and sends it to the exchange. Beside it what the person handed over, and
    their mandates; both empty for a look on somebody else's behalf.

    Where that is nothing the field is not written, so a portal of 0.1.0 reads the reply, too.
    """

    view: Envelope
    offers: tuple[OfferShown, ...] = ()
    mandates: tuple[MandateShown, ...] = ()


class ViewMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A View signed by face and registrar."""

    view: Envelope


class ViewAdmitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ticket and blinded element of a look."""

    ticket: bytes
    row: BlindRow


class ViewCommit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The element after the exchange's step."""

    view: Envelope
    ticket: bytes
    row: BlindRow


class ViewReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The person's log, sealed to the answer key of the request."""

    sealed: bytes


class ViewCommitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The person's log with bodies still sealed to the disclosure key."""

    log: LogView


# ---- snapshots ---------------------------------------------------------------------------------------------------------------------


class SnapshotReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The registry snapshot with both signatures (a draft: the exchange's alone), and the suspension notes in force on top of it.

    Where there is no note the field is not written, so a reader of 0.1.0 reads it too.
    """

    snapshot: Envelope
    suspensions: tuple[Envelope, ...] = ()


class ShareRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange asks the keeper for its public parts for these (institution, epoch) and the audit epoch."""

    targets: tuple[tuple[str, int], ...]
    audit_epoch: int


class KeeperParts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The keeper's public parts for a snapshot."""

    s_root: Bytes32
    s_root_proof: Bytes64
    layer: Bytes32
    layer_proof: Bytes64
    signing: Bytes32
    audit_elgamal: Bytes32
    audit_proof: Bytes64
    audit_share: Bytes32
    shares: tuple[Bytes32, ...]
    log_origin: str
    log_key: str
