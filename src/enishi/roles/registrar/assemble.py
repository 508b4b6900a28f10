"""Wiring of the registrar: register, signing key, doors."""

from collections.abc import Sequence
from typing import Any

from enishi.law.tables import load
from enishi.linkage.possession import Proven
from enishi.mesh import logs
from enishi.mesh.asgi import App
from enishi.mesh.client import MeshClient
from enishi.mesh.config import RoleConfig, peer
from enishi.mesh.doors import Door
from enishi.mesh.patience import patiently
from enishi.mesh.pki import Peer
from enishi.mesh.registry import Registry
from enishi.mesh.rpc import MIB, Endpoint
from enishi.mesh.tls import Credentials
from enishi.protocol import wire
from enishi.protocol.agent import AgentList, AgentsAsk, AgentSession, AgentsGiven, AgentsTold, AgentTaken, AgentWithdrawal, SignedAgentMandate
from enishi.protocol.legal import policy_of
from enishi.protocol.mandate import MandateEnd, MandateFind, MandateFound, MandateOffered, MandateShown, RepresentationTold, SignedMandate
from enishi.protocol.offer import HandedAsk, HandedNumbers, HandedTaken, OfferTaken, SignedOffer
from enishi.protocol.registry import possessions
from enishi.protocol.self_disclosure import SelfMessage
from enishi.roles.registrar.acting import Acting
from enishi.roles.registrar.agentgiving import AgentGiving
from enishi.roles.registrar.asking import QUOTA
from enishi.roles.registrar.enrol import Enrolling
from enishi.roles.registrar.mandating import Mandating
from enishi.roles.registrar.offering import Offering, Reading
from enishi.roles.registrar.people import import_residents, import_signatures
from enishi.roles.registrar.representing import Representing
from enishi.roles.registrar.schema import MIGRATIONS
from enishi.roles.registrar.self_disclosure import SelfDisclosing
from enishi.roles.registrar.settling import Settling
from enishi.roles.registrar.view import Viewing
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring


