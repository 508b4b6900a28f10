"""The outcomes that a provider signs, one signature over the Merkle root of what it gives together, and the answers it seals (3-protocol, step 6)."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from enishi.encoding import Bytes32, digest, exactly, frame
from enishi.errors import Conflict, Tampered
from enishi.protocol.forms import Epoch, Moment, demand, demand_length, payload_type, read_canonical, sign_form
from enishi.protocol.rooted import check_place, open_head, root_and_paths
from enishi.protocol.statement import Nondisclosure, signer_keyid
from enishi.seal.dsse import Envelope, Signature, check_envelope
from enishi.seal.sign import SigningKey
from enishi.terms import Absence, InstitutionId, ItemId, Outcome, Txid

THING = "outcomes"
ALONE = "outcome"
"""What 0.1.0 signed: every outcome in an envelope of its own. Such are read as long as they are kept, and written no more."""


class GivenOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one item ended or where it waits, as its provider gives it."""

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


class OutcomeRoot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The signed head of outcomes that one provider gives together, of one key epoch."""

    v: int
    root: bytes
    count: int
    at_ms: Moment
    provider: InstitutionId
    provider_epoch: Epoch


class SignedOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An outcome's JSON bytes with its path to the root that its provider signed: the head's envelope, and the outcome beside it.

    Where no outcome stands beside it, the envelope is over the outcome itself, as 0.1.0 wrote it; both have that version's names, so its
    stored bytes are read as they stand and written again as they were.
    """

    payloadType: str
    payload: bytes
    signatures: tuple[Signature, ...]
    outcome: bytes = b""
    place: int = 0
    path: tuple[Bytes32, ...] = ()

    @property
    def head(self) -> Envelope:
        """The envelope that is signed."""
        return Envelope(self.payloadType, self.payload, self.signatures)


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


def sign_outcomes(outcomes: Sequence[GivenOutcome], key: SigningKey, at_ms: int) -> tuple[SignedOutcome, ...]:
    """Sign as the provider in its key epoch, the same for all: one Ed25519 signature over the Merkle root of what it gives together."""
    ((provider, epoch),) = {(outcome.provider, outcome.provider_epoch) for outcome in outcomes}
    payloads = [msgspec.json.encode(outcome) for outcome in outcomes]
    root, paths = root_and_paths(payloads)
    head = sign_form(OutcomeRoot(1, root, len(payloads), at_ms, provider, epoch), THING, key, signer_keyid(provider, epoch))
    signed = head.payloadType, head.payload, head.signatures
    return tuple(SignedOutcome(*signed, payload, i, path) for i, (payload, path) in enumerate(zip(payloads, paths, strict=True)))


def sign_outcome(outcome: GivenOutcome, key: SigningKey) -> SignedOutcome:
    """The same for one that is given by itself."""
    return sign_outcomes([outcome], key, outcome.at_ms)[0]


def claimed_outcome(signed: SignedOutcome) -> GivenOutcome:
    """Read an outcome whose signature is still to be checked (to learn whose key to look up)."""
    demand(signed.outcome or not (signed.place or signed.path), "form-not-canonical", "a place of nothing", "place")
    outcome = read_canonical(signed.outcome or signed.payload, GivenOutcome, ALONE)
    demand(outcome.v == 1, "version-unknown", f"version {outcome.v}", "v")
    for field in ("item_id", "answer_hash"):
        demand_length(getattr(outcome, field), 32, field)
    demand(outcome.kind.interim or outcome.deadline_ms == 0, "outcome-deadline", outcome.kind, "deadline_ms")
    return outcome


def check_outcome(signed: SignedOutcome, keys: Mapping[str, bytes]) -> GivenOutcome:
    """Verify the provider's signature under the registry's keys, and the path to what it signed (Tampered), and return the outcome."""
    claimed = claimed_outcome(signed)
    keyid = signer_keyid(claimed.provider, claimed.provider_epoch)
    if not signed.outcome:
        check_envelope(signed.head, payload_type(ALONE), keys, frozenset({keyid}))
        return claimed
    root = open_head(signed.head, OutcomeRoot, THING, keyid, keys)
    if (root.provider, root.provider_epoch) != (claimed.provider, claimed.provider_epoch):
        raise Tampered("outcome-not-yours", f"a root of {root.provider}", "provider")
    check_place(signed.outcome, signed.place, signed.path, root)
    return claimed


def check_transition(before: Outcome | None, after: Outcome) -> None:
    """Conflict("outcome-final") unless the item is open: no outcome yet, or an interim one; held may not fall back to closed."""
    if before is None or (before.interim and (not after.interim or (before is Outcome.CLOSED and after is Outcome.HELD))):
        return
    raise Conflict("outcome-final", f"{before} cannot become {after}", "kind")
