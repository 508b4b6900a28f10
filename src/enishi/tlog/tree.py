"""The Merkle tree of RFC 6962 over SHA-256: hashes, roots, inclusion and consistency proofs, and their verification.

Hashes are 32 bytes; a proof is a list of hashes from the leaf upwards.  The proofs are made from any `HashReader`, so the same
code serves a list in memory, a table of hashes or the public tiles.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final, Protocol

from enishi.errors import Malformed, Tampered

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962, 2.1)."""


class HashReader(Protocol):
    """Where the hashes of perfect subtrees come from."""

    def read(self, level: int, index: int) -> bytes:
        """The hash of the leaves [index·2^level, (index+1)·2^level), all of which are in the tree."""
        ...


class ListHashes:
    """A HashReader over leaf hashes in memory; the upper levels are hashed once, at construction."""

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        """Hash all perfect subtrees: as many hashes again as there are leaves."""
        row = list(leaf_hashes)
        self._rows = [row]
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
            self._rows.append(row)

    def read(self, level: int, index: int) -> bytes:
        """The hash of one perfect subtree."""
        return self._rows[level][index]


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; EMPTY_ROOT for none."""
    row = list(leaf_hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        row = _above(row)
    return row[0]


def _above(row: list[bytes]) -> list[bytes]:
    # A last node without a sibling moves up unhashed, which is RFC 6962's split at the largest power of two.
    return [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + row[len(row) & ~1 :]


def root_at(reader: HashReader, size: int) -> bytes:
    """The root of the first `size` leaves, in O(log size) reads."""
    return _range_root(reader, 0, size) if size else EMPTY_ROOT


def inclusion(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion proof of one leaf of a tree in memory; Malformed("proof-position") if there is no such leaf."""
    return prove_inclusion(ListHashes(leaf_hashes), index, len(leaf_hashes))


def inclusions(leaf_hashes: Sequence[bytes]) -> list[list[bytes]]:
    """The inclusion proofs of all leaves of a tree in memory, hashing the tree once."""
    paths: list[list[bytes]] = [[] for _ in leaf_hashes]
    row, level = list(leaf_hashes), 0
    while len(row) > 1:
        for index, path in enumerate(paths):
            # A last node without a sibling moves up, and its leaves' paths have nothing at this level.
            if (beside := index >> level ^ 1) < len(row):
                path.append(row[beside])
        row, level = _above(row), level + 1
    return paths


def consistency(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """The consistency proof from the first `old_size` leaves to all of them."""
    return prove_consistency(ListHashes(leaf_hashes), old_size, len(leaf_hashes))


def prove_inclusion(reader: HashReader, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962, 2.1.1; Malformed("proof-position") unless 0 <= index < size."""
    return prove_inclusions(reader, (index,), size)[0]


def prove_inclusions(reader: HashReader, indexes: Iterable[int], size: int) -> list[list[bytes]]:
    """The same for many leaves of one tree: the right edge, which most of their paths end with, is hashed once."""
    edge = cache(lambda begin: _range_root(reader, begin, size))
    return [_path(reader, index, size, edge) for index in indexes]


def _path(reader: HashReader, index: int, size: int, edge: Callable[[int], bytes]) -> list[bytes]:
    if not 0 <= index < size:
        raise Malformed("proof-position", f"leaf {index} of {size}", "index")
    path: list[bytes] = []
    level, last, read = 0, size - 1, reader.read
    while last:
        beside = index ^ 1
        if beside < last:
            path.append(read(level, beside))
        elif beside == last:
            # The last node of its level reaches to the end of the tree, and may be no perfect subtree.
            path.append(edge(beside << level))
        # A last node without a sibling moves up as it is.
        index, last, level = index >> 1, last >> 1, level + 1
    return path


def prove_consistency(reader: HashReader, old_size: int, size: int) -> list[bytes]:
    """PROOF(old_size, D[size]) of RFC 6962, 2.1.2, empty from size 0; Malformed("proof-position") unless 0 <= old_size <= size."""
    if not 0 <= old_size <= size:
        raise Malformed("proof-position", f"size {old_size} of {size}", "old_size")
    if old_size in (0, size):
        return []
    path: list[bytes] = []
    begin, end = 0, size
    while old_size != end:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            path.append(_range_root(reader, middle, end))
            end = middle
        else:
            path.append(_range_root(reader, begin, middle))
            begin = middle
    # What is left is a subtree of the old tree too; if it is the whole old tree, the verifier has its hash already.
    return ([_range_root(reader, begin, end)] if begin else []) + path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Return if the leaf hash stands at `index` under the root of `size` leaves (RFC 9162, 2.1.3.2).

    Raises Malformed("proof-position" or "proof-malformed") for what is no proof, Tampered("inclusion-broken") for a false one.
    """
    if not 0 <= index < size:
        raise Malformed("proof-position", f"leaf {index} of {size}", "index")
    _demand_hashes(leaf, root, *path)
    node, last, hashed, sha256 = index, size - 1, leaf, hashlib.sha256
    for sibling in path:
        if last == 0:
            raise Tampered("inclusion-broken", "path too long")
        # The hash of a node, written out: five paths are walked for each row of an inquiry.
        if node & 1 or node == last:
            hashed = sha256(b"\1" + sibling + hashed).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            hashed = sha256(b"\1" + hashed + sibling).digest()
        node, last = node >> 1, last >> 1
    if last or hashed != root:
        raise Tampered("inclusion-broken")


def verify_consistency(old_size: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> None:
    """Return if the tree of `size` leaves begins with the tree of `old_size` (RFC 9162, 2.1.4.2).

    From the empty tree everything follows, with an empty path.  Raises Malformed("proof-position" or "proof-malformed"),
    Tampered("consistency-broken").
    """
    if not 0 <= old_size <= size:
        raise Malformed("proof-position", f"size {old_size} of {size}", "old_size")
    _demand_hashes(old_root, root, *path)
    if old_size in (0, size):
        _verify_trivial(old_size, size, old_root, root, path)
        return
    old_hash, new_hash = _fold_consistency(old_size, size, old_root, path)
    if old_hash != old_root or new_hash != root:
        raise Tampered("consistency-broken")


def _verify_trivial(old_size: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> None:
    known = EMPTY_ROOT if old_size == 0 else root
    if path or old_root != known or (size == 0 and root != EMPTY_ROOT):
        raise Tampered("consistency-broken")


def _fold_consistency(old_size: int, size: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    steps = list(path)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise Tampered("consistency-broken", "path too short")
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_hash = new_hash = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise Tampered("consistency-broken", "path too long")
        if node & 1 or node == last:
            old_hash, new_hash = node_hash(sibling, old_hash), node_hash(sibling, new_hash)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise Tampered("consistency-broken", "path too short")
    return old_hash, new_hash


def _range_root(reader: HashReader, begin: int, end: int) -> bytes:
    # Begin is a multiple of the first perfect subtree's size, so the range falls into perfect subtrees of falling size.
    hashes: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        hashes.append(reader.read(level, begin >> level))
        begin += 1 << level
    hashed = hashes.pop()
    while hashes:
        hashed = node_hash(hashes.pop(), hashed)
    return hashed


def _split(count: int) -> int:
    # The largest power of two smaller than count, for count > 1.
    return 1 << (count - 1).bit_length() - 1


def _demand_hashes(*hashes: bytes) -> None:
    # Without this a sibling of another length could shift bytes between the two halves of a node.
    if set(map(len, hashes)) != {32}:
        raise Malformed("proof-malformed", "a hash is 32 bytes", "path")
