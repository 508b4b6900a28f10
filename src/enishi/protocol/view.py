"""The citizen's own look: the card-signed request, the face's and the registrar's signatures over it, and what comes back."""

import msgspec

from enishi.encoding import Bytes16, Bytes32, Bytes78, digest, frame
from enishi.errors import Tampered
from enishi.protocol.forms import Epoch, Moment, demand, demand_length, open_form, read_payload
from enishi.seal.dsse import Envelope
from enishi.terms import Kind, Txid
from enishi.tlog.labels import MapProof

THING = "view"
REQUEST = "view-request"
FACE, REGISTRAR = "portal", "registrar"
FRESH_MS = 10 * 60 * 1000
"""How old a card-signed request may be when the registrar countersigns it."""
LOOK_BYTES = 256 * 1024 * 1024
"""The most that a look brings back: some 60,000 leaves of one person, with their places in the log and in the map of labels."""
LOOK_S = 120.0
"""How long the opening of so many may take."""


class ViewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the card signs: this session of this face, the key the answer is sealed to, and the device's own key for K_T (may be empty)."""

    v: int
    face: str
    session: bytes
    nonce: bytes
    answer_key: bytes
    device_key: bytes
    at_ms: Moment
    mandate: Bytes16 | msgspec.UnsetType = msgspec.UNSET
    """The mandate by which the card's holder looks for somebody else; not written where they look for themselves, as in 0.1.0."""


class CardSigned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request's JSON bytes with the card's certificate (DER) and signature over `card_message(request)`."""

    request: bytes
    certificate: bytes
    signature: bytes


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What face and registrar both sign: kind `view`, the blinded element (R, C_U), and the keys of the card-signed request."""

    v: int
    kind: Kind
    nonce: bytes
    face: str
    audit_epoch: Epoch
    at_ms: Moment
    request: bytes
    """digest("view-request", request bytes)."""
    answer_key: bytes
    device_key: bytes
    r: bytes
    u: bytes
    mandate: Bytes16 | msgspec.UnsetType = msgspec.UNSET
    """As in the request; (R, C_U) is then the principal's."""


class SealedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One record as the keeper returns it: position, leaf, body sealed to the disclosure key (re-sealed by the exchange), inclusion path."""

    index: int
    leaf: Bytes78
    sealed: bytes
    inclusion: tuple[Bytes32, ...]


class LogView(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person's part of the log under one checkpoint; `sealed_labels` opens with the device's key only."""

    size: int
    checkpoint: str
    records: tuple[SealedRecord, ...]
    map_index: int
    map_leaf: Bytes78
    map_root: Bytes32
    map_inclusion: tuple[Bytes32, ...]
    sealed_labels: bytes


class ShownRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One record opened for its reader."""

    index: int
    leaf: Bytes78
    salt: bytes
    body: bytes
    inclusion: tuple[Bytes32, ...]


class ShownLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the exchange seals to the answer key: the person's records opened, with every proof but those that need K_T."""

    size: int
    checkpoint: str
    records: tuple[ShownRecord, ...]
    map_index: int
    map_leaf: Bytes78
    map_root: Bytes32
    map_inclusion: tuple[Bytes32, ...]
    sealed_labels: bytes


class Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the keeper seals to the device: K_T, how many labels the map holds, the presence proofs of 0…n−1 and the absence proof of n."""

    kt: Bytes32
    count: int
    present: tuple[MapProof, ...]
    absent: MapProof


def card_message(request: bytes) -> bytes:
    """The bytes a card's authentication key signs for a request."""
    return frame(b"enishi/v1/card", b"authentication", request)


def request_digest(request: bytes) -> bytes:
    """32 bytes by which a View names the request it answers."""
    return digest(REQUEST, request)


def read_request(request: bytes) -> ViewRequest:
    """Decode and check the shape of a request."""
    form = read_payload(request, ViewRequest, REQUEST)
    demand(form.v == 1, "version-unknown", f"version {form.v}", "v")
    demand_length(form.session, 32, "session")
    demand_length(form.nonce, 16, "nonce")
    _check_keys(form.answer_key, form.device_key)
    _check_mandate(form)
    return form


def view_txid(envelope: Envelope) -> Txid:
    """32-byte transaction id of a look."""
    return Txid(digest("txid", envelope.payload))


def read_view(envelope: Envelope, portal_key: bytes, registrar_key: bytes) -> View:
    """Demand both signatures, then read; Tampered or Malformed otherwise."""
    view = open_form(envelope, View, THING, {FACE: portal_key, REGISTRAR: registrar_key}, {FACE, REGISTRAR})
    demand(view.v == 1 and view.kind is Kind.VIEW, "kind-wrong", view.kind, "kind")
    _check_lengths(view)
    return view


def _check_lengths(view: View) -> None:
    for field, length in (("nonce", 16), ("request", 32), ("r", 32), ("u", 32)):
        demand_length(getattr(view, field), length, field)
    _check_keys(view.answer_key, view.device_key)
    _check_mandate(view)


def _check_mandate(form: ViewRequest | View) -> None:
    # K_T opens the whole chain of its epoch: it would outlive the mandate, so no device of a representative is given it.
    demand(form.mandate is msgspec.UNSET or not form.device_key, "mandate-with-device", "", "device_key")


def _check_keys(answer_key: bytes, device_key: bytes) -> None:
    demand(len(answer_key) > 1, "length-wrong", "no answer key", "answer_key")
    demand(len(device_key) in (0, 33), "length-wrong", "a device key has a suite byte and 32 bytes", "device_key")


def check_named(envelope: Envelope, request: bytes, registrar_key: bytes) -> None:
    """A face's own check of what the registrar returns, before it countersigns.

    Tampered("view-other-request") unless it answers this request; Malformed for a member of another length.
    """
    view, asked = open_form(envelope, View, THING, {REGISTRAR: registrar_key}, {REGISTRAR}), read_request(request)
    named = (view.v, view.kind, view.request, view.face, view.answer_key, view.device_key, view.mandate)
    if named != (1, Kind.VIEW, request_digest(request), asked.face, asked.answer_key, asked.device_key, asked.mandate):
        raise Tampered("view-other-request", "the registrar names another request, face or key than was asked with", "view")
    _check_lengths(view)


def view_info(txid: Txid) -> bytes:
    """HPKE info of the answer sealed to the face's answer key."""
    return frame(b"enishi/v1/view", txid)


def labels_info(request: bytes) -> bytes:
    """HPKE info of the labels sealed to the device: bound to the digest of the card-signed request."""
    return frame(b"enishi/v1/labels", request)
