"""Wiring of the witness: database, key, the logs it knows, and its public face."""

from collections.abc import Sequence
from typing import Any

from enishi.mesh.asgi import App
from enishi.mesh.config import RoleConfig
from enishi.mesh.rpc import Endpoint
from enishi.roles.witness.cosigning import MIGRATIONS, Cosigning
from enishi.roles.witness.face import build_face
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.tlog.note import parse_verifier


class Witness:
    """The witness as a process."""

    name = "witness"

    def __init__(self, config: RoleConfig) -> None:
        """`settings`: `name`, the key name it cosigns under, and `log_key`, the log's verifier key."""
        self._config = config
        self._database: Database | None = None
        self._face: App | None = None

    async def start(self) -> None:
        """Open the database; what was seen last is the state, there is nothing to recover."""
        key = SigningKey.from_bytes(Keyring(self._config.data / "keys").get("cosigning"))
        log = parse_verifier(self._config.settings["log_key"])
        self._database = Database.open(self._config.data / "witness.db", MIGRATIONS)
        self._face = build_face(Cosigning(self._database, self._config.settings["name"], key, {log.name: log}))

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """None: a witness serves the public only."""
        return ()

    def face(self) -> App | None:
        """The C2SP face."""
        return self._face

    async def after_open(self) -> None:
        """Nothing needs a peer."""

    async def stop(self) -> None:
        """Close the database."""
        if self._database is not None:
            await self._database.close()


def build(config: RoleConfig) -> Witness:
    """The role for a configuration."""
    return Witness(config)
