"""The right edge of a growing tree: enough to append leaves and to know the root, in O(log size) memory."""

from collections.abc import Iterable, Sequence
from typing import Self

from enishi.errors import Malformed
from enishi.tlog.tree import EMPTY_ROOT, HashReader, node_hash


class Frontier:
    """The hashes of the perfect subtrees that the first `size` leaves fall into, largest first (one per bit set in `size`)."""

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Resume at a stored edge; Malformed("frontier-malformed") if the hashes do not fit the size."""
        if size < 0 or size.bit_count() != len(hashes) or any(len(value) != 32 for value in hashes):
            raise Malformed("frontier-malformed", f"{len(hashes)} hashes for {size} leaves")
        self.size = size
        self._hashes = list(hashes)

    @classmethod
    def at(cls, reader: HashReader, size: int) -> Self:
        """The edge of the first `size` leaves of a stored tree."""
        hashes, begin = [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                hashes.append(reader.read(level, begin >> level))
                begin += 1 << level
        return cls(size, hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """What `__init__` takes to resume here."""
        return tuple(self._hashes)

    @property
    def root(self) -> bytes:
        """The root of the leaves so far."""
        if not self._hashes:
            return EMPTY_ROOT
        hashed = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            hashed = node_hash(left, hashed)
        return hashed

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash (32 bytes); one node is hashed per leaf on average."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._hashes.pop(), leaf)
            size >>= 1
        self._hashes.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add many leaf hashes, in order."""
        for leaf in leaves:
            self.append(leaf)

    def copy(self) -> "Frontier":
        """An edge that grows apart from this one, for work that may have to be undone."""
        return Frontier(self.size, self._hashes)
