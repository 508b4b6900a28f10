"""The log as static files (C2SP tlog-tiles): names of tiles, their contents, and which to write when the log has grown.

A tile of level L is up to 256 hashes, the n-th being that of leaves [n·256^L, (n+1)·256^L); an entry bundle is up to 256 leaves, each
behind its length as two big-endian bytes.  A tile of width < 256 is partial and has its width in its name.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from enishi.errors import Malformed
from enishi.tlog.tree import EMPTY_ROOT, HashReader, node_hash

WIDTH: Final = 256
"""Hashes in a full tile, leaves in a full bundle."""
HEIGHT: Final = 8
"""Levels of the tree that a tile spans."""
ENTRIES: Final = -1
"""The level of an entry bundle."""
_PATH: Final = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_MAX_GROUPS: Final = 7


class Tile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A coordinate: level 0…63 or ENTRIES, index from 0 within the level, width 1…256."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The name below the log's prefix, such as `tile/0/x001/x234/067.p/5`."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_spell(self.index)}{partial}"

    @property
    def full(self) -> "Tile":
        """The tile that this one becomes, or has become, at width 256."""
        return Tile(self.level, self.index)


Load = Callable[[Tile], bytes]
"""Fetches a tile's bytes from wherever they are kept; it raises a Fault of its own when it cannot."""


def parse_path(path: str) -> Tile:
    """Read a name that `Tile.path` writes; Malformed("tile-path-malformed") for any other."""
    match = _PATH.fullmatch(path)
    if match is None or match[2].count("/") >= _MAX_GROUPS:
        raise Malformed("tile-path-malformed", path[:100])
    tile = Tile(
        ENTRIES if match[1] == "entries" else int(match[1]),
        int(match[2].replace("x", "").replace("/", "") + match[3]),
        int(match[4] or WIDTH),
    )
    if tile.level > 63 or tile.path != path:
        raise Malformed("tile-path-malformed", path[:100])
    return tile


def tiles_between(old_size: int, size: int) -> Iterator[Tile]:
    """The hash tiles to write when a log grows from `old_size` to `size` leaves: new full ones, and partial ones whose width changed."""
    level = 0
    while count := size >> HEIGHT * level:
        yield from _row_between(level, old_size >> HEIGHT * level, count)
        level += 1


def bundles_between(old_size: int, size: int) -> Iterator[Tile]:
    """The entry bundles to write when a log grows from `old_size` to `size` leaves."""
    return _row_between(ENTRIES, old_size, size)


