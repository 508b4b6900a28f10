"""Asking the witnesses to cosign (C2SP tlog-witness).  An outage of theirs never blocks a release; a witness that saw more than we hold
stops the start."""

import asyncio

import aiohttp

from enishi.errors import Fault, Malformed, Misconfigured
from enishi.mesh import logs
from enishi.roles.keeper.log import Log, Published
from enishi.store import crash
from enishi.tlog.cosign import verify_cosignature
from enishi.tlog.note import Note, Verifier, add_signatures, parse_signatures
from enishi.tlog.tiles import TileHashes
from enishi.tlog.tree import prove_consistency
from enishi.tlog.witness import Submission

TIMEOUT = aiohttp.ClientTimeout(total=5)


class Witnessing:
    """Sends checkpoints to one witness, remembering what it has seen."""

    def __init__(self, log: Log, url: str, witness: Verifier) -> None:
        """`url` is the witness's add-checkpoint address, `witness` the key it cosigns with."""
        self._log = log
        self._witness = witness
        self._url = url
        self._seen = 0

    async def run(self) -> None:
        """Offer every new checkpoint, the newest first; ends when cancelled."""
        done = -1
        async with aiohttp.ClientSession(trust_env=False) as session:
            while True:
                published = self._log.published
                if published is None or published.size == done:
                    await asyncio.sleep(0.05)
                    continue
                try:
                    await self.offer(session, published)
                    done = published.size
                except (aiohttp.ClientError, TimeoutError, Fault) as error:
                    logs.warn("witness-unreachable", kind=type(error).__name__)
                    await asyncio.sleep(1)

    async def offer(self, session: aiohttp.ClientSession, published: Published) -> None:
        """Submit one checkpoint, from the size the witness names; Misconfigured("log-behind-witness") if it saw a larger tree."""
        for _ in range(2):
            proof = await self._log.database.read(
                lambda connection: prove_consistency(
                    TileHashes(published.size, lambda tile: self._log.load_tile(connection, tile)), self._seen, published.size
                )
            )
            body = Submission(self._seen, tuple(proof), published.note).encode()
            crash.point("keeper.witness.before_send")
            async with session.post(self._url, data=body, timeout=TIMEOUT) as response:
                answer = await response.text()
                if response.status == 200:
                    self._seen = published.size
                    return await self._log.cosigned(published.size, self._countersigned(published, answer))
                if response.content_type != "text/x.tlog.size" and response.status == 409:
                    raise Misconfigured("witness-saw-another-history", answer.strip()[:80])
                if response.status != 409 or not answer.strip().isdigit():
                    raise Malformed("witness-answer", f"status {response.status}")
                self._seen = int(answer)
            if self._seen > published.size:
                raise Misconfigured("log-behind-witness", f"the witness saw {self._seen} leaves, this log has {published.size}")
        raise Malformed("witness-answer", "the witness moved while being asked")

    def _countersigned(self, published: Published, answer: str) -> Note:
        # One false line kept under a trusted name would make every reader distrust the checkpoint, so each is verified first.
        lines = parse_signatures(answer)
        for line in lines:
            verify_cosignature(published.note.text, line, self._witness)
        return add_signatures(published.note, lines)

    async def check_start(self) -> None:
        """Refuse to start below what the witness last saw: a database rolled back must not grow a second history."""
        published = self._log.published
        try:
            async with aiohttp.ClientSession(trust_env=False) as session:
                if published is not None:
                    await self.offer(session, published)
                    return
                await self._check_new(session)
        except (aiohttp.ClientError, TimeoutError) as error:
            logs.warn("witness-unreachable", kind=type(error).__name__)

    async def _check_new(self, session: aiohttp.ClientSession) -> None:
        async with session.get(self._url.removesuffix("/add-checkpoint") + "/size", params={"origin": self._log.verifier.name}) as response:
            seen = (await response.text()).strip()
            if response.status == 200 and seen.isdigit() and int(seen):
                raise Misconfigured("log-behind-witness", f"the witness saw {seen} leaves, this log is empty")
