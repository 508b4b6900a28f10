"""The tree of the log: leaves without a gap, tiles, label maps and checkpoints recomputed from the leaves."""

import sqlite3

import msgspec

from enishi.cli.walk.checkpoints import Checkpoints
from enishi.cli.walk.findings import Findings
from enishi.cli.walk.tiles import Tiles
from enishi.errors import Fault
from enishi.tlog.frontier import Frontier
from enishi.tlog.labels import LabelMap
from enishi.tlog.leaf import PUBLIC_SALT, Leaf, LeafKind, commitment, decode_leaf
from enishi.tlog.tree import leaf_hash

TABLE = "keeper.leaf"


class Waiting(msgspec.Struct, frozen=True):
    """A leaf since the last checkpoint: the hash of what stands in the table (empty if it is gone), and the hash in the tile."""

    index: int
    leaf: bytes
    tile: bytes


class Walked(msgspec.Struct, frozen=True):
    """What the walk over the leaves leaves for the others: how many there are, how many carry a label, the last checkpoint's size."""

    leaves: int
    labelled: int
    size: int


class TreeWalk:
    """One pass over the leaves, in order, against tiles and checkpoints.

    Memory: the labels (about 300 bytes each, for the roots of their map) and the leaves of one checkpoint at a time.
    """

    def __init__(self, connection: sqlite3.Connection, findings: Findings, checkpoints: Checkpoints) -> None:
        """Compare with these checkpoints, which have been read and verified."""
        self._connection = connection
        self._findings = findings
        self._checkpoints = checkpoints
        self._tiles = Tiles(connection, findings)
        self._frontier = Frontier()
        self._labels = LabelMap()
        self._waiting: list[Waiting] = []
        self._largest = checkpoints.largest
        self._next = 0
        self._labelled = 0
        self._false_maps = 0
        self._false_roots = 0

    def walk(self) -> Walked:
        """Read every leaf once."""
        for index, data, sealed in self._findings.rows_of(self._connection, "leaves", TABLE, "idx, data, sealed", "ORDER BY idx"):
            while isinstance(index, int) and self._next < index:
                # A gap: the tile still says what stood there, so what comes after it can be checked.
                self._findings.add("leaf-missing", TABLE, self._next)
                self._add(b"")
            self._leaf(data, sealed)
        while self._next < self._largest:
            self._findings.add("leaf-missing", TABLE, self._next, f"the last checkpoint covers {self._largest}")
            self._add(b"")
        self._end()
        return Walked(self._next, self._labelled, self._largest)

    def _leaf(self, data: object, sealed: object) -> None:
        encoded = data if isinstance(data, bytes) else b""
        try:
            leaf = decode_leaf(encoded)
        except Fault as fault:
            self._findings.add("leaf-changed", TABLE, self._next, str(fault))
        else:
            self._map(leaf, sealed)
        self._add(leaf_hash(encoded))

    def _map(self, leaf: Leaf, sealed: object) -> None:
        with self._findings.watch("leaf-changed", TABLE, self._next):
            if leaf.kind.labelled:
                self._labelled += 1
                self._labels.insert(leaf.label)
                return
            if leaf.kind is LeafKind.LABEL_MAP and self._next + 1 not in self._checkpoints.sizes:
                self._findings.add("checkpoint-false", "keeper.checkpoint", self._next + 1, "its label map stands in the log, the checkpoint is gone")
            if leaf.kind is LeafKind.LABEL_MAP and (sealed != self._labels.root or leaf.commitment != commitment(PUBLIC_SALT, self._labels.root)):
                # One missing label makes every later map differ, so only the first is told in full.
                self._false_maps += 1
                if self._false_maps == 1:
                    self._findings.add("label-map-false", TABLE, self._next, "not the root of the labels before it")

    def _add(self, hashed: bytes) -> None:
        self._waiting.append(Waiting(self._next, hashed, self._tiles.leaf_hash(self._next) if self._next < self._largest else b""))
        self._next += 1
        wanted = self._checkpoints.root_at(self._next)
        if wanted is not None:
            self._settle(wanted)

    def _settle(self, wanted: bytes) -> None:
        # Where leaf and tile differ, the signed root says which of the two was changed.
        own, other = ([one.leaf or one.tile for one in self._waiting], [one.tile or one.leaf for one in self._waiting])
        differing = [one for one in self._waiting if one.leaf and one.leaf != one.tile]
        root, believed = self._grown(own), own
        if root != wanted and differing:
            root, believed = self._grown(other), other
            for one in differing:
                self._findings.add("leaf-changed", TABLE, one.index, "not the leaf of the signed tree")
        else:
            for one in differing:
                self._findings.add("tile-changed", "keeper.tile", f"0/{one.index // 256}", f"hash of leaf {one.index}")
        if root != wanted:
            self._false_roots += 1
            if self._false_roots == 1:
                self._findings.add("checkpoint-false", "keeper.checkpoint", self._next, "the leaves have another root")
        self._frontier.extend(believed)
        self._tiles.extend(believed)
        self._waiting = []

    def _grown(self, hashes: list[bytes]) -> bytes:
        edge = self._frontier.copy()
        edge.extend(hashes)
        return edge.root

    def _end(self) -> None:
        self._tiles.end()
        for count, slug, table in (
            (self._false_maps, "label-map-false", TABLE),
            (self._false_roots, "checkpoint-false", "keeper.checkpoint"),
        ):
            if count > 1:
                self._findings.add(slug, table, "later ones", f"{count - 1} more")
        if self._waiting:
            self._findings.unchecked.append(f"{len(self._waiting)} leaves are not under a checkpoint yet")
