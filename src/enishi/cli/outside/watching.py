"""Watching a log: read its checkpoint again and again, see that it continues what was seen, cosign it, and keep what shows a fork if it does not."""

import asyncio
from collections.abc import Callable
from enum import StrEnum

import aiohttp
import msgspec

from enishi import clock
from enishi.cli.outside.fetching import Copy, PublicFace
from enishi.cli.outside.standing import Held
from enishi.cli.outside.telling import Words, say
from enishi.errors import Conflict, Fault, Tampered
from enishi.tlog.checkpoint import Checkpoint, open_checkpoint
from enishi.tlog.note import add_signatures, parse_note, parse_signatures
from enishi.tlog.tiles import Tile, TileHashes
from enishi.tlog.tree import prove_consistency
from enishi.tlog.witness import Submission


class Sight(StrEnum):
    """What a look came to."""

    SEEN = "seen"
    STILL = "still"
    AWAY = "away"
    FORK = "fork"


class Look(msgspec.Struct, frozen=True):
    """One look: what it came to, the size that was shown, and the detail or the folder of the evidence."""

    sight: Sight
    size: int
    detail: str = ""

    def said(self, at: str) -> Words:
        """The look in words."""
        return say(self.sight.value, at=at, size=self.size, detail=self.detail, folder=self.detail)


async def look(held: Held, session: aiohttp.ClientSession, url: str) -> Look:
    """Look once.  What the log signed and what does not continue what was seen is a fork, whatever else the log shows."""
    face = PublicFace(session, url, Copy(None))
    try:
        encoded = await face.checkpoint()
        shown = open_checkpoint(parse_note(encoded), held.log)
    except Fault as fault:
        return Look(Sight.AWAY, 0, fault.code)
    seen = await held.cosigning.size(held.log.name)
    if seen > shown.size:
        return await _forked(held, encoded, shown, f"{seen} entries were cosigned")
    try:
        proof = await consistency_from(face, seen, shown.size)
        line = await held.cosigning.add(Submission(seen, tuple(proof), parse_note(encoded)).encode())
    except Tampered as fault:
        return await _forked(held, encoded, shown, fault.code)
    except Conflict as fault:
        if fault.code == "witness-has-another-root":
            return await _forked(held, encoded, shown, fault.code)
        # A newer checkpoint was submitted in between; the next look compares with that.
        return Look(Sight.STILL, shown.size)
    except Fault as fault:
        return Look(Sight.AWAY, shown.size, fault.code)
    held.keep_seen(add_signatures(parse_note(encoded), parse_signatures(line)))
    return Look(Sight.STILL if seen == shown.size else Sight.SEEN, shown.size)


async def _forked(held: Held, encoded: bytes, shown: Checkpoint, why: str) -> Look:
    last = await held.cosigning.last_note(held.log.name)
    return Look(Sight.FORK, shown.size, str(held.keep_fork(last, encoded, why, clock.now_ms())))


async def consistency_from(face: PublicFace, old: int, size: int) -> list[bytes]:
    """The consistency proof between two sizes, from the tiles that it needs and no others."""
    held: dict[Tile, bytes] = {}

    def load(tile: Tile) -> bytes:
        if tile not in held:
            raise _Wanted(tile)
        return held[tile]

    while True:
        try:
            return prove_consistency(TileHashes(size, load), old, size)
        except _Wanted as wanted:
            held[wanted.tile] = await face.tile(wanted.tile)


async def watch(held: Held, session: aiohttp.ClientSession, url: str, every_s: float, tell: Callable[[Look], None]) -> None:
    """Look every so many seconds until cancelled; a fork is told each time it is seen, and watching goes on."""
    while True:
        tell(await look(held, session, url))
        await asyncio.sleep(every_s)


class _Wanted(Exception):
    def __init__(self, tile: Tile) -> None:
        super().__init__(tile.path)
        self.tile = tile
