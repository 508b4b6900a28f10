"""Wiring of oversight: database, co-signing key, the law it carries itself, and its own check of the second chain."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final

from enishi.law import load
from enishi.mesh.asgi import App
from enishi.mesh.client import MeshClient
from enishi.mesh.config import RoleConfig, peer
from enishi.mesh.doors import Door
from enishi.mesh.metrics import Meter
from enishi.mesh.operators import OPERATOR, demand_operator
from enishi.mesh.pki import Peer
from enishi.mesh.registry import read_pins
from enishi.mesh.rpc import MIB, Endpoint
from enishi.mesh.tls import Credentials
from enishi.protocol.commission import (
    CommissionAnswerAsk,
    CommissionHanded,
    CommissionList,
    CommissionLook,
    CommissionShowAsk,
    CommissionShown,
    CommissionState,
    CommissionTaken,
)
from enishi.protocol.registry import EXCHANGE
from enishi.protocol.second import SecondPage
from enishi.protocol.standing import ApproveAsk, RegistryShown, SuspendAsk, Suspended
from enishi.protocol.wire import Empty, Recorded, SnapshotReply
from enishi.roles.oversight.cosigning import Cosigning
from enishi.roles.oversight.forgetting import keep_forgetting
from enishi.roles.oversight.held import signed_snapshot
from enishi.roles.oversight.letters import KEY as LETTERS_KEY
from enishi.roles.oversight.letters import Letters, new_letters_key
from enishi.roles.oversight.schema import MIGRATIONS
from enishi.roles.oversight.second import SecondCheck, keep_checking
from enishi.roles.oversight.suspending import Suspending, SuspendingDoors, keep_telling
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.tlog.note import Verifier, parse_verifier

PORTAL: Final = frozenset({"portal"})


class Oversight:
    """Oversight as a process."""

    name = "oversight"

    def __init__(self, config: RoleConfig) -> None:
        """`peers`: keeper and exchange, who are told of suspensions; the keeper's second chain is checked. `settings`: operator."""
        self._config = config
        self._database: Database | None = None
        self._cosigning: Cosigning | None = None
        self._suspending: Suspending | None = None
        self._letters: Letters | None = None
        self._client: MeshClient | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.meter = Meter()

    async def start(self) -> None:
        """Open the database and read the key."""
        if "keeper" in self._config.peers:
            self._client = MeshClient(Credentials(self._config.tls))
        keys = Keyring(self._config.data / "keys")
        key = SigningKey.from_bytes(keys.get("signing"))
        self._database = Database.open(self._config.data / "oversight.db", MIGRATIONS)
        self._cosigning = Cosigning(self._database, key, read_pins(self._config.data)[EXCHANGE], load().digest)
        # Made here too, for a folder of a version that had none; its public part goes into the portal's configuration.
        self._letters = Letters(self._database, SealingKey.from_bytes(keys.get_or_make(LETTERS_KEY, new_letters_key)))
        self._suspending = Suspending(self._database, key, self._suspending_doors())

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """Co-signing for the exchange, letters for the portal; for the commission's own operator the registry, suspension, and the letters again."""
        return (
            Endpoint("/oversight/cosign", SnapshotReply, SnapshotReply, self._cosign, frozenset({"exchange"}), 8 * MIB),
            Endpoint("/oversight/registry/show", Empty, RegistryShown, self._show, OPERATOR),
            Endpoint("/oversight/registry/approve", ApproveAsk, Empty, self._approve, OPERATOR),
            Endpoint("/oversight/registry/suspend", SuspendAsk, Suspended, self._suspend, OPERATOR),
            Endpoint("/oversight/letter", CommissionHanded, CommissionTaken, self._take_letter, PORTAL),
            Endpoint("/oversight/letter/state", CommissionLook, CommissionState, self._letter_state, PORTAL),
            Endpoint("/oversight/letters/list", Empty, CommissionList, self._list_letters, OPERATOR),
            Endpoint("/oversight/letters/show", CommissionShowAsk, CommissionShown, self._show_letter, OPERATOR),
            Endpoint("/oversight/letters/answer", CommissionAnswerAsk, Empty, self._answer_letter, OPERATOR),
        )

    def face(self) -> App | None:
        """The commission's console joins later; no page yet."""
        return None

    async def after_open(self) -> None:
        """Let go of old letters, tell of suspensions, and check the second chain, at start and then regularly; the peers may come up later."""
        assert self._letters is not None
        self._tasks = [asyncio.create_task(keep_forgetting(self._letters))]
        if self._client is None:
            return
        assert self._suspending is not None
        keeper = Door(self._client, peer(self._config, "keeper"), "keeper")
        check = SecondCheck(lambda asked: keeper.call("/keeper/second", asked, SecondPage), self._log_key, self.meter)
        self._tasks += [asyncio.create_task(work) for work in (keep_checking(check), keep_telling(self._suspending))]

    async def stop(self) -> None:
        """End the tasks, close client and database."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._client is not None:
            await self._client.close()
        if self._database is not None:
            await self._database.close()

    def _suspending_doors(self) -> SuspendingDoors | None:
        if self._client is None or "exchange" not in self._config.peers:
            return None
        keeper = Door(self._client, peer(self._config, "keeper"), "keeper")
        exchange = Door(self._client, peer(self._config, "exchange"), "exchange")
        return SuspendingDoors(
            lambda note: keeper.call("/keeper/suspend", note, Recorded), lambda note: exchange.call("/exchange/suspended", note, Empty)
        )

    async def _log_key(self) -> Verifier:
        assert self._database is not None
        return parse_verifier((await self._database.read(signed_snapshot)).log_key)

    async def _cosign(self, draft: SnapshotReply, peer: Peer) -> SnapshotReply:
        assert self._cosigning is not None
        return await self._cosigning.handle(draft)

    async def _show(self, asked: Empty, caller: Peer) -> RegistryShown:
        assert self._suspending is not None
        demand_operator(self._config, caller)
        return await self._suspending.shown()

    async def _approve(self, asked: ApproveAsk, caller: Peer) -> Empty:
        assert self._cosigning is not None
        demand_operator(self._config, caller)
        await self._cosigning.approve(asked.digest, caller.name)
        return Empty()

    async def _suspend(self, asked: SuspendAsk, caller: Peer) -> Suspended:
        assert self._suspending is not None
        demand_operator(self._config, caller)
        return await self._suspending.suspend(asked)

    @property
    def letters(self) -> Letters:
        """The letters, once the role has started."""
        assert self._letters is not None
        return self._letters

    async def _take_letter(self, handed: CommissionHanded, caller: Peer) -> CommissionTaken:
        return await self.letters.take(handed)

    async def _letter_state(self, look: CommissionLook, caller: Peer) -> CommissionState:
        return await self.letters.state(look)

    async def _list_letters(self, asked: Empty, caller: Peer) -> CommissionList:
        demand_operator(self._config, caller)
        return await self.letters.listed()

    async def _show_letter(self, asked: CommissionShowAsk, caller: Peer) -> CommissionShown:
        demand_operator(self._config, caller)
        return await self.letters.shown(asked.number)

    async def _answer_letter(self, asked: CommissionAnswerAsk, caller: Peer) -> Empty:
        demand_operator(self._config, caller)
        await self.letters.answer(asked)
        return Empty()


def build(config: RoleConfig) -> Oversight:
    """The role for a configuration."""
    return Oversight(config)
