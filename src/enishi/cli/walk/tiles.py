"""The hash tiles, recomputed from the leaves."""

import sqlite3

from enishi.cli.walk.findings import Findings
from enishi.tlog.tiles import HEIGHT, WIDTH, Tile, TileEdge

TABLE = "keeper.tile"


class Tiles:
    """Compares stored tiles with those that the leaves give; full ones as they fill, the partial ones at the end."""

    def __init__(self, connection: sqlite3.Connection, findings: Findings) -> None:
        """Read tiles through this connection."""
        self._connection = connection
        self._findings = findings
        self._edge = TileEdge(0, lambda tile: b"")
        self._partial: dict[int, tuple[Tile, bytes]] = {}
        self._shown: tuple[int, bytes] = (-1, b"")

    def leaf_hash(self, index: int) -> bytes:
        """The hash of a leaf as its tile has it; empty where the tile lacks it."""
        n, offset = divmod(index, WIDTH)
        if self._shown[0] != n:
            self._shown = (n, self._stored(0, n))
        return self._shown[1][32 * offset : 32 * offset + 32]

    def extend(self, hashes: list[bytes]) -> None:
        """Take in the leaf hashes of one more checkpoint."""
        for tile, content in self._edge.extend(hashes).items():
            if tile.width == WIDTH:
                self._compare(tile, content)
                self._partial.pop(tile.level, None)
            else:
                self._partial[tile.level] = (tile, content)

    def end(self) -> None:
        """Compare the partial tiles, and look for tiles that no leaf asks for."""
        for tile, content in self._partial.values():
            self._compare(tile, content)
        for level, n in self._findings.rows_of(self._connection, "tiles", TABLE, "level, n"):
            with self._findings.watch("tile-changed", TABLE, f"{level}/{n}"):
                known = isinstance(level, int) and isinstance(n, int) and 0 <= level < 8 and 0 <= n <= (self._edge.size - 1) >> HEIGHT * (level + 1)
                self._findings.demand(known, "tile-changed", TABLE, f"{level}/{n}", "no leaves belong to it")

    def _compare(self, tile: Tile, content: bytes) -> None:
        stored = self._stored(tile.level, tile.index)
        if stored == content:
            return
        if tile.level == 0 and len(stored) == len(content):
            # Which leaf it is has been found already, hash by hash.
            return
        detail = "gone" if not stored else f"{len(stored)} bytes for {len(content)}" if len(stored) != len(content) else "another hash"
        self._findings.add("tile-changed", TABLE, f"{tile.level}/{tile.index}", detail)

    def _stored(self, level: int, n: int) -> bytes:
        with self._findings.watch("tile-changed", TABLE, f"{level}/{n}"):
            row = self._connection.execute("SELECT hashes FROM tile WHERE level = ? AND n = ?", (level, n)).fetchone()
            return row[0] if row and isinstance(row[0], bytes) else b""
        return b""
