"""Wiring of the keeper: secrets, database, log, use cases, doors."""

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from typing import Any

import msgspec

from enishi import clock
from enishi.errors import Fault, Unavailable
from enishi.law import load
from enishi.mesh.asgi import App
from enishi.mesh.client import MeshClient
from enishi.mesh.config import RoleConfig, peer
from enishi.mesh.metrics import Meter
from enishi.mesh.pki import Peer
from enishi.mesh.registry import read_pins
from enishi.mesh.rpc import MIB, Endpoint
from enishi.mesh.tls import Credentials
from enishi.protocol import wire
from enishi.protocol.event import Event
from enishi.protocol.legal import Jurist, policy_of
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.registry import check_snapshot
from enishi.protocol.second import SecondAsk, SecondPage
from enishi.protocol.self_disclosure import SelfCommit, SelfMessage
from enishi.protocol.standing import SuspensionNote
from enishi.roles.keeper.admit import Admission
from enishi.roles.keeper.changes import Changes
from enishi.roles.keeper.commit import Committing
from enishi.roles.keeper.comparing import Comparing
from enishi.roles.keeper.enrol import Enrolling
from enishi.roles.keeper.face import build_face
from enishi.roles.keeper.keys import load_secrets
from enishi.roles.keeper.late import enter_late
from enishi.roles.keeper.log import Log
from enishi.roles.keeper.outcome import Outcomes
from enishi.roles.keeper.rest import Rest
from enishi.roles.keeper.schema import MIGRATIONS
from enishi.roles.keeper.second import Second
from enishi.roles.keeper.self_disclosure import SelfDisclosing
from enishi.roles.keeper.snapshots import Snapshots
from enishi.roles.keeper.state import State
from enishi.roles.keeper.suspending import Suspending
from enishi.roles.keeper.ticket import LIFE_MS, Tickets
from enishi.roles.keeper.view import Viewing
from enishi.roles.keeper.withholding import note_missing
from enishi.roles.keeper.witnessing import witnessings
from enishi.seal.dsse import Envelope
from enishi.store import crash
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.tlog.note import parse_verifier
from enishi.tlog.policy import MAX_AGE_MS, WitnessPolicy

LATE_EVERY_S = 60
SEEN_S = 5.0
"""How long the exchange has to say how far it saw the log."""


