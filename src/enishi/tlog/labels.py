"""Labels of a person's records, and the public map of all labels, from which anyone can see that a label is there or is not.

A person's key is K_T = HMAC-SHA256(k, tag); the label of the person's n-th record (from 0) is digest("label", K_T, u64(n)).

The map is a compact binary radix tree over the labels as strings of 256 bits, bit 0 being the highest bit of the first byte:

    root of no label       = 32 zero bytes
    one label              = SHA-256(0x02 ‖ label)
    two or more            = SHA-256(0x03 ‖ u16(b) ‖ left ‖ right), b = the first bit in which they differ (big-endian),
                             left = the map of those with bit b = 0, right = of those with bit b = 1

So a set of labels has one tree and one root.  The prefixes differ from those of the log's own tree (0x00, 0x01).

A proof for a label is the one leaf that the descent by the label's own bits ends at (`found`), and the nodes passed, leaf to root,
each as its bit and the hash of the side not taken.  The bit is bound into every node's hash, so the prover cannot choose another way:
the label is in the map if and only if `found` is the label.  Both answers are therefore proofs of the same form.
"""

import hashlib
import hmac
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from enishi.encoding import Bytes32, digest, u64
from enishi.errors import Conflict, Malformed, Tampered

EMPTY_MAP: Final = bytes(32)
"""Root of the map without labels."""
_BITS: Final = 256


class MapStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One node on the way from the leaf to the root: the bit (0…255) it branches at and the 32-byte hash of the other side."""

    bit: int
    sibling: Bytes32


class MapProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the descent for one label ends: `found` is a label of 32 bytes, or empty if the map is; steps go from leaf to root."""

    found: bytes
    steps: tuple[MapStep, ...]


