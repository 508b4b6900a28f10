"""Wiring of the exchange: secrets, law, use cases, doors to keeper, gateways and oversight."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from enishi.clock import now_ms
from enishi.errors import Fault
from enishi.law import load
from enishi.mesh.asgi import App
from enishi.mesh.batch import Batcher
from enishi.mesh.client import MeshClient
from enishi.mesh.config import RoleConfig, peer
from enishi.mesh.doors import Door
from enishi.mesh.lazy import LazyFace
from enishi.mesh.patience import patiently
from enishi.mesh.pki import Peer
from enishi.mesh.registry import read_pins
from enishi.mesh.rpc import MIB, Endpoint
from enishi.mesh.tls import Credentials
from enishi.protocol import wire
from enishi.protocol.event import Event
from enishi.protocol.legal import Jurist, policy_of
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.self_disclosure import SelfMessage, SelfNotice
from enishi.protocol.standing import SuspensionNote
from enishi.protocol.statement import Inquiry
from enishi.protocol.view import LOOK_BYTES, LOOK_S
from enishi.roles.exchange.deliver import Delivery, Doors
from enishi.roles.exchange.enrol import Enrolling
from enishi.roles.exchange.events import Events
from enishi.roles.exchange.founding import FoundingDoors, publish
from enishi.roles.exchange.inquire import Inquiring, KeeperDoors
from enishi.roles.exchange.joining.admitting import Admitting, Places
from enishi.roles.exchange.joining.certificates import Certificates
from enishi.roles.exchange.joining.face import JoiningFace
from enishi.roles.exchange.joining.requests import Requests
from enishi.roles.exchange.operating import joining_doors, operator_doors
from enishi.roles.exchange.publishing import Publishing
from enishi.roles.exchange.pushed import Pushed
from enishi.roles.exchange.recover import keep_redelivering
from enishi.roles.exchange.schema import MIGRATIONS
from enishi.roles.exchange.seen import Seen
from enishi.roles.exchange.self_deliver import SelfDelivery, SelfDeliveryDoors
from enishi.roles.exchange.self_disclosure import SelfDisclosing, SelfDoors
from enishi.roles.exchange.spreading import keep_spreading
from enishi.roles.exchange.state import State, load_secrets
from enishi.roles.exchange.suspending import Suspending, SuspendingDoors
from enishi.roles.exchange.view import ViewDoors, Viewing
from enishi.store.database import Database
from enishi.store.keyring import Keyring

ROLES = frozenset({"gateway", "registrar", "portal", "keeper", "oversight"})
NO_PLATFORMS = frozenset({"exchange", "keeper", "oversight", "registrar"})
"""Peers that are no gateway platform."""


class Exchange:
    """The exchange as a process."""

    name = "exchange"

    def __init__(self, config: RoleConfig) -> None:
        """`peers`: keeper, oversight, registrar, and each gateway platform by its name; `settings`: origin, that of the law page; operator."""
        self._config = config
        self._database: Database | None = None
        self._client: MeshClient | None = None
        self._state: State | None = None
        self._keeper: Door | None = None
        self._notices: dict[str, Batcher[wire.Notice, wire.NoticeReply]] = {}
        self._publishing: Publishing | None = None
        self._suspending: Suspending | None = None
        self._admitting: Admitting | None = None
        self._seen: Seen | None = None
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the database and read secrets and shares."""
        secrets = load_secrets(Keyring(self._config.data / "keys"))
        self._database = Database.open(self._config.data / "exchange.db", MIGRATIONS)
        jurist = Jurist(load(), policy_of(self._config.proposals, self._config.law_edge))
        self._state = State(secrets, self._database, jurist, read_pins(self._config.data), self._config.on)
        await self._database.read(self._state.load_shares)
        self._client = MeshClient(Credentials(self._config.tls))
        self._keeper = Door(self._client, peer(self._config, "keeper"), "keeper")
        self._seen = Seen(self._database)
        await self._seen.load()
        self._delivery = self._make_delivery(self._keeper)
        await self._database.read(self._state.load_notes)
        self._publishing = Publishing(self._state, self._founding_doors(), frozenset(self._config.peers) - NO_PLATFORMS, self._wake.set)
        self._suspending = Suspending(self._state, self._suspending_doors(self._keeper), self._wake.set)
        self._admitting = self._make_admitting(self._state, self._database)

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """The verbs behind the mesh door."""
        assert self._state is not None
        assert self._keeper is not None
        assert self._seen is not None
        keeper, gateway = self._keeper, frozenset({"gateway"})
        admit = keeper.batched("/keeper/admit", wire.Admit, wire.Admitted)
        commit = keeper.batched("/keeper/commit", wire.Commit, wire.Committed)
        seen = self._seen
        inquiring = Inquiring(self._state, KeeperDoors(admit.submit, seen.commits(commit.submit)), self._delivery)
        enrolling = Enrolling(self._state, lambda asked: keeper.call("/keeper/enrol", asked, wire.Empty, 120.0))
        viewing = Viewing(
            self._state,
            ViewDoors(
                lambda asked: keeper.call("/keeper/view/admit", asked, wire.ViewAdmitted),
                seen.looks(lambda asked: keeper.call("/keeper/view/commit", asked, wire.ViewCommitted, LOOK_S, LOOK_BYTES)),
            ),
        )
        disclosing = SelfDisclosing(
            self._state,
            SelfDoors(
                lambda asked: keeper.call("/keeper/self/admit", asked, wire.ViewAdmitted),
                seen.selves(lambda asked: keeper.call("/keeper/self/commit", asked, wire.CommittedItem)),
            ),
            self._make_self_delivery(keeper),
        )
        pushed = Pushed(self._delivery)
        events = Events(self._state, seen.changes(lambda asked: keeper.call("/keeper/event", asked, SignedReceipt)), self._tell)

        async def inquire(batch: wire.Batch[Inquiry], caller: Peer) -> wire.Results[wire.InquiryReply]:
            return await inquiring.handle(batch, caller.tenants)

        async def outcome(batch: wire.Batch[wire.NoticeReply], caller: Peer) -> wire.Results[wire.Recorded]:
            return await pushed.handle(batch, caller.tenants)

        async def event(told: Event, caller: Peer) -> wire.Empty:
            return await events.handle(told, caller.tenants)

        async def enrol(asked: wire.EnrolOperate, caller: Peer) -> wire.Empty:
            return await enrolling.handle(asked)

        async def view(message: wire.ViewMessage, caller: Peer) -> wire.ViewReply:
            return await viewing.handle(message)

        async def own(message: SelfMessage, caller: Peer) -> wire.ItemReply:
            return await disclosing.handle(message)

        async def told(asked: wire.Empty, caller: Peer) -> wire.LogSeen:
            return seen.word()

        return (
            Endpoint("/exchange/inquire", wire.Batch[Inquiry], wire.Results[wire.InquiryReply], inquire, gateway, 16 * MIB),
            Endpoint("/exchange/outcome", wire.Batch[wire.NoticeReply], wire.Results[wire.Recorded], outcome, gateway, 16 * MIB),
            Endpoint("/exchange/event", Event, wire.Empty, event, gateway),
            Endpoint("/exchange/enrol", wire.EnrolOperate, wire.Empty, enrol, frozenset({"registrar"}), 8 * MIB),
            Endpoint("/exchange/view", wire.ViewMessage, wire.ViewReply, view, frozenset({"portal"})),
            Endpoint("/exchange/self", SelfMessage, wire.ItemReply, own, frozenset({"portal"})),
            Endpoint("/exchange/snapshot", wire.Empty, wire.SnapshotReply, self._snapshot, ROLES),
            Endpoint("/exchange/seen", wire.Empty, wire.LogSeen, told, frozenset({"keeper"})),
            Endpoint("/exchange/suspended", SuspensionNote, wire.Empty, self._suspended, frozenset({"oversight"})),
            *operator_doors(self._config, self._publishing, self._suspending),
            *joining_doors(self._config, self._admitting),
        )

    def face(self) -> App | None:
        """The law page and the standard interface, made when they are first asked for; before them the door for who wants to join."""
        assert self._admitting is not None
        return JoiningFace(self._admitting, LazyFace(self._make_face))

    async def after_open(self) -> None:
        """Publish the registry, waiting for keeper and oversight; then deliver what an earlier run left open."""
        state = self._state
        assert state is not None
        assert self._keeper is not None
        assert self._publishing is not None
        assert self._suspending is not None
        doors = self._founding_doors()
        await patiently(lambda: publish(state, doors, self._config.data / "founding.json"))
        redelivering = keep_redelivering(self._delivery, self._pending(self._keeper))
        spreading = keep_spreading(self._publishing, self._suspending, self._wake)
        assert self._seen is not None
        self._tasks = [asyncio.create_task(work) for work in (redelivering, spreading, self._seen.run())]

    async def stop(self) -> None:
        """End the tasks, close client and database."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._client is not None:
            await self._client.close()
        if self._seen is not None:
            with contextlib.suppress(Fault):
                await self._seen.keep()
        if self._database is not None:
            await self._database.close()

    def _make_face(self) -> App:
        # Imported here, so that the start waits for no template, sentence or index.
        from enishi.roles.exchange.lawface.face import build_face
        from enishi.roles.exchange.publiclaw import PublicLaw

        state, config = self._state, self._config
        assert state is not None
        origin = config.settings.get("origin", f"http://{config.face_host}:{config.face_port}")
        policy = policy_of(config.proposals, config.law_edge)
        return build_face(PublicLaw(load(), policy, state.published, lambda: state.day(now_ms()), origin))

    def _founding_doors(self) -> FoundingDoors:
        assert self._client is not None
        assert self._keeper is not None
        keeper, oversight = self._keeper, Door(self._client, peer(self._config, "oversight"), "oversight")
        return FoundingDoors(
            parts=lambda asked: keeper.call("/keeper/parts", asked, wire.KeeperParts),
            cosign=lambda draft: oversight.call("/oversight/cosign", draft, wire.SnapshotReply),
            adopt=lambda snapshot: keeper.call("/keeper/snapshot", snapshot, wire.Recorded),
        )

    def _suspending_doors(self, keeper: Door) -> SuspendingDoors:
        return SuspendingDoors(lambda note: keeper.call("/keeper/suspend", note, wire.Recorded), self._others)

    def _others(self) -> dict[str, Callable[[wire.SnapshotReply], Awaitable[wire.Empty]]]:
        assert self._state is not None
        founders = {name for name in self._config.peers if name not in NO_PLATFORMS}
        now = self._state.published()
        joined = {one.platform for one in now.gateways} if now is not None else set()
        others = {name: self._pushing(self._gateway(name), "/gateway/registry") for name in founders | joined}
        if "registrar" in self._config.peers:
            assert self._client is not None
            others["registrar"] = self._pushing(Door(self._client, peer(self._config, "registrar"), "registrar"), "/registrar/registry")
        return others

    def _make_admitting(self, state: State, database: Database) -> Admitting:
        assert self._publishing is not None
        assert self._suspending is not None
        config = self._config
        own = config.settings.get("door", f"https://exchange.mesh.localhost:{config.mesh_port}")
        places = Places(own, config.peers.get("registrar", ""), config.settings.get("log", ""))
        parts = Requests(database, lambda: state.snapshot), Certificates(database)
        return Admitting(parts, (self._publishing, self._suspending), lambda: state.snapshot, state.secrets.signing, places)

    @staticmethod
    def _pushing(door: Door, path: str) -> Callable[[wire.SnapshotReply], Awaitable[wire.Empty]]:
        return lambda shown: door.call(path, shown, wire.Empty)

    def _make_delivery(self, keeper: Door) -> Delivery:
        record = keeper.batched("/keeper/outcome", wire.OutcomeForm, wire.Recorded)
        assert self._state is not None
        assert self._seen is not None
        own = self._make_self_delivery(keeper)
        return Delivery(self._state, Doors(self._notify, self._fetch, self._seen.outcomes(record.submit), own.again))

    def _make_self_delivery(self, keeper: Door) -> SelfDelivery:
        record = keeper.batched("/keeper/outcome", wire.OutcomeForm, wire.Recorded)
        assert self._state is not None
        assert self._seen is not None
        return SelfDelivery(self._state, SelfDeliveryDoors(self._notify_self, self._seen.outcomes(record.submit)))

    @staticmethod
    def _pending(keeper: Door) -> Callable[[wire.ItemIds], Awaitable[wire.Pending]]:
        return lambda asked: keeper.call("/keeper/pending", asked, wire.Pending)

    async def _notify(self, platform: str, notice: wire.Notice) -> wire.NoticeReply:
        door = self._door(platform)
        if door not in self._notices:
            self._notices[door] = self._gateway(platform).batched("/gateway/notice", wire.Notice, wire.NoticeReply)
        return await self._notices[door].submit(notice)

    async def _notify_self(self, platform: str, notice: SelfNotice) -> wire.NoticeReply:
        return await self._gateway(platform).call("/gateway/self", notice, wire.NoticeReply)

    async def _fetch(self, platform: str, asked: wire.Fetch) -> wire.NoticeReply:
        return await self._gateway(platform).call("/gateway/fetch", asked, wire.NoticeReply)

    async def _tell(self, platform: str, event: Event) -> wire.Empty:
        return await self._gateway(platform).call("/gateway/event", event, wire.Empty)

    def _gateway(self, platform: str) -> Door:
        assert self._client is not None
        return Door(self._client, self._door(platform), "gateway")

    def _door(self, platform: str) -> str:
        # The founders' stand in the configuration, those that joined in the registry that both operators signed.
        joined = self._state.snapshot.door(platform) if self._state is not None and platform not in self._config.peers else ""
        return joined or peer(self._config, platform)

    async def _snapshot(self, asked: wire.Empty, caller: Peer) -> wire.SnapshotReply:
        assert self._state is not None
        return self._state.shown()

    async def _suspended(self, note: SuspensionNote, caller: Peer) -> wire.Empty:
        assert self._suspending is not None
        return await self._suspending.take(note)


def build(config: RoleConfig) -> Exchange:
    """The role for a configuration."""
    return Exchange(config)
