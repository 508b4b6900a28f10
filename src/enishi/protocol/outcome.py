"""The outcome that a provider signs, and the answer it seals to the inquirer (3-protocol, step 6)."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from enishi.encoding import digest, exactly, frame
from enishi.errors import Conflict
from enishi.protocol.forms import Epoch, Moment, demand, demand_length, payload_type, read_canonical, sign_form
from enishi.protocol.statement import Nondisclosure, signer_keyid
from enishi.seal.dsse import Envelope, check_envelope
from enishi.seal.sign import SigningKey
from enishi.terms import Absence, InstitutionId, ItemId, Outcome, Txid

THING = "outcome"


class SignedOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one item ended or where it waits; signed by the provider."""

    v: int
    item_id: ItemId
    provider: InstitutionId
    provider_epoch: Epoch
    kind: Outcome
    answer_hash: bytes
    """digest("answer", sealed answer); binds the content without showing it."""
    at_ms: Moment
    deadline_ms: Moment
    """For held and closed: when the provider will have answered; 0 otherwise."""
    citation: str
    """For refused_with_citation: the provision that lets the provider refuse; empty otherwise."""
    nondisclosure: Nondisclosure | None


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The plaintext of a sealed answer: the outcome again, and the provided documents by data item (JSON, by their versioned schemas)."""

    v: int
    item_id: Annotated[ItemId, exactly(32)]
    kind: Outcome
    documents: dict[str, tuple[msgspec.Raw, ...]]
    schemas: dict[str, str]
    """Data item → id of the JSON Schema its documents satisfy."""
    as_of: dict[str, Moment] = {}
    """Data item → when the provider's source held what is answered, milliseconds UTC (正確かつ最新の情報); absent where that is not known."""
    absent: dict[str, Absence] = {}
    """Data item asked for without a document → why; the network learns neither which nor why."""


def answer_info(txid: Txid, item_id: ItemId) -> bytes:
    """HPKE info of an answer: it opens for this item of this transaction only."""
    return frame(b"enishi/v1/answer", txid, item_id)


def answer_hash(sealed: bytes) -> bytes:
    """32-byte hash of a sealed answer, as the outcome names it."""
    return digest("answer", sealed)


def sign_outcome(outcome: SignedOutcome, key: SigningKey) -> Envelope:
    """Sign as the provider in its key epoch."""
    return sign_form(outcome, THING, key, signer_keyid(outcome.provider, outcome.provider_epoch))


def claimed_outcome(envelope: Envelope) -> SignedOutcome:
    """Read an outcome whose signature is still to be checked (to learn whose key to look up)."""
    outcome = read_canonical(envelope.payload, SignedOutcome, THING)
    demand(outcome.v == 1, "version-unknown", f"version {outcome.v}", "v")
    for field in ("item_id", "answer_hash"):
        demand_length(getattr(outcome, field), 32, field)
    demand(outcome.kind.interim or outcome.deadline_ms == 0, "outcome-deadline", outcome.kind, "deadline_ms")
    return outcome


def check_outcome(envelope: Envelope, keys: Mapping[str, bytes]) -> SignedOutcome:
    """Verify the provider's signature under the registry's keys (Tampered) and return the outcome."""
    claimed = claimed_outcome(envelope)
    check_envelope(envelope, payload_type(THING), keys, frozenset({signer_keyid(claimed.provider, claimed.provider_epoch)}))
    return claimed


def check_transition(before: Outcome | None, after: Outcome) -> None:
    """Conflict("outcome-final") unless the item is open: no outcome yet, or an interim one; held may not fall back to closed."""
    if before is None or (before.interim and (not after.interim or (before is Outcome.CLOSED and after is Outcome.HELD))):
        return
    raise Conflict("outcome-final", f"{before} cannot become {after}", "kind")