class Registrar:
    """The registrar as a process."""

    name = "registrar"

    def __init__(self, config: RoleConfig) -> None:
        """`peers`: exchange; `settings`: `enrolment_quota`, how many people one institution may ask for on one day."""
        self._config = config
        self._database: Database | None = None
        self._client: MeshClient | None = None
        self._registry: Registry | None = None
        self._enrolling: Enrolling | None = None
        self._viewing: Viewing | None = None
        self._disclosing: SelfDisclosing | None = None
        self._offering: Offering | None = None
        self._mandating: Mandating | None = None
        self._representing: Representing | None = None
        self._acting: Acting | None = None
        self._agents: AgentGiving | None = None
        self._settling: Settling | None = None

    async def start(self) -> None:
        """Open the register, taking in the founding file at the first start."""
        key = SigningKey.from_bytes(Keyring(self._config.data / "keys").get("signing"))
        self._database = Database.open(self._config.data / "registrar.db", MIGRATIONS)
        people = await import_residents(self._database, self._config.data / "residents.jsonl")
        logs.info("register-open", count=people)
        if not await import_signatures(self._database, self._config.data / "signatures.jsonl"):
            # A register founded by 0.1.0: looks and enrolments go on, and whoever hands over a number is told why that cannot be.
            logs.warn("signature-serials-missing", code="signature-serials-missing")
        self._client = MeshClient(Credentials(self._config.tls))
        exchange = Door(self._client, peer(self._config, "exchange"), "exchange")

        async def fetch() -> wire.SnapshotReply:
            return await exchange.call("/exchange/snapshot", wire.Empty(), wire.SnapshotReply)

        proven = Proven()
        self._registry = Registry(self._config.data, fetch, lambda snapshot: proven.check(possessions(snapshot)))
        self._registry.load()
        quota = int(self._config.settings.get("enrolment_quota", str(QUOTA)))

        async def operate(asked: wire.EnrolOperate) -> wire.Empty:
            return await exchange.call("/exchange/enrol", asked, wire.Empty, 120.0)

        self._enrolling = Enrolling(self._database, self._registry, key, operate, quota, self._config.on)
        self._viewing = Viewing(self._database, self._registry, key)
        self._disclosing = SelfDisclosing(self._database, self._registry, key)
        law = Reading(load, policy_of(self._config.proposals, self._config.law_edge), self._config.on)
        self._offering = Offering(self._database, self._registry, law)
        await self._offering.forget_old()
        self._mandating = Mandating(self._database, self._registry)
        self._representing = Representing(self._database, self._registry, self._config.on)
        await self._mandating.forget_old()
        self._settling = settling = Settling(self._database, self._registry, law)
        self._acting, self._agents = Acting(self._database, self._registry, law, settling), AgentGiving(self._database, self._registry, settling)
        await self._acting.forget_old()

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """Enrolment and representatives for gateways, looks, own data and mandates for the portal, numbers between them, the registry."""
        return (
            Endpoint("/registrar/enrol", wire.EnrolRequest, wire.EnrolReply, self._enrol, frozenset({"gateway"})),
            Endpoint("/registrar/view", wire.ViewAsk, wire.ViewAskReply, self._view, frozenset({"portal"})),
            Endpoint("/registrar/self", wire.ViewAsk, SelfMessage, self._self, frozenset({"portal"})),
            Endpoint("/registrar/offer", SignedOffer, OfferTaken, self._hand_over, frozenset({"portal"})),
            Endpoint("/registrar/handed", HandedAsk, HandedNumbers, self._give, frozenset({"gateway"})),
            Endpoint("/registrar/handed/taken", HandedTaken, wire.Empty, self._given, frozenset({"gateway"})),
            Endpoint("/registrar/mandate", SignedMandate, MandateOffered, self._offer_mandate, frozenset({"portal"})),
            Endpoint("/registrar/mandate/find", MandateFind, MandateFound, self._find_mandate, frozenset({"portal"})),
            Endpoint("/registrar/mandate/accept", SignedMandate, MandateShown, self._accept_mandate, frozenset({"portal"})),
            Endpoint("/registrar/mandate/end", MandateEnd, MandateShown, self._end_mandate, frozenset({"portal"})),
            Endpoint("/registrar/representation", RepresentationTold, wire.Empty, self._represent, frozenset({"gateway"})),
            Endpoint("/registrar/agent", SignedAgentMandate, AgentTaken, self._mandate, frozenset({"portal"})),
            Endpoint("/registrar/agent/list", AgentSession, AgentList, self._mandates, frozenset({"portal"})),
            Endpoint("/registrar/agent/withdraw", AgentWithdrawal, AgentList, self._withdraw, frozenset({"portal"})),
            Endpoint("/registrar/agent/given", AgentsAsk, AgentsGiven, self._give_mandates, frozenset({"gateway"})),
            Endpoint("/registrar/agent/told", AgentsTold, wire.Empty, self._mandates_told, frozenset({"gateway"})),
            Endpoint("/registrar/registry", wire.SnapshotReply, wire.Empty, self._take, frozenset({"exchange"}), 8 * MIB),
        )

    def face(self) -> App | None:
        """The registrar has no pages."""
        return None

    async def after_open(self) -> None:
        """Fetch the snapshot, then enrol everyone who is not yet in the audit domain: before that nobody's record could be placed."""
        registry, enrolling = self._registry, self._enrolling
        assert registry is not None
        assert enrolling is not None
        await patiently(registry.refresh)
        enrolled = await patiently(enrolling.enrol_audit)
        logs.info("audit-domain-complete", count=enrolled)

    async def stop(self) -> None:
        """Close client and database."""
        if self._client is not None:
            await self._client.close()
        if self._database is not None:
            await self._database.close()

    async def _enrol(self, asked: wire.EnrolRequest, caller: Peer) -> wire.EnrolReply:
        assert self._enrolling is not None
        return await self._enrolling.handle(asked, caller.tenants)

    async def _view(self, asked: wire.ViewAsk, caller: Peer) -> wire.ViewAskReply:
        assert self._viewing is not None
        return await self._viewing.handle(asked)

    async def _self(self, asked: wire.ViewAsk, caller: Peer) -> SelfMessage:
        assert self._disclosing is not None
        return await self._disclosing.handle(asked)

    async def _hand_over(self, signed: SignedOffer, caller: Peer) -> OfferTaken:
        assert self._offering is not None
        return await self._offering.take(signed)

    async def _give(self, asked: HandedAsk, caller: Peer) -> HandedNumbers:
        assert self._offering is not None
        return await self._offering.give(asked, caller.tenants)

    async def _given(self, told: HandedTaken, caller: Peer) -> wire.Empty:
        assert self._offering is not None
        return await self._offering.taken(told, caller.tenants)

    async def _offer_mandate(self, signed: SignedMandate, caller: Peer) -> MandateOffered:
        assert self._mandating is not None
        return await self._mandating.offer(signed)

    async def _find_mandate(self, asked: MandateFind, caller: Peer) -> MandateFound:
        assert self._mandating is not None
        return await self._mandating.find(asked)

    async def _accept_mandate(self, signed: SignedMandate, caller: Peer) -> MandateShown:
        assert self._mandating is not None
        return await self._mandating.accept(signed)

    async def _end_mandate(self, asked: MandateEnd, caller: Peer) -> MandateShown:
        assert self._mandating is not None
        return await self._mandating.end(asked)

    async def _represent(self, told: RepresentationTold, caller: Peer) -> wire.Empty:
        assert self._representing is not None
        return await self._representing.handle(told, caller.tenants)

    async def _mandate(self, signed: SignedAgentMandate, caller: Peer) -> AgentTaken:
        assert self._acting is not None
        return await self._acting.take(signed)

    async def _mandates(self, asked: AgentSession, caller: Peer) -> AgentList:
        assert self._acting is not None
        return await self._acting.listed(asked)

    async def _withdraw(self, asked: AgentWithdrawal, caller: Peer) -> AgentList:
        assert self._acting is not None
        return await self._acting.withdraw(asked)

    async def _give_mandates(self, asked: AgentsAsk, caller: Peer) -> AgentsGiven:
        assert self._agents is not None
        return await self._agents.give(asked, caller.tenants)

    async def _mandates_told(self, told: AgentsTold, caller: Peer) -> wire.Empty:
        assert self._agents is not None
        return await self._agents.told(told, caller.tenants)

    async def _take(self, offered: wire.SnapshotReply, caller: Peer) -> wire.Empty:
        assert self._registry is not None
        await self._registry.take(offered)
        if self._settling is not None:
            # A suspension ends the mandates of its organisation now, and not when it next asks: lifted meanwhile, it would have passed unseen.
            await self._settling.settle()
        return wire.Empty()


def build(config: RoleConfig) -> Registrar:
    """The role for a configuration."""
    return Registrar(config)
