"""Wiring of oversight: database, co-signing key, the law it carries itself, and its own check of the second chain."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec

from enishi.errors import Unavailable
from enishi.law import load
from enishi.mesh.asgi import App
from enishi.mesh.client import MeshClient
from enishi.mesh.config import RoleConfig, peer
from enishi.mesh.doors import Door
from enishi.mesh.metrics import Meter
from enishi.mesh.pki import Peer
from enishi.mesh.registry import read_pins
from enishi.mesh.rpc import MIB, Endpoint
from enishi.mesh.tls import Credentials
from enishi.protocol.registry import EXCHANGE, read_snapshot
from enishi.protocol.second import SecondPage
from enishi.protocol.wire import SnapshotReply
from enishi.roles.oversight.cosigning import MIGRATIONS, Cosigning
from enishi.roles.oversight.second import SecondCheck, keep_checking
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.tlog.note import Verifier, parse_verifier


class Oversight:
    """Oversight as a process."""

    name = "oversight"

    def __init__(self, config: RoleConfig) -> None:
        """`peers`: keeper, whose second chain is checked; without it there is no such check."""
        self._config = config
        self._database: Database | None = None
        self._cosigning: Cosigning | None = None
        self._client: MeshClient | None = None
        self._checking: asyncio.Task[None] | None = None
        self.meter = Meter()

    async def start(self) -> None:
        """Open the database and read the key."""
        if "keeper" in self._config.peers:
            self._client = MeshClient(Credentials(self._config.tls))
        key = SigningKey.from_bytes(Keyring(self._config.data / "keys").get("signing"))
        self._database = Database.open(self._config.data / "oversight.db", MIGRATIONS)
        self._cosigning = Cosigning(self._database, key, read_pins(self._config.data)[EXCHANGE], load().digest)

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """The one verb: co-sign."""
        return (Endpoint("/oversight/cosign", SnapshotReply, SnapshotReply, self._cosign, frozenset({"exchange"}), 8 * MIB),)

    def face(self) -> App | None:
        """The commission's console joins later; no page yet."""
        return None

    async def after_open(self) -> None:
        """Check the second chain at start and then regularly; the keeper may come up later than this role."""
        if self._client is None:
            return
        keeper = Door(self._client, peer(self._config, "keeper"), "keeper")
        check = SecondCheck(lambda asked: keeper.call("/keeper/second", asked, SecondPage), self._log_key, self.meter)
        self._checking = asyncio.create_task(keep_checking(check))

    async def stop(self) -> None:
        """End the check, close client and database."""
        if self._checking is not None:
            self._checking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._checking
        if self._client is not None:
            await self._client.close()
        if self._database is not None:
            await self._database.close()

    async def _log_key(self) -> Verifier:
        assert self._database is not None
        row = await self._database.read(lambda connection: connection.execute("SELECT envelope FROM signed ORDER BY serial DESC LIMIT 1").fetchone())
        if row is None:
            raise Unavailable("no-snapshot")
        return parse_verifier(read_snapshot(msgspec.msgpack.decode(row[0], type=Envelope).payload).log_key)

    async def _cosign(self, draft: SnapshotReply, peer: Peer) -> SnapshotReply:
        assert self._cosigning is not None
        return await self._cosigning.handle(draft)


def build(config: RoleConfig) -> Oversight:
    """The role for a configuration."""
    return Oversight(config)
