"""Receipts: what the keeper signs once a record is durable, one signature over the Merkle root of a batch."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from enishi.encoding import Bytes32, digest
from enishi.protocol.forms import Epoch, Moment, demand, demand_length, read_canonical, sign_form
from enishi.protocol.rooted import check_place, open_head, root_and_paths
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId

THING = "receipts"
KEEPER = "keeper"
RecordedAs = Literal["permit", "refusal", "unplaced", "self", "change"]
RELEASED: frozenset[RecordedAs] = frozenset({"permit", "self"})
"""What a pair is released for: a permit of law, or a person's own data to the person."""


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was recorded for one item, and where."""

    v: int
    item_id: ItemId
    inquirer: InstitutionId
    provider: InstitutionId
    inquirer_epoch: Epoch
    provider_epoch: Epoch
    audit_epoch: Epoch
    verdict: RecordedAs
    """`permit`, `refusal`, `unplaced` (permitted, but nobody is enrolled under the tag that came out), `self` (the person asked
    for their own data), or `change` (the inquirer of the item is told of a change)."""
    basis: tuple[str, ...]
    """Citations of the permit, or of the grounds of the refusal."""
    pair_hash: bytes
    """digest("pair", R, C) of the provider's pair; empty unless `permit` or `self`."""
    leaf_hash: bytes
    index: int
    at_ms: Moment


class ReceiptRoot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The signed head of a batch of receipts."""

    v: int
    root: bytes
    count: int
    at_ms: Moment


class SignedReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt's JSON bytes with its path to the signed root of its batch."""

    receipt: bytes
    place: int
    path: tuple[Bytes32, ...]
    head: Envelope


def pair_hash(r: bytes, c: bytes) -> bytes:
    """32-byte hash by which a receipt names the provider's pair."""
    return digest("pair", r, c)


def sign_receipts(receipts: Sequence[Receipt], key: SigningKey, at_ms: int) -> tuple[SignedReceipt, ...]:
    """Sign a batch: one Ed25519 signature over the Merkle root of all receipts."""
    payloads = [msgspec.json.encode(receipt) for receipt in receipts]
    root, paths = root_and_paths(payloads)
    head = sign_form(ReceiptRoot(1, root, len(payloads), at_ms), THING, key, KEEPER)
    return tuple(SignedReceipt(payload, i, path, head) for i, (payload, path) in enumerate(zip(payloads, paths, strict=True)))


def check_receipt(signed: SignedReceipt, keeper_key: bytes) -> Receipt:
    """Verify signature and path (Tampered), then read the receipt (Malformed)."""
    root = open_head(signed.head, ReceiptRoot, THING, KEEPER, {KEEPER: keeper_key})
    check_place(signed.receipt, signed.place, signed.path, root)
    receipt = read_canonical(signed.receipt, Receipt, "receipt")
    demand(receipt.v == 1, "version-unknown", f"version {receipt.v}", "v")
    for field, length in (("item_id", 32), ("leaf_hash", 32), ("pair_hash", 32 if receipt.verdict in RELEASED else 0)):
        demand_length(getattr(receipt, field), length, field)
    return receipt
