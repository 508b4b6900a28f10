"""The log rebuilt from its public entries: the tree, its tiles, the map of labels, and what the entries say of themselves."""

from collections import Counter
from collections.abc import Collection

from enishi.errors import Fault, Malformed, Tampered
from enishi.tlog.labels import LabelMap
from enishi.tlog.leaf import PUBLIC_SALT, Leaf, LeafKind, commitment, decode_leaf
from enishi.tlog.tiles import WIDTH, Tile, TileEdge, decode_bundle
from enishi.tlog.tree import EMPTY_ROOT, leaf_hash


class Rebuilt:
    """Takes the bundles in order; afterwards `root`, `tiles`, `roots` and `faults` say what they come to.

    Memory: about 300 bytes for each label, and the full tiles as 32 bytes for each of their hashes.
    """

    def __init__(self, sizes: Collection[int]) -> None:
        """`sizes`: where the root is wanted besides at the end."""
        self.size = 0
        self.kinds: Counter[LeafKind] = Counter()
        self.maps = 0
        self.first_ms = self.last_ms = 0
        self.last: Leaf | None = None
        self.roots: dict[int, bytes] = {0: EMPTY_ROOT}
        self.leaf_fault: Fault | None = None
        self.map_fault: Fault | None = None
        self._sizes = sorted(size for size in set(sizes) if size > 0)
        self._edge = TileEdge(0, _nothing)
        self._labels = LabelMap()
        self._full: dict[Tile, bytes] = {}
        self._partial: dict[int, tuple[Tile, bytes]] = {}

    @property
    def tiles(self) -> dict[Tile, bytes]:
        """The hash tiles that the log must serve for what was taken in so far, with their contents."""
        return self._full | dict(self._partial.values())

    @property
    def root(self) -> bytes:
        """The root over all entries so far."""
        return self._edge.root

    @property
    def labels(self) -> int:
        """How many labels there are."""
        return len(self._labels)

    def bundle(self, tile: Tile, content: bytes) -> None:
        """Take in a bundle; Malformed("bundle-malformed") if it is none of its width."""
        entries = decode_bundle(content, tile.width)
        for entry in entries:
            self._read(entry)
        hashes = [leaf_hash(entry) for entry in entries]
        begin, end = self.size, self.size + len(hashes)
        for stop in [*(size for size in self._sizes if begin < size < end), end]:
            self._take(hashes[self.size - begin : stop - begin], stop)

    def _take(self, hashes: list[bytes], size: int) -> None:
        for tile, content in self._edge.extend(hashes).items():
            if tile.width == WIDTH:
                self._full[tile] = content
                self._partial.pop(tile.level, None)
            else:
                self._partial[tile.level] = (tile, content)
        self.size = size
        if size in self._sizes:
            self.roots[size] = self._edge.root

    def _read(self, entry: bytes) -> None:
        try:
            leaf = decode_leaf(entry)
        except Fault as fault:
            self.leaf_fault = self.leaf_fault or fault
            return
        self.last, self.last_ms = leaf, leaf.at_ms
        self.first_ms = self.first_ms or leaf.at_ms
        self.kinds[leaf.kind] += 1
        try:
            self._map(leaf)
        except Fault as fault:
            self.map_fault = self.map_fault or fault

    def _map(self, leaf: Leaf) -> None:
        if leaf.kind.labelled:
            self._labels.insert(leaf.label)
        elif leaf.kind is LeafKind.LABEL_MAP:
            self.maps += 1
            if leaf.commitment != commitment(PUBLIC_SALT, self._labels.root):
                raise Tampered("label-map-false", f"the map before which {len(self._labels)} labels stand")

    def check_last(self) -> None:
        """The last entry under a checkpoint is the map of labels; Tampered("label-map-false")."""
        if self.last is not None and self.last.kind is not LeafKind.LABEL_MAP:
            raise Tampered("label-map-false", "the last entry is no map of labels")


def _nothing(tile: Tile) -> bytes:
    raise Malformed("tile-outside", tile.path)