class _Leaf:
    __slots__ = ("hash", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.hash = _leaf_hash(number.to_bytes(32, "big"))


class _Branch:
    # Nodes are never changed once made: an insertion copies the way to the root, and every older root stays whole.  The hash is
    # only computed when somebody asks for it, so a batch of insertions hashes each node of the new tree once.
    __slots__ = ("_hash", "left", "right", "shift")

    def __init__(self, shift: int, left: "_Node", right: "_Node") -> None:
        self.shift = shift
        self.left = left
        self.right = right
        self._hash: bytes | None = None

    @property
    def hash(self) -> bytes:
        if self._hash is None:
            self._hash = _node_hash(_BITS - 1 - self.shift, self.left.hash, self.right.hash)
        return self._hash


_Node = _Leaf | _Branch


class LabelMap:
    """A growing set of labels with a root and proofs; `snapshot` keeps a root provable while the map grows on."""

    __slots__ = ("_count", "_top")

    def __init__(self, labels: Iterable[bytes] = ()) -> None:
        """Build from labels in any order, in one pass; Malformed("label-malformed"), Conflict("label-taken") for one given twice."""
        numbers = sorted(_number(label) for label in labels)
        if any(numbers[i] == numbers[i + 1] for i in range(len(numbers) - 1)):
            raise Conflict("label-taken", "a label stands twice in the log")
        self._top: _Node | None = _build(numbers, 0, len(numbers)) if numbers else None
        self._count = len(numbers)

    @property
    def root(self) -> bytes:
        """The 32-byte root; nodes that changed since it was last asked for are hashed now."""
        return self._top.hash if self._top is not None else EMPTY_MAP

    def __len__(self) -> int:
        return self._count

    def __contains__(self, label: bytes) -> bool:
        number, node = _number(label), self._top
        while isinstance(node, _Branch):
            node = node.right if number >> node.shift & 1 else node.left
        return node is not None and node.number == number

    def insert(self, label: bytes) -> None:
        """Add one label of 32 bytes, copying O(depth) nodes; Conflict("label-taken") if it is there already."""
        number = _number(label)
        self._top = _Leaf(number) if self._top is None else _insert(self._top, number)
        self._count += 1

    def snapshot(self) -> "LabelMap":
        """The map as it is now, in O(1): both may grow on, neither sees the other's labels."""
        twin = LabelMap()
        twin._top, twin._count = self._top, self._count
        return twin

    def prove(self, label: bytes) -> MapProof:
        """The proof that the label is there, or that it is not: see `found`."""
        number, node = _number(label), self._top
        if node is None:
            return MapProof(b"", ())
        steps: list[MapStep] = []
        while isinstance(node, _Branch):
            taken, other = (node.right, node.left) if number >> node.shift & 1 else (node.left, node.right)
            steps.append(MapStep(_BITS - 1 - node.shift, other.hash))
            node = taken
        return MapProof(node.number.to_bytes(32, "big"), tuple(reversed(steps)))


def person_key(key: bytes, tag: bytes) -> bytes:
    """K_T (32 bytes): HMAC-SHA256 of the person's tag of the audit epoch, under the keeper's label key."""
    return hmac.digest(key, tag, "sha256")


def label(person: bytes, n: int) -> bytes:
    """The 32-byte label of a person's record number n, from 0; Malformed("label-number") outside 0 <= n < 2**64."""
    if not 0 <= n < 1 << 64:
        raise Malformed("label-number", str(n), "n")
    return digest("label", person, u64(n))


def verify_present(root: bytes, wanted: bytes, proof: MapProof) -> None:
    """Return if the label is in the map of this root.

    Raises Tampered("label-absent") if the proof shows that it is not, Tampered("label-proof-broken") or
    Malformed("label-malformed", "label-proof-malformed") if it shows nothing.
    """
    if not _holds(root, wanted, proof):
        raise Tampered("label-absent")


def verify_absent(root: bytes, wanted: bytes, proof: MapProof) -> None:
    """Return if the label is not in the map of this root; the faults of `verify_present`, with Tampered("label-present")."""
    if _holds(root, wanted, proof):
        raise Tampered("label-present")


def _holds(root: bytes, wanted: bytes, proof: MapProof) -> bool:
    number = _number(wanted)
    _check_form(proof)
    if _fold(number, proof) != root:
        raise Tampered("label-proof-broken")
    return proof.found == wanted


def _fold(number: int, proof: MapProof) -> bytes:
    if not proof.found:
        return EMPTY_MAP
    hashed, found = _leaf_hash(proof.found), _number(proof.found)
    for step in proof.steps:
        side = number >> (_BITS - 1 - step.bit) & 1
        if side != found >> (_BITS - 1 - step.bit) & 1:
            raise Tampered("label-proof-broken", "the leaf is not on the label's way")
        hashed = _node_hash(step.bit, step.sibling, hashed) if side else _node_hash(step.bit, hashed, step.sibling)
    return hashed


def _check_form(proof: MapProof) -> None:
    bits = [step.bit for step in proof.steps]
    falling = all(0 <= bit < _BITS for bit in bits) and all(low > high for low, high in zip(bits, bits[1:], strict=False))
    sized = len(proof.found) == 32 or (not proof.found and not bits)
    if not falling or not sized or any(len(step.sibling) != 32 for step in proof.steps):
        raise Malformed("label-proof-malformed")


def _insert(top: _Node, number: int) -> _Node:
    # (1) Follow the new label's bits down to some leaf; (2) where the two differ first is where the new branch belongs;
    # (3) come back up to that bit, branch there, and copy what lies above.
    way: list[_Branch] = []
    node = top
    while isinstance(node, _Branch):
        way.append(node)
        node = node.right if number >> node.shift & 1 else node.left
    shift = (node.number ^ number).bit_length() - 1
    if shift < 0:
        raise Conflict("label-taken")
    while way and way[-1].shift < shift:
        node = way.pop()
    leaf = _Leaf(number)
    grown = _Branch(shift, node, leaf) if number >> shift & 1 else _Branch(shift, leaf, node)
    for above in reversed(way):
        grown = _Branch(above.shift, above.left, grown) if number >> above.shift & 1 else _Branch(above.shift, grown, above.right)
    return grown


def _build(numbers: Sequence[int], begin: int, end: int) -> _Node:
    # The numbers are sorted and distinct, so their first and last differ first where all of them do.
    if end - begin == 1:
        return _Leaf(numbers[begin])
    shift = (numbers[begin] ^ numbers[end - 1]).bit_length() - 1
    middle = bisect_left(numbers, numbers[end - 1] >> shift << shift, begin, end)
    return _Branch(shift, _build(numbers, begin, middle), _build(numbers, middle, end))


def _number(value: bytes) -> int:
    if len(value) != 32:
        raise Malformed("label-malformed", f"{len(value)} bytes", "label")
    return int.from_bytes(value, "big")


def _leaf_hash(value: bytes) -> bytes:
    return hashlib.sha256(b"\2" + value).digest()


def _node_hash(bit: int, left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\3" + bit.to_bytes(2, "big") + left + right).digest()
