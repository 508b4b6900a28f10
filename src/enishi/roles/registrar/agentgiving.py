"""Use case: organisations fetch their people's mandates, are told which are over, and confirm that they deleted."""

import sqlite3
from functools import partial
from itertools import accumulate
from typing import Final

import msgspec

from enishi import clock
from enishi.mesh.registry import Registry
from enishi.protocol.agent import AgentGiven, AgentsAsk, AgentsGiven, AgentsTold, SignedAgentMandate
from enishi.protocol.wire import Empty
from enishi.roles.registrar import agents
from enishi.roles.registrar.agents import Kept
from enishi.roles.registrar.offering import BATCH, MOST, demand_tenant
from enishi.roles.registrar.settling import Settling
from enishi.store import crash
from enishi.store.database import Database
from enishi.terms import InstitutionId

ENDED: Final = 1000
"""Mandates that are over in one reply."""


class AgentGiving:
    """Gives mandates to the organisations that they name, and tells them of ends."""

    def __init__(self, database: Database, registry: Registry, settling: Settling) -> None:
        """Work on the register under this registry; `settling` ends what is over before anything is given."""
        self._database = database
        self._registry = registry
        self._settling = settling

    async def give(self, asked: AgentsAsk, tenants: frozenset[str]) -> AgentsGiven:
        """What is new and what is over for the organisations of the platform that asks; Denied("tenant-not-yours") for another's.

        One that does not stand gets nothing new, and is told its ends all the same: it must delete.
        """
        for agent in asked.institutions:
            demand_tenant(agent, tenants)
        await self._settling.settle()
        snapshot, at_ms = self._registry.snapshot, clock.now_ms()
        standing = [one for one in asked.institutions if one in snapshot.by_id and not snapshot.by_id[one].suspended]
        new = partial(agents.waiting, institutions=standing, without=asked.without, at_ms=at_ms, limit=BATCH)
        rows = await self._database.read(new)
        ended = await self._database.read(partial(agents.over, institutions=asked.institutions, limit=ENDED))
        sizes = accumulate(len(row.signed) for row in rows)
        return AgentsGiven(tuple(_given(row) for place, (row, size) in enumerate(zip(rows, sizes, strict=True)) if place == 0 or size <= MOST), ended)

    async def told(self, told: AgentsTold, tenants: frozenset[str]) -> Empty:
        """The organisation has kept some and deleted others, durably: the one is struck here, of the other its person sees the day."""
        demand_tenant(told.agent, tenants)
        at_ms = clock.now_ms()
        crash.point("registrar.agent.before_told")
        await self._database.write(lambda connection: _note(connection, told, at_ms))
        # Durable: neither is given or told again.
        return Empty()


def _note(connection: sqlite3.Connection, told: AgentsTold, at_ms: int) -> None:
    agents.strike(connection, InstitutionId(told.agent), told.taken, at_ms)
    agents.close(connection, InstitutionId(told.agent), told.deleted, at_ms)


def _given(kept: Kept) -> AgentGiven:
    signed = msgspec.msgpack.decode(kept.signed, type=SignedAgentMandate)
    return AgentGiven(reference=kept.reference, individual_number=kept.individual_number, signed=signed, at_ms=kept.at_ms)
