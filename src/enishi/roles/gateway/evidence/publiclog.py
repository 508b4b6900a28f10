"""The public log (C2SP tlog-tiles) as the gathering reads it: one checkpoint, and each tile that its proofs need, fetched once."""

from typing import TYPE_CHECKING, Final

from enishi.errors import Tampered, Unavailable
from enishi.evidence import Standing
from enishi.protocol.registry import Snapshot
from enishi.store import crash
from enishi.tlog.checkpoint import Checkpoint, open_checkpoint
from enishi.tlog.cosign import cosigned_at
from enishi.tlog.note import Note, parse_note, parse_verifier
from enishi.tlog.tiles import ENTRIES, WIDTH, Tile, TileHashes, decode_bundle
from enishi.tlog.tree import leaf_hash, prove_inclusion, verify_inclusion

if TYPE_CHECKING:
    import aiohttp

TIMEOUT_S: Final = 10
LIMIT: Final = 1 << 20
"""Most bytes of one checkpoint or tile that are read."""


class Reading:
    """Fetches from one log at an address; a connection for one round."""

    def __init__(self, session: "aiohttp.ClientSession", url: str) -> None:
        """`url` is the log's prefix."""
        self._session, self._url = session, url.rstrip("/")

    async def get(self, path: str) -> bytes:
        """The content at a path; Unavailable("evidence-log-unreachable")."""
        import aiohttp

        crash.point("gateway.evidence.before_send")
        try:
            async with self._session.get(f"{self._url}/{path}", timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as answer:
                if answer.status != 200:
                    raise Unavailable("evidence-log-unreachable", f"status {answer.status}", "log")
                return await answer.read() if (answer.content_length or 0) <= LIMIT else b""
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable("evidence-log-unreachable", type(error).__name__, "log") from error

    async def checkpoint(self) -> Note:
        """The newest checkpoint, read and not yet believed."""
        return parse_note(await self.get("checkpoint"))


def believed(note: Note, snapshot: Snapshot) -> Checkpoint | None:
    """The checkpoint under the log's key; None while fewer witnesses than the registry asks for have cosigned it."""
    checkpoint = open_checkpoint(note, parse_verifier(snapshot.log_key))
    if checkpoint.origin != snapshot.log_origin:
        raise Tampered("checkpoint-of-another-log", checkpoint.origin[:100])
    seen = [one for one in snapshot.witnesses if cosigned_at(note, parse_verifier(one.verifier_key)) is not None]
    return checkpoint if len(seen) >= snapshot.witness_quorum else None


class _Missing(Exception):
    def __init__(self, tile: Tile) -> None:
        super().__init__(tile.path)
        self.tile = tile


class Proofs:
    """Leaves and their inclusion paths under one checkpoint; each is verified before it is handed out."""

    def __init__(self, reading: Reading, checkpoint: Checkpoint) -> None:
        """Prove under this checkpoint."""
        self._reading, self._checkpoint = reading, checkpoint
        self._tiles: dict[Tile, bytes] = {}
        self._leaves: dict[int, list[bytes]] = {}
        self._hashes = TileHashes(checkpoint.size, self._have)

    async def standing(self, index: int) -> Standing:
        """The leaf at a position with its path; Tampered if the log does not hold together."""
        leaf = await self._leaf(index)
        while True:
            try:
                path = prove_inclusion(self._hashes, index, self._checkpoint.size)
                break
            except _Missing as missing:
                # The proof says itself which tile it lacks; the second try finds it.
                self._tiles[missing.tile] = await self._reading.get(missing.tile.path)
        verify_inclusion(leaf_hash(leaf), index, self._checkpoint.size, list(path), self._checkpoint.root)
        return Standing(index=index, leaf=leaf, inclusion=tuple(path))

    async def _leaf(self, index: int) -> bytes:
        n, offset = divmod(index, WIDTH)
        if n not in self._leaves:
            tile = Tile(ENTRIES, n, min(WIDTH, self._checkpoint.size - n * WIDTH))
            self._leaves[n] = decode_bundle(await self._reading.get(tile.path), tile.width)
        return self._leaves[n][offset]

    def _have(self, tile: Tile) -> bytes:
        if tile not in self._tiles:
            raise _Missing(tile)
        return self._tiles[tile]
