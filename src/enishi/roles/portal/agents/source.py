"""Where the pages for mandates to organisations get what they need: registry and law, the authority's list, the registrar."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from enishi import clock
from enishi.errors import Denied
from enishi.mesh.doors import Door
from enishi.mesh.lazy import aside
from enishi.mesh.registry import Registry
from enishi.protocol.agent import (
    AgentList,
    AgentMandate,
    AgentSession,
    AgentShown,
    AgentTaken,
    AgentWithdrawal,
    SignedAgentMandate,
    check_mandate,
    sign_mandate,
)
from enishi.protocol.agent_legal import NotOpen, decide_agent, demand_agent, part_of
from enishi.protocol.legal import Jurist
from enishi.roles.portal.agents.wish import AgentLawful, AgentWanted
from enishi.roles.portal.offer import DocumentSigned
from enishi.roles.portal.offersource import Reading, grounds_in_words, name_of
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.store import crash

Listed = Callable[[], Awaitable[bytes]]


class AgentSource(Protocol):
    """The calls that a mandate leads to."""

    async def lawful(self, wanted: AgentWanted) -> AgentLawful:
        """What registry and law say of a wish; Unknown("institution-unknown"), Denied("institution-suspended", "agent-not-registered")."""
        ...

    def sign(self, mandate: AgentMandate) -> Envelope:
        """The mandate under the portal's own signature."""
        ...

    async def give(self, mandate: Envelope, signed: DocumentSigned) -> AgentTaken:
        """Check what the card signed against the authority's list of now, and bring it to the registrar; their faults as they are."""
        ...

    async def listed(self, session: bytes) -> tuple[AgentShown, ...]:
        """What the person of this session gave to organisations, as it stands now; Unauthenticated("agent-session-over")."""
        ...

    async def withdraw(self, session: bytes, reference: bytes) -> None:
        """End one; in force when this returns; Unknown("agent-unknown")."""
        ...


class MeshedAgents:
    """The same in the running mesh; keeps nothing."""

    def __init__(self, listed: Listed, registrar: Door, registry: Registry, key: SigningKey, law: Reading) -> None:
        """`listed` fetches the authority's revocation list, `key` is the portal's own signing key."""
        self._list = listed
        self._registrar = registrar
        self._registry = registry
        self._key = key
        self._law = law

    async def lawful(self, wanted: AgentWanted) -> AgentLawful:
        """By the registry and the law of today; the registrar asks both again."""
        tables = await aside(self._law.tables)
        snapshot, on = self._registry.snapshot, clock.legal_day(clock.now_ms(), self._law.day)
        agent, recipient = snapshot.institution(wanted.agent, "agent"), snapshot.institution(wanted.recipient, "recipient")
        if recipient.suspended:
            raise Denied("institution-suspended", recipient.id, "recipient")
        part = part_of(agent)
        verdict = decide_agent(part, recipient, wanted.affair, tables, on)
        affair = Jurist(tables, self._law.policy).affair_name(wanted.affair, wanted.item, snapshot)
        if isinstance(verdict, NotOpen):
            return AgentLawful(name_of(agent), name_of(recipient), affair, part, (), grounds_in_words(verdict.grounds, wanted.affair, affair))
        demand_agent(agent, part, wanted.affair, tables, on)
        return AgentLawful(name_of(agent), name_of(recipient), affair, part, verdict.basis, ())

    def sign(self, mandate: AgentMandate) -> Envelope:
        """As the portal that the registry names."""
        return sign_mandate(mandate, self._key)

    async def give(self, mandate: Envelope, signed: DocumentSigned) -> AgentTaken:
        """A signature that does not hold never leaves the portal; the registrar believes none of this and checks again."""
        whole = SignedAgentMandate(mandate, signed.certificate, signed.signature, await self._list())
        check_mandate(whole, self._key.public, self._registry.snapshot.card_authority, clock.now_ms())
        crash.point("portal.agent.before_send")
        return await self._registrar.call("/registrar/agent", whole, AgentTaken)

    async def listed(self, session: bytes) -> tuple[AgentShown, ...]:
        """From the registrar, each time: what it said a minute ago may have ended since."""
        crash.point("portal.agent.before_list")
        return (await self._registrar.call("/registrar/agent/list", AgentSession(session), AgentList)).mandates

    async def withdraw(self, session: bytes, reference: bytes) -> None:
        """The registrar has it durable before it answers."""
        crash.point("portal.agent.before_withdraw")
        await self._registrar.call("/registrar/agent/withdraw", AgentWithdrawal(session, reference), AgentList)
