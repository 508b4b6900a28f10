"""Asking the witnesses to cosign (C2SP tlog-witness).  An outage of theirs never blocks a release; a witness that saw more than we hold
stops the start."""

import asyncio
import contextlib
import sqlite3
from typing import Final

import aiohttp

from enishi import clock
from enishi.errors import Fault, Malformed, Misconfigured, Unavailable
from enishi.mesh import logs
from enishi.roles.keeper.log import Log, Published
from enishi.store import crash
from enishi.tlog.cosign import verify_cosignature
from enishi.tlog.note import Note, Verifier, add_signatures, parse_signatures, parse_verifier
from enishi.tlog.tiles import TileHashes
from enishi.tlog.tree import prove_consistency
from enishi.tlog.witness import Submission

TIMEOUT = aiohttp.ClientTimeout(total=5)
PACE_S: Final = 0.2
"""Pause after a cosignature: under load each covers the leaves of several checkpoints."""
ANSWER: Final = 65_536
"""Bytes of a witness's answer that are read; a cosignature has some two hundred."""
REFRESH_S: Final = 300.0
"""How often a checkpoint that stays the newest is cosigned again, so that in a quiet log the witnesses' word does not get too old."""


class Witnessing:
    """Sends checkpoints to one witness, remembering what it has seen."""

    def __init__(self, log: Log, url: str, witness: Verifier) -> None:
        """`url` is the witness's add-checkpoint address, `witness` the key it cosigns with."""
        self._log = log
        self._witness = witness
        self._url = url
        self._seen = 0

    async def run(self) -> None:
        """Offer every new checkpoint, the newest first, and the same one again before its cosignature gets old; ends when cancelled."""
        done, at = -1, 0.0
        async with aiohttp.ClientSession(trust_env=False) as session:
            while True:
                published = self._log.published
                if published is None or (published.size == done and clock.monotonic() < at + REFRESH_S):
                    await asyncio.sleep(0.05)
                    continue
                try:
                    await self.offer(session, published)
                    done, at = published.size, clock.monotonic()
                    await asyncio.sleep(PACE_S)
                except (aiohttp.ClientError, TimeoutError) as error:
                    logs.warn("witness-unreachable", kind=type(error).__name__)
                    await asyncio.sleep(1)
                except (Fault, sqlite3.Error) as error:
                    await self._failed(error)
                    await asyncio.sleep(1)

    async def offer(self, session: aiohttp.ClientSession, published: Published) -> None:
        """Submit one checkpoint, from the size the witness names; Misconfigured("log-behind-witness") if it saw a larger tree."""
        # A log that was put back to an older state has seen less than this object remembers; the witness will say what it has.
        self._seen = min(self._seen, published.size)
        for _ in range(2):
            proof = await self._log.database.read(
                lambda connection: prove_consistency(
                    TileHashes(published.size, lambda tile: self._log.load_tile(connection, tile)), self._seen, published.size
                )
            )
            body = Submission(self._seen, tuple(proof), published.note).encode()
            crash.point("keeper.witness.before_send")
            async with session.post(self._url, data=body, timeout=TIMEOUT) as response:
                answer = await _text(response)
                if response.status == 200:
                    self._seen = published.size
                    await self._log.cosigned(published.size, self._countersigned(published, answer))
                    return await self._log.fence.cosigned(self._witness.name)
                # 409 without a size: another root at this size; 422: what the witness saw is no part of this tree (C2SP tlog-witness).
                if response.status == 422 or (response.status == 409 and response.content_type != "text/x.tlog.size"):
                    raise Misconfigured("witness-saw-another-history", answer.strip()[:80])
                if response.status != 409:
                    raise Malformed("witness-answer", f"status {response.status}")
                self._seen = _size(answer)
            if self._seen > published.size:
                raise Misconfigured("log-behind-witness", f"the witness saw {self._seen} leaves, this log has {published.size}")
        raise Malformed("witness-answer", "the witness moved while being asked")

    async def _failed(self, error: Fault | sqlite3.Error) -> None:
        code = error.code if isinstance(error, Fault) else type(error).__name__
        # What our own database did not take is no word of the witness.
        ours = isinstance(error, Unavailable | sqlite3.Error)
        logs.fail("cosignature-not-kept" if ours else "witness-refuses", code=code)
        if isinstance(error, Misconfigured):
            await self._refused(error)

    async def _refused(self, fault: Misconfigured) -> None:
        # What fails on the disk here is tried again with the next refusal, a second later.
        with contextlib.suppress(Fault):
            await self._log.fence.refused(self._witness.name, fault.code)

    def _countersigned(self, published: Published, answer: str) -> Note:
        # Lines of keys that we do not know are passed over (C2SP tlog-witness).  One false line kept under a trusted name would make
        # every reader distrust the checkpoint, so each of this witness's is verified first.
        lines = [line for line in parse_signatures(answer) if self._witness.made(line)]
        if not lines:
            raise Malformed("witness-answer", "no line of the witness's own key")
        for line in lines:
            verify_cosignature(published.note.text, line, self._witness)
        return add_signatures(published.note, lines)

    async def check_start(self) -> None:
        """Refuse to start below what the witness last saw: a database rolled back must not grow a second history.

        A witness that cannot be reached delays nothing: the fence makes the same comparison at its first word.
        """
        published = self._log.published
        try:
            async with aiohttp.ClientSession(trust_env=False) as session:
                if published is not None:
                    await self.offer(session, published)
                    return
                await self._check_new(session)
        except (aiohttp.ClientError, TimeoutError) as error:
            logs.warn("witness-unreachable", kind=type(error).__name__)
            self._log.fence.unheard(self._witness.name)

    async def _check_new(self, session: aiohttp.ClientSession) -> None:
        async with session.get(self._url.removesuffix("/add-checkpoint") + "/size", params={"origin": self._log.verifier.name}) as response:
            answer = await _text(response)
            if response.status == 200 and (seen := _size(answer)):
                raise Misconfigured("log-behind-witness", f"the witness saw {seen} leaves, this log is empty")


async def _text(response: aiohttp.ClientResponse) -> str:
    body = b""
    while len(body) <= ANSWER and (part := await response.content.readany()):
        body += part
    if len(body) > ANSWER:
        raise Malformed("witness-answer", f"more than {ANSWER} bytes")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("witness-answer", "no UTF-8") from error


def _size(answer: str) -> int:
    digits = answer.strip()
    # isdigit() alone would let other scripts' digits through, which int() does not all read, nor any number of them.
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19:
        raise Malformed("witness-answer", "no size")
    return int(digits)


def witnessings(log: Log, urls: str, keys: str) -> tuple[Witnessing, ...]:
    """One for each witness of two comma-separated lists in the same order; Misconfigured("witness-policy-impossible") if they differ in length."""
    pairs = urls.split(","), keys.split(",")
    if len(pairs[0]) != len(pairs[1]):
        raise Misconfigured("witness-policy-impossible", f"{len(pairs[0])} addresses, {len(pairs[1])} keys", "witness")
    return tuple(Witnessing(log, url, parse_verifier(key)) for url, key in zip(*pairs, strict=True))
