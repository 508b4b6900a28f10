"""Wiring of a gateway platform: tenants, registry, use cases, mesh endpoints and the API."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from enishi.errors import Unavailable
from enishi.linkage.possession import Proven
from enishi.mesh import logs, pki, registry
from enishi.mesh.asgi import App
from enishi.mesh.client import MeshClient
from enishi.mesh.config import RoleConfig, peer
from enishi.mesh.rpc import MIB, Endpoint
from enishi.mesh.tls import Credentials
from enishi.protocol.event import Event
from enishi.protocol.registry import possessions
from enishi.protocol.self_disclosure import SelfNotice
from enishi.protocol.wire import Batch, Deliver, Empty, Fetch, Notice, NoticeReply, Results, SnapshotReply
from enishi.roles.gateway.agents.fetching import Agents
from enishi.roles.gateway.answering.opening import OpeningTime
from enishi.roles.gateway.ask import Ask
from enishi.roles.gateway.bulk.asking import Bulk
from enishi.roles.gateway.credentials import Callers
from enishi.roles.gateway.desk import Desk
from enishi.roles.gateway.enrolment import Enrolment
from enishi.roles.gateway.events.eventing import Events
from enishi.roles.gateway.evidence.gathering import Gathering
from enishi.roles.gateway.evidence.kept import FOLDER
from enishi.roles.gateway.face import ORIGIN, Desks, Face
from enishi.roles.gateway.holdings import import_people
from enishi.roles.gateway.joining.freshness import Freshness, keep_fresh
from enishi.roles.gateway.joining.renewing import keep_certificate
from enishi.roles.gateway.joining.statusface import StatusFace
from enishi.roles.gateway.letters import kept as letters
from enishi.roles.gateway.letters.desk import LetterDesk
from enishi.roles.gateway.letters.face import LIST as LETTERS
from enishi.roles.gateway.offers.fetching import Offers
from enishi.roles.gateway.peers import EXCHANGE, REGISTRAR, MeshPeers, Peers
from enishi.roles.gateway.provide import Provide
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.reminding import KeepReminding, Reminding
from enishi.roles.gateway.representing.telling import Telling
from enishi.roles.gateway.self_disclosure import kept as own
from enishi.roles.gateway.self_disclosure.desk import SelfDesk
from enishi.roles.gateway.self_disclosure.face import LIST as DISCLOSURES
from enishi.roles.gateway.self_disclosure.providing import SelfProviding
from enishi.roles.gateway.tenant import Tenant, close_tenants, open_tenants

PATIENCE_S: Final = 0.2
FROM_EXCHANGE: Final = frozenset({"exchange"})
FROM_KEEPER: Final = frozenset({"keeper"})


class Gateway:
    """One platform process with all its tenants."""

    name = "gateway"

    def __init__(self, config: RoleConfig, peers: Peers, client: MeshClient | None = None) -> None:
        """Reach other roles through `peers`; `client` is closed with the role."""
        self._config = config
        self._client = client
        self.tenants: dict[str, Tenant] = {}
        proven = Proven()
        checked = registry.Registry(config.data, peers.snapshot, lambda snapshot: proven.check(possessions(snapshot)), config.data / FOLDER)
        self.registry = Registry(checked, Freshness(config.data))
        self._peers = peers
        self.provide = Provide(self.tenants, self.registry)
        self.ask = Ask(self.registry, peers)
        self.bulk = Bulk(self.registry, self.ask)
        self.desk = Desk(self.registry, peers)
        self.own = SelfProviding(self.tenants, self.registry)
        self.self_desk = SelfDesk(peers, self.desk.meter)
        self.letter_desk = LetterDesk()
        self.reminding = KeepReminding(
            Reminding(self.desk.meter, DISCLOSURES, "disclosure", own.crossed), Reminding(self.desk.meter, LETTERS, "letter", letters.crossed)
        )
        self.opening = OpeningTime(self.registry, self.desk)
        self.events = Events(self.tenants, self.registry, peers)
        self.enrolment = Enrolment(self.tenants, self.registry, peers)
        self.offers = Offers(self.tenants, self.registry, peers, self.enrolment)
        self.agents = Agents(self.tenants, self.registry, peers)
        self.telling = Telling(self.registry, peers)
        self._errands: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open every tenant, import its people at first start, and take up the registry of the last run."""
        self.tenants.update(open_tenants(self._config.data))
        for tenant in self.tenants.values():
            count = await import_people(tenant)
            if count:
                logs.info("imported", peer=tenant.id, count=count)
        self.registry.load()

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """The verbs behind the mesh door."""
        return (
            Endpoint("/gateway/notice", Batch[Notice], Results[NoticeReply], self.provide.notice, FROM_EXCHANGE, 16 * MIB),
            Endpoint("/gateway/fetch", Fetch, NoticeReply, self.provide.fetch, FROM_EXCHANGE),
            Endpoint("/gateway/self", SelfNotice, NoticeReply, self.own.notice, FROM_EXCHANGE),
            Endpoint("/gateway/event", Event, Empty, self.events.take, FROM_EXCHANGE),
            Endpoint("/gateway/enrolled", Deliver, Empty, self.enrolment.enrolled, FROM_KEEPER, 8 * MIB),
            Endpoint("/gateway/registry", SnapshotReply, Empty, self.registry.take, FROM_EXCHANGE, 8 * MIB),
        )

    def face(self) -> App | None:
        """The API for officials' systems."""
        callers = Callers((tenant.id, one) for tenant in self.tenants.values() for one in tenant.credentials)
        address = self._config.settings.get("address", ORIGIN)
        desks = Desks(self.desk, self.self_desk, self.letter_desk, self.agents)
        return Face(self.tenants, callers, self.ask, desks, self.events, self.bulk, self.registry, address, self._status()).app()

    def _status(self) -> StatusFace:
        return StatusFace(self._config.data, self._config.tls, self.registry.freshness)

    async def after_open(self) -> None:
        """Fetch the registry, check the tenants' keys against it, enrol who has no code yet, and take up what an earlier run left open."""
        await patiently(self._refresh)
        for tenant in self.tenants.values():
            tenant.check_keys(self.registry.current())
        await patiently(self.enrolment.enrol_all)
        tenants = tuple(self.tenants.values())
        errands = (self.ask, self.desk, self.self_desk, self.events, self.opening, self.bulk, self.offers, self.agents, self.telling, self.reminding)
        self._errands = [asyncio.create_task(errand.run(tenants)) for errand in errands]
        self._errands.append(asyncio.create_task(keep_fresh(self.registry.freshness, self.registry.refresh)))
        if pki.ends_ms(self._config.tls):
            self._errands.append(asyncio.create_task(keep_certificate(self._config.tls, self._peers.certificate)))
        if log := self._config.settings.get("log", ""):
            gathering = Gathering(self.registry, self._config.data, log)
            self._errands.append(asyncio.create_task(gathering.run(tenants)))

    async def stop(self) -> None:
        """End the errands, finish calls under way, close client and databases."""
        for errand in self._errands:
            errand.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await errand
        await self.bulk.close()
        await self.ask.close()
        if self._client is not None:
            await self._client.close()
        await close_tenants(self.tenants.values())

    async def _refresh(self) -> None:
        await self.registry.refresh()


async def patiently(work: Callable[[], Awaitable[None]]) -> None:
    """Run the work, again and again while a peer is not up yet; what starts the role ends a wait without hope."""
    while True:
        try:
            return await work()
        except Unavailable as fault:
            logs.info("waiting-for-peer", code=fault.code, peer=fault.detail)
            await asyncio.sleep(PATIENCE_S)


def build(config: RoleConfig) -> Gateway:
    """The role for a configuration; Misconfigured where a peer or a pin is missing."""
    client = MeshClient(Credentials(config.tls))
    return Gateway(config, MeshPeers(client, {name: peer(config, name) for name in (EXCHANGE, REGISTRAR)}), client)
