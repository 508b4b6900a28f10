"""Use case: mandates to organisations end by themselves, when their day comes, their basis goes, or the organisation no longer stands."""

from datetime import date
from functools import partial

from enishi import clock
from enishi.errors import Denied
from enishi.law.tables import Tables
from enishi.mesh import logs
from enishi.mesh.lazy import aside
from enishi.mesh.registry import Registry
from enishi.protocol.agent import EndReason
from enishi.protocol.agent_legal import decide_agent, demand_agent, falls, of_the_day
from enishi.protocol.registry import Snapshot
from enishi.protocol.statement import AffairRef
from enishi.roles.registrar import agents
from enishi.roles.registrar.agents import Basis
from enishi.roles.registrar.offering import Reading
from enishi.store import crash
from enishi.store.database import Database


class Settling:
    """Looks again at what stands before anything is shown or given, and whenever the registry changes."""

    def __init__(self, database: Database, registry: Registry, law: Reading) -> None:
        """Work on the register under this registry, by this reading of the law."""
        self._database = database
        self._registry = registry
        self._law = law
        self._settled: tuple[Snapshot | None, date | None] = (None, None)

    async def settle(self) -> None:
        """End what has come to its day, and under another registry or on another legal day what has lost its basis or its organisation's standing."""
        at_ms = clock.now_ms()
        if await self._database.read(lambda connection: agents.due(connection, at_ms)):
            crash.point("registrar.agent.before_expire")
            await self._database.write(lambda connection: agents.expire(connection, at_ms))
        under = (self._registry.snapshot, clock.legal_day(at_ms, self._law.day))
        if under != self._settled:
            await self._end_fallen(*under, at_ms)
            self._settled = under

    async def _end_fallen(self, snapshot: Snapshot, on: date, at_ms: int) -> None:
        resting = await self._database.read(agents.bases)
        if not resting:
            return
        tables = await aside(self._law.tables)
        for basis in resting:
            if reason := _fallen(basis, snapshot, tables, on):
                crash.point("registrar.agent.before_fall")
                count = await self._database.write(partial(agents.fall, basis=basis, reason=reason, at_ms=at_ms))
                # Durable: although the organisation should stand again, it asks its people again.
                logs.warn("agent-mandates-ended", peer=basis.agent, code=reason, count=count)


def _fallen(basis: Basis, snapshot: Snapshot, tables: Tables, on: date) -> EndReason | None:
    # Labels move when a table is made anew: the affair is the same, and nobody need sign again.
    affair = of_the_day(AffairRef(basis.source, basis.row), tables, on)
    agent, recipient = snapshot.by_id.get(basis.agent), snapshot.by_id.get(basis.recipient)
    if agent is None:
        return "standing"
    if recipient is None or falls(decide_agent(basis.part, recipient, affair, tables, on)):
        return "basis"
    try:
        demand_agent(agent, basis.part, affair, tables, on)
    except Denied:
        return "standing"
    return None
