"""The public leaf: 78 bytes that place a sealed record in time, epoch and chain without saying whose it is.

    version u8 = 1 ‖ epoch u32 ‖ at_ms u64 ‖ kind u8 ‖ label 32 ‖ commitment 32          (big-endian)

`commitment` = digest("body", salt, body).  A leaf of a person carries the label that `labels.label` gives it; a leaf of the log
itself (LABEL_MAP, SNAPSHOT) carries 32 zero bytes, and its body and salt are public (salt = PUBLIC_SALT).
"""

import struct
from enum import IntEnum
from typing import Final

import msgspec

from enishi.encoding import digest
from enishi.errors import Malformed, Tampered

VERSION: Final = 1
SIZE: Final = 78
"""Length of an encoded leaf in bytes."""
NO_LABEL: Final = bytes(32)
"""What stands in the place of the label on a leaf that belongs to nobody."""
PUBLIC_SALT: Final = bytes(32)
"""The salt of a body that everybody may know."""
_FORM: Final = struct.Struct(">BIQB32s32s")


class LeafKind(IntEnum):
    """What a leaf records."""

    INTENT = 1
    OUTCOME = 2
    REFUSAL = 3
    LOOK = 4
    LATE_ENTRY = 5
    LABEL_MAP = 6
    SNAPSHOT = 7
    WITHHELD = 8
    """A note that a leaf of the same chain is not shown for now, by which ground of the law, and until when (Number Act Art. 23(2))."""

    SELF = 9
    """The person themselves asked an institution for their own data (APPI Art. 76)."""

    CHANGE = 10
    """The inquirer of an earlier item is told that what would be answered now differs; it says no more than that."""

    @property
    def labelled(self) -> bool:
        """True for the kinds that stand in a person's chain or in the second chain."""
        return self not in (LeafKind.LABEL_MAP, LeafKind.SNAPSHOT)


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One public leaf; `at_ms` is UTC, `label` and `commitment` are 32 bytes."""

    version: int
    epoch: int
    at_ms: int
    kind: LeafKind
    label: bytes
    commitment: bytes


def commitment(salt: bytes, body: bytes) -> bytes:
    """The 32-byte commitment to a record's body under its random 32-byte salt."""
    return digest("body", salt, body)


def encode_leaf(leaf: Leaf) -> bytes:
    """The 78 bytes of a leaf; Malformed("leaf-malformed") if it breaks a rule of the module's head."""
    _check(leaf)
    try:
        return _FORM.pack(leaf.version, leaf.epoch, leaf.at_ms, leaf.kind, leaf.label, leaf.commitment)
    except struct.error as problem:
        raise Malformed("leaf-malformed", str(problem)) from None


def decode_leaf(encoded: bytes) -> Leaf:
    """Read 78 bytes; Malformed("leaf-malformed") for anything `encode_leaf` would not write."""
    if len(encoded) != SIZE:
        raise Malformed("leaf-malformed", f"{len(encoded)} bytes")
    version, epoch, at_ms, kind, label, committed = _FORM.unpack(encoded)
    try:
        leaf = Leaf(version, epoch, at_ms, LeafKind(kind), label, committed)
    except ValueError:
        raise Malformed("leaf-malformed", f"kind {kind}", "kind") from None
    _check(leaf)
    return leaf


def check_body(leaf: Leaf, salt: bytes, body: bytes) -> None:
    """Return if the leaf commits to this body; Tampered("body-differs") if not."""
    if commitment(salt, body) != leaf.commitment:
        raise Tampered("body-differs")


def _check(leaf: Leaf) -> None:
    if leaf.version != VERSION:
        raise Malformed("leaf-malformed", f"version {leaf.version}", "version")
    if len(leaf.label) != 32 or len(leaf.commitment) != 32:
        raise Malformed("leaf-malformed", "label and commitment are 32 bytes")
    if leaf.kind.labelled is (leaf.label == NO_LABEL):
        raise Malformed("leaf-malformed", f"label of a leaf of kind {leaf.kind.name}", "label")
