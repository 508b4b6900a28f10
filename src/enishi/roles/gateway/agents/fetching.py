"""Use case: fetch mandates for the organisations of this platform, believe them after own checks only, delete what is over, and say so."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from enishi import clock
from enishi.errors import Fault, Malformed, Unavailable
from enishi.mesh import logs
from enishi.protocol.agent import AgentEnded, AgentGiven, AgentsAsk, AgentsTold, BelievedMandate, EndReason, check_mandate
from enishi.protocol.agent_legal import may_act
from enishi.protocol.offer import WITHOUT
from enishi.roles.gateway.agents import kept
from enishi.roles.gateway.agents.kept import Kept
from enishi.roles.gateway.offers.fetching import AHEAD_MS
from enishi.roles.gateway.peers import AgentPeers
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.tenant import Tenant, hosted
from enishi.store import crash

PAUSE_S: Final = 2.0
UNTOLD: Final = 1000
"""Deletions that are said to the registrar at once."""


class Checked(NamedTuple):
    """A mandate as it came, what was declared, the tenant that it names, and whether that one had not kept it before."""

    given: AgentGiven
    believed: BelievedMandate
    tenant: Tenant
    new: bool


class Agents:
    """Fetches, deletes and confirms for the organisations among the tenants."""

    def __init__(self, tenants: dict[str, Tenant], registry: Registry, peers: AgentPeers) -> None:
        """Work on these tenants under this registry."""
        self._tenants = tenants
        self._registry = registry
        self._peers = peers
        self._unbelieved: dict[bytes, None] = {}
        self._under = b""

    async def fetch(self, tenants: Iterable[Tenant]) -> int:
        """One round: what is new is kept, what is over is deleted, both durably, and then confirmed; returns how many mandates were new.

        Unavailable where the registrar cannot be reached; what has come to its day is deleted all the same.
        """
        known, new = self._current(), 0
        institutions = [tenant for tenant in tenants if _acts(tenant, known)]
        for tenant in institutions:
            await self._delete_due(tenant)
        if not institutions:
            return 0
        asked = AgentsAsk(tuple(tenant.id for tenant in institutions), tuple(self._unbelieved)[-WITHOUT:])
        reply = await self._peers.agents(asked)
        # Ends come first: what is over is gone before anything else can fail.
        gone = [await self._end(ended) for ended in reply.ended]
        taken: list[Checked] = []
        for given in reply.given:
            if (checked := await self._take(given)) is not None:
                taken.append(checked)
                new += checked.new
        for tenant in institutions:
            told = tuple(one.given.reference for one in taken if one.tenant is tenant)
            await self._tell(tenant, told, [one.reference for one in gone if one.agent == tenant.id])
        return new

    async def end(self, tenant: Tenant, reference: bytes) -> Kept:
        """The organisation gives a mandate up (employment or work is over): it is deleted here at once, and the registrar is told.

        Unknown("agent-unknown"); the same again changes nothing.
        """
        await tenant.database.read(lambda connection: kept.find(connection, reference))
        await self._delete(tenant, reference, "given_up", clock.now_ms())
        try:
            await self._tell(tenant, (), ())
        except Unavailable as fault:
            # It is deleted; that the registrar does not know it yet is said at the next round.
            logs.warn("agent-wait", code=fault.code)
        return await tenant.database.read(lambda connection: kept.find(connection, reference))

    def _current(self) -> Known:
        """The registry; under another one, or after a start, what was not believed is looked at once more: keys may have changed."""
        known = self._registry.current()
        if known.digest != self._under:
            self._under = known.digest
            self._unbelieved.clear()
        return known

    async def _take(self, given: AgentGiven) -> Checked | None:
        try:
            checked = self._check(given)
            crash.point("gateway.agent.before_store")
            at_ms = clock.now_ms()
            new = await checked.tenant.database.write(lambda connection: kept.keep(connection, given, checked.believed, at_ms))
            # Durable: number and mandate are the organisation's; only now is the registrar told to strike them.
            crash.point("gateway.agent.after_store")
            return checked._replace(new=new)
        except Unavailable:
            raise
        except Fault as fault:
            # Not kept and not confirmed: it stays at the registrar, where somebody must look. It is said once, and not asked for again.
            if given.reference not in self._unbelieved:
                logs.warn("agent-not-believed", code=fault.code)
            self._unbelieved[given.reference] = None
            return None

    def _check(self, given: AgentGiven) -> Checked:
        """The registrar is not believed that a person declared this: the mandate names the tenant, and both signatures hold."""
        snapshot = self._registry.current().snapshot
        believed = check_mandate(given.signed, snapshot.portal, snapshot.card_authority, given.at_ms)
        if given.at_ms > clock.now_ms() + AHEAD_MS:
            raise Malformed("outside-time-window", "ahead", "at_ms")
        return Checked(given, believed, hosted(self._tenants, believed.mandate.agent, "agent"), False)

    async def _end(self, ended: AgentEnded) -> AgentEnded:
        """Whoever says so: an end is believed without proof, for all that it brings about is that somebody's number is gone."""
        tenant = hosted(self._tenants, ended.agent, "agent")
        await self._delete(tenant, ended.reference, ended.reason, ended.at_ms)
        return ended

    async def _delete_due(self, tenant: Tenant) -> None:
        at_ms = clock.now_ms()
        for reference, until_ms in await tenant.database.read(lambda connection: kept.due(connection, at_ms)):
            await self._delete(tenant, reference, "expired", until_ms)

    async def _delete(self, tenant: Tenant, reference: bytes, reason: EndReason, ended_ms: int) -> None:
        at_ms = clock.now_ms()
        crash.point("gateway.agent.before_delete")
        await tenant.database.write(lambda connection: kept.delete(connection, reference, reason, ended_ms, at_ms))
        # Durable: number and mandate are gone from here; only now does the registrar, and so the person, hear of it.
        crash.point("gateway.agent.after_delete")

    async def _tell(self, tenant: Tenant, taken: Sequence[bytes], gone: Sequence[bytes]) -> None:
        untold = await tenant.database.read(lambda connection: kept.untold(connection, UNTOLD))
        # An end of something that never arrived here is confirmed as well: there is nothing left of it.
        deleted = tuple(dict.fromkeys((*gone, *untold)))
        if not taken and not deleted:
            return
        await self._peers.agents_told(AgentsTold(tenant.id, tuple(taken), deleted))
        at_ms = clock.now_ms()
        crash.point("gateway.agent.before_confirmed")
        await tenant.database.write(lambda connection: kept.told(connection, deleted, at_ms))

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Fetch in a rhythm; ends when cancelled."""
        quiet = ""
        while True:
            try:
                await self.fetch(tenants)
                quiet = ""
            except Fault as fault:
                # A registrar that is away, or of a version without this door, is said once and not every two seconds.
                if fault.code != quiet:
                    logs.warn("agent-wait", code=fault.code)
                quiet = fault.code
            await asyncio.sleep(PAUSE_S)


def _acts(tenant: Tenant, known: Known) -> bool:
    """Whether there may be something to ask for: the registry enters the tenant as an organisation, or it still keeps a mandate."""
    entered = tenant.id in known.snapshot.by_id and may_act(known.snapshot.by_id[tenant.id])
    return entered or tenant.database.read_now(kept.any_open)
