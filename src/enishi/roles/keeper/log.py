"""The published log: checkpoints, tiles and the label map over the leaves that transactions appended, and proofs from them.

Publication is a transaction of its own: the LABEL_MAP leaf, the tiles and the signed checkpoint become durable together. After a crash the next
publication starts from the last durable checkpoint, so recovery is the ordinary path.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from enishi.errors import Fault, Unavailable
from enishi.mesh import logs
from enishi.roles.keeper.chain import append_public
from enishi.roles.keeper.fence import Fence
from enishi.roles.keeper.moments import Moments
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.labels import LabelMap
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, commitment, decode_leaf
from enishi.tlog.note import Note, Verifier, add_signatures, parse_note
from enishi.tlog.tiles import Tile, TileEdge, TileHashes
from enishi.tlog.tree import leaf_hash, prove_inclusions

WITNESS_S = 1.0
"""How long a reader is made to wait for a cosignature."""
PAUSE_S = 0.15
"""How long leaves may wait for a checkpoint, so that one checkpoint serves many."""
AGAIN_S = 1.0
"""How long a publication that failed waits for its next try."""


@dataclass(frozen=True)
class Published:
    """The log as of its newest checkpoint."""

    size: int
    map_index: int
    labels: LabelMap
    note: Note
    cosigned: Note


class Log:
    """One log with one writer; `dirty` wakes the publisher, readers wait for the checkpoint that covers a leaf."""

    def __init__(self, database: Database, key: SigningKey, origin: str, quorum: int = 1, witnesses: int = 1) -> None:
        """Name the log, and how many of its witnesses a reader is made to wait for; `load` must run before anything else."""
        self.database = database
        self.moments = Moments()
        self.fence = Fence(database, witnesses - quorum)
        self.verifier = Verifier(origin, key.public)
        self.published: Published | None = None
        self.witnessed: Published | None = None
        self._key = key
        self._quorum = quorum
        self._edge: TileEdge | None = None
        self._dirty = asyncio.Event()
        self._grown = asyncio.Condition()
        self._publishing = asyncio.Lock()

    async def load(self) -> None:
        """Rebuild edge and label map from what is durable; leaves that no checkpoint covers yet wait for the publisher.

        Without such leaves nothing is published: a keeper started by mistake on a copy must not make a second history by its start alone.
        """
        await self.fence.recall()
        self._edge, self.published = await self.database.read(self._rebuild)
        self.moments.begin(await self.database.read(newest_moment))
        if await self._behind():
            self._dirty.set()

    def dirty(self) -> None:
        """Say that leaves were appended."""
        self._dirty.set()

    async def run(self) -> None:
        """Publish whenever leaves wait; ends when cancelled."""
        while True:
            await self._dirty.wait()
            await asyncio.sleep(PAUSE_S)
            self._dirty.clear()
            try:
                if await self._behind():
                    await self.publish()
            except (Fault, sqlite3.Error) as error:
                # A disk that is full or broken: what was acknowledged is durable, and is published once the disk takes it.
                logs.fail("log-not-published", code=error.code if isinstance(error, Fault) else type(error).__name__)
                await asyncio.sleep(AGAIN_S)
                self._dirty.set()

    async def publish(self) -> Published:
        """Make one checkpoint over all leaves appended so far."""
        # One at a time: the edge grows in place, so a second one that began before the first was taken over would miss the first one's labels.
        async with self._publishing:
            crash.point("keeper.publish.before_checkpoint")
            try:
                edge, published = await self.database.write(self._publish)
            except BaseException:
                # The transaction may have been undone after the edge had grown: what is durable is the truth.
                await self.load()
                raise
            # Durable: tiles, label-map leaf and signed checkpoint; from here readers may be shown it.
            crash.point("keeper.publish.after_checkpoint")
            async with self._grown:
                self._edge, self.published = edge, published
                self._grown.notify_all()
            return published

    async def covering(self, index: int) -> Published:
        """A cosigned checkpoint that covers a leaf, or after a second of silence from the witnesses the newest one, not yet cosigned."""
        async with self._grown:
            await self._grown.wait_for(lambda: self.published is not None and self.published.size > index)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._grown.wait_for(lambda: self.witnessed is not None and self.witnessed.size > index), WITNESS_S)
        return self.witnessed if self.witnessed is not None and self.witnessed.size > index else self.current()

    def current(self) -> Published:
        """The newest checkpoint; Unavailable("log-empty") before the first."""
        if self.published is None:
            raise Unavailable("log-empty")
        return self.published

    async def cosigned(self, size: int, note: Note) -> None:
        """Keep the cosignatures of a note beside those that other witnesses have made on the checkpoint of that size.

        Unavailable("checkpoint-missing") where the database has lost that one.
        """
        crash.point("keeper.cosigned.before_store")
        merged = await self.database.write(lambda connection: _keep_cosigned(connection, size, note))
        async with self._grown:
            if self.published is not None and self.published.size == size:
                self.published = replace(self.published, cosigned=merged)
                if len(merged.signatures) > self._quorum:
                    self.witnessed = self.published
            self._grown.notify_all()

    async def _behind(self) -> bool:
        return await self.database.read(count_leaves) > (self.published.size if self.published else 0)

    def load_tile(self, connection: sqlite3.Connection, tile: Tile) -> bytes:
        """A tile's hashes cut to its width (a stored tile only ever grows at its end)."""
        row = connection.execute("SELECT hashes FROM tile WHERE level = ? AND n = ?", (tile.level, tile.index)).fetchone()
        return bytes(row[0][: 32 * tile.width]) if row else b""

    def inclusions(self, connection: sqlite3.Connection, indexes: Sequence[int], size: int) -> list[tuple[bytes, ...]]:
        """Inclusion paths of leaves under the checkpoint of that size."""
        reader = TileHashes(size, lambda tile: self.load_tile(connection, tile))
        return [tuple(path) for path in prove_inclusions(reader, indexes, size)]

    def _publish(self, connection: sqlite3.Connection) -> tuple[TileEdge, Published]:
        edge = self._edge
        assert edge is not None
        labels = self.published.labels.snapshot() if self.published else LabelMap()
        rows = connection.execute("SELECT data FROM leaf WHERE idx >= ? ORDER BY idx", (edge.size,)).fetchall()
        for (data,) in rows:
            leaf = decode_leaf(data)
            if leaf.kind.labelled:
                labels.insert(leaf.label)
        at_ms = self.moments.now_ms()
        placed = append_public(connection, LeafKind.LABEL_MAP, at_ms, commitment(PUBLIC_SALT, labels.root), labels.root)
        staged = edge.extend([leaf_hash(data) for (data,) in rows] + [leaf_hash(placed.leaf)])
        connection.executemany(
            "INSERT INTO tile (level, n, hashes) VALUES (?, ?, ?) ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes",
            [(tile.level, tile.index, hashes) for tile, hashes in staged.items()],
        )
        note = sign_checkpoint(Checkpoint(self.verifier.name, edge.size, edge.root), self._key)
        connection.execute(
            "INSERT INTO checkpoint (size, map_index, note, cosigned, at_ms) VALUES (?, ?, ?, ?, ?)",
            (edge.size, placed.index, note.encode(), note.encode(), at_ms),
        )
        return edge, Published(edge.size, placed.index, labels, note, note)

    def _rebuild(self, connection: sqlite3.Connection) -> tuple[TileEdge, Published | None]:
        row = connection.execute("SELECT size, map_index, note, cosigned FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
        if row is None:
            return TileEdge(0, lambda tile: b""), None
        size, map_index, note, cosigned = row
        edge = TileEdge(size, lambda tile: self.load_tile(connection, tile))
        leaves = (decode_leaf(data) for (data,) in connection.execute("SELECT data FROM leaf WHERE idx < ? ORDER BY idx", (size,)))
        labels = LabelMap(leaf.label for leaf in leaves if leaf.kind.labelled)
        return edge, Published(size, map_index, labels, parse_note(note), parse_note(cosigned))


def count_leaves(connection: sqlite3.Connection) -> int:
    """How many leaves are durable, published or not."""
    return int(connection.execute("SELECT COALESCE(MAX(idx), -1) + 1 FROM leaf").fetchone()[0])


def newest_moment(connection: sqlite3.Connection) -> int:
    """Time of the newest leaf, 0 in an empty log."""
    row = connection.execute("SELECT data FROM leaf ORDER BY idx DESC LIMIT 1").fetchone()
    return decode_leaf(row[0]).at_ms if row else 0


def _keep_cosigned(connection: sqlite3.Connection, size: int, note: Note) -> Note:
    # Witnesses answer in any order: what one of them has signed must not undo what another has.
    row = connection.execute("SELECT cosigned FROM checkpoint WHERE size = ?", (size,)).fetchone()
    if row is None:
        raise Unavailable("checkpoint-missing", f"size {size}")
    merged = add_signatures(parse_note(bytes(row[0])), note.signatures[1:])
    connection.execute("UPDATE checkpoint SET cosigned = ? WHERE size = ?", (merged.encode(), size))
    return merged