class Keeper:
    """The keeper as a process."""

    name = "keeper"

    def __init__(self, config: RoleConfig) -> None:
        """`settings`: `origin`, the log's name; `witness`, addresses of add-checkpoint, and `witness_key`, both comma separated and in one order;
        `witness_quorum`, how many of them readers ask for; `address`, where the public finds the log."""
        self._config = config
        self._database: Database | None = None
        self._client: MeshClient | None = None
        self._state: State | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.meter = Meter()

    async def start(self) -> None:
        """Open and recover: shares, the newest snapshot, the log. Recovery is this ordinary path."""
        secrets = load_secrets(Keyring(self._config.data / "keys"))
        self._database = database = Database.open(self._config.data / "keeper.db", MIGRATIONS)
        settings = self._config.settings
        witnesses = settings["witness"].count(",") + 1
        log = Log(database, secrets.log, settings["origin"], int(settings.get("witness_quorum", "1")), witnesses)
        await log.load()
        jurist = Jurist(load(), policy_of(self._config.proposals, self._config.law_edge))
        pins = read_pins(self._config.data)
        state = State(secrets, database, Rest(secrets.rest), log, Tickets(secrets.ticket, self.meter), jurist, pins, self._config.on, self.meter)
        await database.read(state.load_shares)
        await database.read(state.load_notes)
        self._client = MeshClient(Credentials(self._config.tls))
        if "exchange" in self._config.peers:
            state.comparing = Comparing(log, self._seen)
        await self._take_up(state)
        self._state = state

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """The verbs behind the mesh door; all but health, the second chain and a suspension by the commission are the exchange's."""
        assert self._state is not None
        state, exchange = self._state, frozenset({"exchange"})
        admission, committing, outcomes = Admission(state), Committing(state), Outcomes(state)
        viewing, disclosing = Viewing(state), SelfDisclosing(state)
        snapshots, enrolling, changes = Snapshots(state), Enrolling(state, self._deliver), Changes(state)

        def door(path: str, request: Any, reply: Any, handle: Any, limit: int = 16 * MIB) -> Endpoint[Any, Any]:
            async def handler(asked: Any, caller: Peer) -> Any:
                return await handle(asked)

            return Endpoint(path, request, reply, handler, exchange, limit)

        return (
            door("/keeper/admit", wire.Batch[wire.Admit], wire.Results[wire.Admitted], admission.handle),
            door("/keeper/commit", wire.Batch[wire.Commit], wire.Results[wire.Committed], committing.handle),
            door("/keeper/outcome", wire.Batch[wire.OutcomeForm], wire.Results[wire.Recorded], outcomes.handle),
            door("/keeper/pending", wire.ItemIds, wire.Pending, outcomes.pending),
            door("/keeper/enrol", wire.EnrolOperate, wire.Empty, enrolling.handle),
            door("/keeper/view/admit", wire.ViewMessage, wire.ViewAdmitted, viewing.admit),
            door("/keeper/view/commit", wire.ViewCommit, wire.ViewCommitted, viewing.commit),
            door("/keeper/self/admit", SelfMessage, wire.ViewAdmitted, disclosing.admit),
            door("/keeper/self/commit", SelfCommit, wire.CommittedItem, disclosing.commit),
            door("/keeper/event", Event, SignedReceipt, changes.handle, MIB),
            door("/keeper/parts", wire.ShareRequest, wire.KeeperParts, snapshots.parts),
            door("/keeper/snapshot", wire.SnapshotReply, wire.Recorded, snapshots.adopt),
            Endpoint("/keeper/suspend", SuspensionNote, wire.Recorded, self._suspend, frozenset({"exchange", "oversight"})),
            Endpoint("/keeper/second", SecondAsk, SecondPage, self._second, frozenset({"oversight"})),
        )

    def face(self) -> App | None:
        """The public log."""
        assert self._state is not None
        settings = self._config.settings
        witnesses = tuple(parse_verifier(key) for key in settings["witness_key"].split(","))
        policy = WitnessPolicy(int(settings.get("witness_quorum", "1")), witnesses, MAX_AGE_MS)
        return build_face(self._state.log, policy, settings.get("address", "http://log.localhost"))

    async def after_open(self) -> None:
        """Refuse to go on below what exchange or witness saw; then publish, ask for cosignatures, note what is withheld, enter what no longer is."""
        assert self._state is not None
        asking = witnessings(self._state.log, self._config.settings["witness"], self._config.settings["witness_key"])
        starts = [one.check_start() for one in asking]
        if self._state.comparing is not None:
            starts.append(self._state.comparing.check_start())
        await asyncio.gather(*starts)
        self._tasks = [asyncio.create_task(work) for work in (self._state.log.run(), *(one.run() for one in asking), self._late(), self._sweep())]

    async def stop(self) -> None:
        """End the tasks, close client and database."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._client is not None:
            await self._client.close()
        if self._database is not None:
            await self._database.close()

    async def _take_up(self, state: State) -> None:
        row = await state.database.read(
            lambda connection: connection.execute("SELECT envelope FROM snapshot ORDER BY serial DESC LIMIT 1").fetchone()
        )
        if row is None:
            return
        snapshot, digest = check_snapshot(msgspec.msgpack.decode(row[0], type=Envelope), state.pins)
        # After an upgrade of the law data the exchange brings a new snapshot; until then nothing is decided here.
        if snapshot.law == state.jurist.digest:
            state.adopt(snapshot, digest)
            # What the exchange cannot be asked for yet is noted when it brings its snapshot, and every minute.
            with contextlib.suppress(Unavailable):
                await note_missing(state)

    async def _late(self) -> None:
        assert self._state is not None
        while True:
            for work in (note_missing, enter_late):
                with contextlib.suppress(Fault):
                    await work(self._state)
            await asyncio.sleep(LATE_EVERY_S)

    async def _sweep(self) -> None:
        assert self._state is not None
        while True:
            self._state.tickets.sweep(clock.now_ms())
            await asyncio.sleep(LIFE_MS / 1000)

    async def _suspend(self, note: SuspensionNote, caller: Peer) -> wire.Recorded:
        assert self._state is not None
        return await Suspending(self._state).take(note)

    async def _second(self, asked: SecondAsk, caller: Peer) -> SecondPage:
        assert self._state is not None
        return await Second(self._state).handle(asked)

    def _seen(self) -> Awaitable[wire.LogSeen]:
        assert self._client is not None
        crash.point("keeper.seen.before_send")
        return self._client.call(peer(self._config, "exchange"), "exchange", "/exchange/seen", wire.Empty(), wire.LogSeen, SEEN_S)

    def _deliver(self, platform: str, delivery: wire.Deliver) -> Awaitable[wire.Empty]:
        assert self._client is not None
        assert self._state is not None
        joined = self._state.snapshot.door(platform) if platform not in self._config.peers else ""
        crash.point("keeper.enrolled.before_send")
        return self._client.call(joined or peer(self._config, platform), "gateway", "/gateway/enrolled", delivery, wire.Empty, 60.0)


def build(config: RoleConfig) -> Keeper:
    """The role for a configuration."""
    return Keeper(config)
