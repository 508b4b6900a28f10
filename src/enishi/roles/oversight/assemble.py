"""Wiring of oversight: database, co-signing key, the law it carries itself."""

from collections.abc import Sequence
from typing import Any

from enishi.law import load
from enishi.mesh.asgi import App
from enishi.mesh.config import RoleConfig
from enishi.mesh.pki import Peer
from enishi.mesh.registry import read_pins
from enishi.mesh.rpc import MIB, Endpoint
from enishi.protocol.registry import EXCHANGE
from enishi.protocol.wire import SnapshotReply
from enishi.roles.oversight.cosigning import MIGRATIONS, Cosigning
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring


class Oversight:
    """Oversight as a process."""

    name = "oversight"

    def __init__(self, config: RoleConfig) -> None:
        """Take the configuration; nothing is opened yet."""
        self._config = config
        self._database: Database | None = None
        self._cosigning: Cosigning | None = None

    async def start(self) -> None:
        """Open the database and read the key."""
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
        """Nothing needs a peer."""

    async def stop(self) -> None:
        """Close the database."""
        if self._database is not None:
            await self._database.close()

    async def _cosign(self, draft: SnapshotReply, peer: Peer) -> SnapshotReply:
        assert self._cosigning is not None
        return await self._cosigning.handle(draft)


def build(config: RoleConfig) -> Oversight:
    """The role for a configuration."""
    return Oversight(config)
