"""Use case: a person has an employer or an agent hand the number in (Number Act Art. 9(4)), sees what became of it, and withdraws it at once."""

import sqlite3
from functools import partial
from secrets import token_bytes

import msgspec

from enishi import clock
from enishi.errors import Conflict, Denied, Unknown
from enishi.law.tables import Tables
from enishi.mesh.lazy import aside
from enishi.mesh.registry import Registry
from enishi.protocol.agent import (
    AgentList,
    AgentMandate,
    AgentSession,
    AgentTaken,
    AgentWithdrawal,
    BelievedMandate,
    SignedAgentMandate,
    check_mandate,
)
from enishi.protocol.agent_legal import NotOpen, decide_agent, demand_agent
from enishi.roles.registrar import agents
from enishi.roles.registrar.agents import Kept
from enishi.roles.registrar.holders import check_session, holder, person_of
from enishi.roles.registrar.offering import Reading
from enishi.roles.registrar.settling import Settling
from enishi.store import crash
from enishi.store.database import Database


class Acting:
    """Takes mandates from the portal, shows their person what became of them, and ends them."""

    def __init__(self, database: Database, registry: Registry, law: Reading, settling: Settling) -> None:
        """Work on the register under this registry, by this reading of the law; `settling` ends what is over before anything is shown."""
        self._database = database
        self._registry = registry
        self._law = law
        self._settling = settling

    async def take(self, signed: SignedAgentMandate) -> AgentTaken:
        """Keep a mandate for the organisation that it names, after every check of our own.

        The faults of `check_mandate`; Denied("institution-suspended", "agent-not-registered", "agent-without-basis", "offer-of-another-person"),
        Unknown, Unauthenticated("card-unknown"), Conflict("offer-repeated"), Unavailable("signature-serials-missing").
        """
        snapshot, at_ms = self._registry.snapshot, clock.now_ms()
        believed = check_mandate(signed, snapshot.portal, snapshot.card_authority, at_ms)
        self._check_law(await aside(self._law.tables), believed.mandate, at_ms)
        crash.point("registrar.agent.before_store")
        reference = await self._database.write(lambda connection: _keep(connection, signed, believed, at_ms))
        # Durable: the mandate stands and waits for its organisation; only now does the portal learn of it.
        crash.point("registrar.agent.after_store")
        return AgentTaken(reference, at_ms)

    def _check_law(self, tables: Tables, mandate: AgentMandate, at_ms: int) -> None:
        snapshot, on = self._registry.snapshot, clock.legal_day(at_ms, self._law.day)
        agent = snapshot.institution(mandate.agent, "agent")
        recipient = snapshot.institution(mandate.recipient, "recipient")
        if recipient.suspended:
            raise Denied("institution-suspended", recipient.id, "recipient")
        verdict = decide_agent(mandate.part, recipient, mandate.affair, tables, on)
        if isinstance(verdict, NotOpen):
            raise Denied("agent-without-basis", ", ".join(ground.code.value for ground in verdict.grounds), "affair")
        demand_agent(agent, mandate.part, mandate.affair, tables, on)

    async def listed(self, asked: AgentSession) -> AgentList:
        """What the person of this session gave to organisations; Unauthenticated("agent-session-over")."""
        at_ms = clock.now_ms()
        number = await self._database.read(lambda connection: person_of(connection, asked.session, at_ms))
        await self._settling.settle()
        return AgentList(await self._database.read(partial(agents.of_person, individual_number=number)))

    async def withdraw(self, asked: AgentWithdrawal) -> AgentList:
        """End one of the mandates of the person of this session; Unauthenticated("agent-session-over"), Unknown("agent-unknown").

        A portal that lies can end a mandate of who is logged in, and do nothing else with it: to give one takes the card's signature.
        """
        at_ms = clock.now_ms()
        number = await self._database.read(lambda connection: person_of(connection, asked.session, at_ms))
        crash.point("registrar.agent.before_withdraw")
        if not await self._database.write(lambda connection: agents.withdraw(connection, number, asked.reference, at_ms)):
            raise Unknown("agent-unknown", field="reference")
        # Durable: from here on no platform is given it, and the organisation's own is told to delete; only now does the portal show it.
        crash.point("registrar.agent.after_withdraw")
        return AgentList(await self._database.read(partial(agents.of_person, individual_number=number)))

    async def forget_old(self) -> None:
        """Delete what was deleted by its organisation more than seven years ago."""
        crash.point("registrar.agent.before_forget")
        await self._database.write(lambda connection: agents.forget(connection, clock.now_ms()))


def _keep(connection: sqlite3.Connection, signed: SignedAgentMandate, believed: BelievedMandate, at_ms: int) -> bytes:
    mandate, reference = believed.mandate, token_bytes(16)
    number = holder(connection, believed.signer.serial)
    check_session(connection, mandate.session, number, at_ms)
    kept = Kept(
        reference,
        number,
        mandate.agent,
        mandate.recipient,
        mandate.affair,
        mandate.purpose_item,
        mandate.part,
        msgspec.msgpack.encode(signed),
        at_ms,
        mandate.until_ms,
    )
    if not agents.put(connection, kept, believed.digest):
        raise Conflict("offer-repeated", "", "mandate")
    return reference
