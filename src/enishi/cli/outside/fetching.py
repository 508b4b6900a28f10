"""Fetching a public log (C2SP tlog-tiles): several files at a time but politely, and kept in a folder, so that none is fetched twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Final

import aiohttp

from enishi.errors import Unavailable, Unknown
from enishi.tlog.note import MAX_NOTE
from enishi.tlog.tiles import ENTRIES, WIDTH, Tile

AT_ONCE: Final = 6
"""Requests under way at a time."""
AHEAD: Final = 48
"""Files fetched ahead of the one that is being read."""
TRIES: Final = 5
TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
LATER: Final = frozenset({429, 500, 502, 503, 504})
_MAX_TILE: Final = 32 * WIDTH
_MAX_BUNDLE: Final = (2 + 0xFFFF) * WIDTH


class Copy:
    """The folder in which full tiles and bundles are kept; they never change, so partial ones are not worth keeping."""

    def __init__(self, folder: Path | None) -> None:
        """Without a folder nothing is kept."""
        self.folder = folder
        self.used = 0

    def find(self, tile: Tile) -> bytes | None:
        """The kept content of a full tile."""
        if self.folder is None or tile.width < WIDTH:
            return None
        try:
            content = (self.folder / tile.path).read_bytes()
        except FileNotFoundError:
            return None
        self.used += 1
        return content

    def keep(self, tile: Tile, content: bytes) -> None:
        """Write a full tile whole or not at all."""
        if self.folder is None or tile.width < WIDTH:
            return
        path = self.folder / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_suffix(".new")
        waiting.write_bytes(content)
        waiting.replace(path)

    def forget(self) -> "Copy":
        """A copy that finds nothing of what lies there and overwrites it."""
        return _Anew(self.folder)


class _Anew(Copy):
    def find(self, tile: Tile) -> bytes | None:
        return None


class PublicFace:
    """One log at one address."""

    def __init__(self, session: aiohttp.ClientSession, url: str, copy: Copy) -> None:
        """`url` is the log's prefix."""
        self._session = session
        self._url = url.rstrip("/")
        self._copy = copy
        self._turn = asyncio.Semaphore(AT_ONCE)
        self.fetched = 0

    async def checkpoint(self) -> bytes:
        """The signed checkpoint as it is served; Unavailable("evidence-log-unreachable")."""
        return await self._get("checkpoint", MAX_NOTE)

    async def tile(self, tile: Tile) -> bytes:
        """A tile or bundle; Unknown("tile-unknown") if the log has it neither partial nor full."""
        known = self._copy.find(tile)
        if known is not None:
            return known
        limit = _MAX_BUNDLE if tile.level == ENTRIES else _MAX_TILE
        try:
            content = await self._get(tile.path, limit)
        except Unknown:
            # A log may drop a partial tile once the full one is there.
            if tile.width == WIDTH:
                raise
            return _cut(await self._get(tile.full.path, limit), tile)
        self._copy.keep(tile, content)
        return content

    async def tiles(self, wanted: Iterable[Tile], told: Callable[[Tile], None]) -> AsyncIterator[tuple[Tile, bytes]]:
        """Many, in the order asked for, several of them at a time."""
        waiting = iter(wanted)
        under_way = [(tile, asyncio.create_task(self.tile(tile))) for tile in islice(waiting, AHEAD)]
        try:
            while under_way:
                tile, work = under_way.pop(0)
                content = await work
                under_way += [(more, asyncio.create_task(self.tile(more))) for more in islice(waiting, 1)]
                told(tile)
                yield tile, content
        finally:
            for _, work in under_way:
                work.cancel()
            await asyncio.gather(*(work for _, work in under_way), return_exceptions=True)

    async def _get(self, path: str, limit: int) -> bytes:
        fault = Unavailable("evidence-log-unreachable", path)
        for attempt in range(TRIES):
            try:
                async with self._turn, self._session.get(f"{self._url}/{path}", timeout=TIMEOUT, allow_redirects=False) as answer:
                    if answer.status == 200:
                        self.fetched += 1
                        return await _bounded(answer, limit)
                    if answer.status not in LATER:
                        raise Unknown("tile-unknown", f"{path}: status {answer.status}")
                    fault = Unavailable("evidence-log-unreachable", f"{path}: status {answer.status}")
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                fault = Unavailable("evidence-log-unreachable", f"{path}: {type(error).__name__}")
            if attempt + 1 < TRIES:
                await asyncio.sleep(0.25 * 2**attempt)
        raise fault


async def _bounded(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    content = bytearray()
    async for piece in answer.content.iter_chunked(65_536):
        content += piece
        if len(content) > limit:
            raise Unknown("tile-unknown", f"more than {limit} bytes")
    return bytes(content)


def _cut(content: bytes, tile: Tile) -> bytes:
    if tile.level != ENTRIES:
        return content[: 32 * tile.width]
    at = 0
    for _ in range(tile.width):
        at += 2 + int.from_bytes(content[at : at + 2], "big")
    return content[:at]
