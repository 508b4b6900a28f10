"""Notices of change (docs/decisions/0007-notices-of-change.md): an inquirer subscribes to an item that it asked, the provider says "changed".

Both notes travel with what proves the earlier inquiry: its signed statement, its row, and the keeper's receipt of a permit. So whoever passes one on
can ask the law again, and nobody can have one sent about a person for whom they never asked.  A notice of change stands in the person's record before
it goes on: it is taken with the keeper's receipt of that, and not without.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec

from enishi.encoding import Bytes32, exactly
from enishi.errors import Denied, Tampered
from enishi.protocol.forms import Epoch, Moment, demand, open_form, payload_type, read_canonical, sign_form
from enishi.protocol.receipt import SignedReceipt, check_receipt
from enishi.protocol.rows import ShownRow, check_shown
from enishi.protocol.statement import THING as STATEMENT
from enishi.protocol.statement import WINDOW_MS, Statement, item_id_of, read_statement, signer_keyid, txid_of
from enishi.seal.dsse import Envelope, check_envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId

THING = "event"
LIMIT_MS = 366 * 24 * 3600 * 1000
"""The furthest end of a subscription from the time at which it is signed."""
EventKind = Literal["subscribe", "end", "changed"]


class EventNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one party signs: that it subscribes, ends its subscription, or that something has changed. Never what, and never how often."""

    v: int
    kind: EventKind
    item_id: Annotated[ItemId, exactly(32)]
    """The item of the earlier inquiry; means nothing to anybody but the two parties and the keeper."""
    by: InstitutionId
    epoch: Epoch
    ends_ms: Moment
    """For subscribe: when the subscription ends by itself; 0 otherwise."""
    at_ms: Moment


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A note with the proof of the inquiry that it rests on: statement, one row without ciphertexts under its Merkle path, receipt."""

    note: Envelope
    statement: Envelope
    place: int
    row: ShownRow
    path: tuple[Bytes32, ...]
    receipt: SignedReceipt
    told: SignedReceipt | msgspec.UnsetType = msgspec.UNSET
    """Of `changed`, from the exchange on: the keeper's receipt that the notice stands in the person's record."""


class Believed(NamedTuple):
    """A checked event: the note, the earlier statement, and the party that is to hear of it."""

    note: EventNote
    statement: Statement
    to: InstitutionId


def sign_note(note: EventNote, key: SigningKey) -> Envelope:
    """Sign as the institution in its key epoch."""
    return sign_form(note, THING, key, signer_keyid(note.by, note.epoch))


def claimed_note(envelope: Envelope) -> EventNote:
    """Read a note whose signature is still to be checked; Malformed("version-unknown", "event-until-wrong")."""
    note = read_canonical(envelope.payload, EventNote, THING)
    demand(note.v == 1, "version-unknown", f"version {note.v}", "v")
    check_until(note)
    return note


def check_until(note: EventNote) -> None:
    """Malformed("event-until-wrong") unless a subscription ends after its time and within a year, and nothing else has an end."""
    lasting = note.at_ms < note.ends_ms <= note.at_ms + LIMIT_MS
    demand(lasting if note.kind == "subscribe" else note.ends_ms == 0, "event-until-wrong", note.kind, "ends_ms")


def check_event(event: Event, keys: Mapping[str, bytes], keeper: bytes, now_ms: int) -> Believed:
    """Believe an event only after every check; Malformed, Tampered or Denied("event-not-yours") names the one that failed.

    `keys` are the institutions' by keyid, `keeper` the keeper's signing key.  Standing and law are asked by whoever passes it on.
    """
    # (1) The note is signed by the institution that it names, and not ahead of time; an old one again changes nothing where it arrives.
    claimed = claimed_note(event.note)
    note = open_form(event.note, EventNote, THING, keys, {signer_keyid(claimed.by, claimed.epoch)})
    demand(note.at_ms <= now_ms + WINDOW_MS, "outside-time-window", "ahead", "at_ms")
    # (2) The inquirer signed the statement, and the row stands under its root.
    statement = read_statement(event.statement.payload)
    signer = signer_keyid(statement.inquirer, statement.inquirer_epoch)
    check_envelope(event.statement, payload_type(STATEMENT), keys, frozenset({signer}))
    check_shown(event.row, event.place, statement.count, event.path, statement.rows)
    # (3) The keeper recorded this very item, between these parties, as a permit.
    receipt = check_receipt(event.receipt, keeper)
    item_id = item_id_of(txid_of(event.statement.payload), event.place)
    shown = (receipt.item_id, receipt.inquirer, receipt.provider, receipt.verdict, note.item_id)
    if shown != (item_id, statement.inquirer, statement.provider, "permit", item_id):
        raise Tampered("receipt-other-item", field="receipt")
    # (4) The inquirer subscribes and ends, the provider tells; nobody speaks for the other.
    speaker, hearer = (statement.provider, statement.inquirer) if note.kind == "changed" else (statement.inquirer, statement.provider)
    if note.by != speaker:
        raise Denied("event-not-yours", note.by, "by")
    return Believed(note, statement, hearer)


def check_told(event: Event, believed: Believed, keeper: bytes) -> SignedReceipt:
    """The keeper's receipt that this notice of change was recorded; Denied("event-unrecorded") without one, Tampered("receipt-other-item")."""
    if event.told is msgspec.UNSET:
        raise Denied("event-unrecorded", believed.note.by, "told")
    receipt, said = check_receipt(event.told, keeper), believed.statement
    shown = (receipt.item_id, receipt.inquirer, receipt.provider, receipt.verdict)
    if shown != (believed.note.item_id, said.inquirer, said.provider, "change"):
        raise Tampered("receipt-other-item", field="told")
    return event.told
