"""Receipts: what the keeper signs once a record is durable, one signature over the Merkle root of a batch."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from enishi.encoding import Bytes32, digest
from enishi.protocol.forms import Epoch, Moment, demand, demand_length, open_form, read_canonical, sign_form
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId
from enishi.tlog.tree import inclusions, leaf_hash, root_of, verify_inclusion

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
    hashes = [leaf_hash(payload) for payload in payloads]
    head = sign_form(ReceiptRoot(1, root_of(hashes), len(hashes), at_ms), THING, key, KEEPER)
    paths = inclusions(hashes)
    return tuple(SignedReceipt(payload, i, tuple(paths[i]), head) for i, payload in enumerate(payloads))


def check_receipt(signed: SignedReceipt, keeper_key: bytes) -> Receipt:
    """Verify signature and path (Tampered), then read the receipt (Malformed)."""
    head = _open_head(signed.head, keeper_key)
    verify_inclusion(leaf_hash(signed.receipt), signed.place, head.count, list(signed.path), head.root)
    receipt = read_canonical(signed.receipt, Receipt, "receipt")
    demand(receipt.v == 1, "version-unknown", f"version {receipt.v}", "v")
    for field, length in (("item_id", 32), ("leaf_hash", 32), ("pair_hash", 32 if receipt.verdict in RELEASED else 0)):
        demand_length(getattr(receipt, field), length, field)
    return receipt


@lru_cache(maxsize=256)
def _open_head(head: Envelope, keeper_key: bytes) -> ReceiptRoot:
    # The receipts of a batch share one head: its signature is verified once.
    root = open_form(head, ReceiptRoot, THING, {KEEPER: keeper_key}, {KEEPER})
    demand(root.v == 1, "version-unknown", f"version {root.v}", "v")
    demand_length(root.root, 32, "root")
    return root
