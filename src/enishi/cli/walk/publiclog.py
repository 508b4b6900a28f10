"""The log as an exporter reads it: from the keeper's own database, or from the public tiles that anyone can fetch."""

import asyncio
import sqlite3
from typing import Final, Protocol

import aiohttp

from enishi.client.session import loopback_session
from enishi.errors import Unavailable, Unknown
from enishi.tlog.checkpoint import parse_checkpoint
from enishi.tlog.note import Note, parse_note
from enishi.tlog.tiles import ENTRIES, WIDTH, Tile, decode_bundle

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


class LogReader(Protocol):
    """One state of the log: a checkpoint, the tiles below it, its leaves."""

    note: Note
    size: int

    def tile(self, tile: Tile) -> bytes:
        """The hashes of a tile at this size, 32 bytes each."""

    def leaf(self, index: int) -> bytes:
        """One leaf, 78 bytes; Unknown("evidence-not-logged") beyond the checkpoint."""


class KeeperLog:
    """Of the checkpoints of the keeper's database that cover a position the newest that most witnesses have cosigned."""

    def __init__(self, connection: sqlite3.Connection, covering: int) -> None:
        """`covering`: the last position that the evidence needs; Unavailable("evidence-not-logged") if no checkpoint covers it."""
        self._connection = connection
        rows = connection.execute("SELECT size, cosigned FROM checkpoint WHERE size > ? ORDER BY size DESC LIMIT 50", (covering,)).fetchall()
        if not rows:
            raise Unavailable("evidence-not-logged", f"leaf {covering}")
        notes = [(size, parse_note(cosigned)) for size, cosigned in rows]
        most = max(len(note.signatures) for _, note in notes)
        self.size, self.note = next((size, note) for size, note in notes if len(note.signatures) == most)

    def tile(self, tile: Tile) -> bytes:
        """A stored tile cut to its width: it only ever grows at its end."""
        row = self._connection.execute("SELECT hashes FROM tile WHERE level = ? AND n = ?", (tile.level, tile.index)).fetchone()
        return bytes(row[0][: 32 * tile.width]) if row else b""

    def leaf(self, index: int) -> bytes:
        """A leaf from its table."""
        row = self._connection.execute("SELECT data FROM leaf WHERE idx = ?", (index,)).fetchone()
        if row is None or index >= self.size:
            raise Unknown("evidence-not-logged", f"leaf {index}", "index")
        return bytes(row[0])


class PublicLog:
    """The newest checkpoint of a public log (C2SP tlog-tiles) at an address."""

    def __init__(self, url: str) -> None:
        """Fetch the checkpoint; Unavailable("evidence-log-unreachable")."""
        self._url = url.rstrip("/")
        self.note = parse_note(self._get("checkpoint"))
        self.size = parse_checkpoint(self.note.text).size

    def tile(self, tile: Tile) -> bytes:
        """A hash tile."""
        return self._get(tile.path)

    def leaf(self, index: int) -> bytes:
        """A leaf out of its entry bundle."""
        if index >= self.size:
            raise Unknown("evidence-not-logged", f"leaf {index}", "index")
        n, offset = divmod(index, WIDTH)
        width = min(WIDTH, self.size - n * WIDTH)
        return decode_bundle(self._get(Tile(ENTRIES, n, width).path), width)[offset]

    def _get(self, path: str) -> bytes:
        try:
            return asyncio.run(_fetch(f"{self._url}/{path}"))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable("evidence-log-unreachable", type(error).__name__, "log") from error


async def _fetch(url: str) -> bytes:
    async with loopback_session() as session, session.get(url, timeout=TIMEOUT) as response:
        if response.status != 200:
            raise Unavailable("evidence-log-unreachable", f"status {response.status}", "log")
        content: bytes = await response.read()
        return content