def tile_bytes(reader: HashReader, tile: Tile) -> bytes:
    """The contents of a hash tile, 32 bytes for each of its hashes."""
    level, begin = HEIGHT * tile.level, WIDTH * tile.index
    return b"".join(reader.read(level, begin + i) for i in range(tile.width))


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The contents of a bundle of 1…256 leaves of at most 65,535 bytes each; Malformed("bundle-malformed") beyond that."""
    if not 1 <= len(entries) <= WIDTH or any(len(entry) > 0xFFFF for entry in entries):
        raise Malformed("bundle-malformed", f"{len(entries)} entries")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(encoded: bytes, width: int) -> list[bytes]:
    """The leaves of a bundle of that width; Malformed("bundle-malformed") if there are not exactly so many."""
    entries: list[bytes] = []
    at = 0
    while at < len(encoded) and len(entries) < width:
        begin = at + 2
        at = begin + int.from_bytes(encoded[at:begin], "big")
        entries.append(encoded[begin:at])
    if at != len(encoded) or len(entries) != width:
        raise Malformed("bundle-malformed", f"{len(encoded)} bytes for {width} entries")
    return entries


def split_tile(encoded: bytes, width: int) -> list[bytes]:
    """The hashes of a tile of that width; Malformed("tile-malformed") for another length."""
    if len(encoded) != 32 * width:
        raise Malformed("tile-malformed", f"{len(encoded)} bytes for {width} hashes")
    return [encoded[i : i + 32] for i in range(0, len(encoded), 32)]


class TileHashes:
    """A HashReader over the tiles of a log of `size` leaves; it loads each tile once and trusts it only as far as a proof made of it."""

    def __init__(self, size: int, load: Load) -> None:
        """Read from tiles as they stood, or could stand, at that size."""
        self._size = size
        self._load = load
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self._roots: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        """The hash of one perfect subtree; Malformed("tile-outside") if it is not complete at this size."""
        place = level, index
        found = self._roots.get(place)
        if found is None:
            # Proofs of one checkpoint share most of their subtrees, and one takes up to 255 hashes to make.
            found = self._roots[place] = self._root(level, index)
        return found

    def _root(self, level: int, index: int) -> bytes:
        if index < 0 or (index + 1) << level > self._size:
            raise Malformed("tile-outside", f"level {level}, index {index}")
        row, within = divmod(level, HEIGHT)
        tile, offset = divmod(index << within, WIDTH)
        hashes = self._tile(row, tile)[offset : offset + (1 << within)]
        while len(hashes) > 1:
            hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
        return hashes[0]

    def _tile(self, row: int, index: int) -> list[bytes]:
        if (row, index) not in self._tiles:
            width = min(WIDTH, (self._size >> HEIGHT * row) - WIDTH * index)
            self._tiles[row, index] = split_tile(self._load(Tile(row, index, width)), width)
        return self._tiles[row, index]


class TileEdge:
    """The partial tiles at the right edge of a log: what a writer needs to make the next tiles and the next root."""

    def __init__(self, size: int, load: Load) -> None:
        """Resume at a stored size by loading its partial tiles, one per level at most."""
        self.size = size
        self._rows: list[list[bytes]] = []
        level = 0
        while count := size >> HEIGHT * level:
            index, width = divmod(count, WIDTH)
            self._rows.append(split_tile(load(Tile(level, index, width)), width) if width else [])
            level += 1

    def extend(self, leaf_hashes: Sequence[bytes]) -> dict[Tile, bytes]:
        """Append leaf hashes and return the tiles to write: those of `tiles_between`, with their contents."""
        staged: dict[Tile, bytes] = {}
        old_size = self.size
        for leaf in leaf_hashes:
            self._append(leaf, staged)
        for tile in tiles_between(old_size, self.size):
            if tile.width < WIDTH:
                staged[tile] = b"".join(self._rows[tile.level])
        return staged

    def copy(self) -> "TileEdge":
        """An edge that grows apart from this one, for work that may have to be undone."""
        twin = TileEdge(0, _nothing)
        twin.size, twin._rows = self.size, [list(row) for row in self._rows]
        return twin

    @property
    def root(self) -> bytes:
        """The root of all leaves so far."""
        hashed: bytes | None = None
        for row in self._rows:
            hashed = _fold(row, hashed)
        return hashed if hashed is not None else EMPTY_ROOT

    def _append(self, leaf: bytes, staged: dict[Tile, bytes]) -> None:
        level, hashed = 0, leaf
        self.size += 1
        while True:
            if level == len(self._rows):
                self._rows.append([])
            row = self._rows[level]
            row.append(hashed)
            if len(row) < WIDTH:
                return
            # A full tile is written once and its root becomes one hash of the row above.
            staged[Tile(level, (self.size >> HEIGHT * (level + 1)) - 1)] = b"".join(row)
            hashed, self._rows[level] = _perfect_root(row), []
            level += 1


def _nothing(tile: Tile) -> bytes:
    raise Malformed("tile-outside", tile.path)


def _row_between(level: int, old_count: int, count: int) -> Iterator[Tile]:
    if count > old_count:
        for index in range(old_count // WIDTH, count // WIDTH):
            yield Tile(level, index)
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)


def _perfect_root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def _fold(row: list[bytes], right: bytes | None) -> bytes | None:
    # The row falls into perfect subtrees, smallest at the right; each becomes the left side of what stands right of it.
    end = len(row)
    while end:
        begin = end - (end & -end)
        left = _perfect_root(row[begin:end])
        right = left if right is None else node_hash(left, right)
        end = begin
    return right


def _spell(index: int) -> str:
    # Groups of three digits, all but the last behind an x, so that no file is also a folder.
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))
