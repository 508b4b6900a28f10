"""The errand that tells the registrar what officers entered and whom marks protect: in order, once each, at once when the registrar is there."""

import asyncio
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Final

from enishi import clock
from enishi.errors import Denied, Fault, Unavailable
from enishi.mesh import logs
from enishi.protocol.mandate import RepresentationTold
from enishi.protocol.statement import WINDOW_MS
from enishi.roles.gateway import enrolment
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.representing import kept
from enishi.roles.gateway.representing.kept import Owed
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash

PAUSE_S: Final = 2.0
BATCH: Final = 100
AGAIN_MS: Final = 3600 * 1000
"""When somebody is asked for again of whom there is no number yet, here or at the registrar."""
MUNICIPALITY: Final = "市町村長"


class Telling:
    """Tells for all tenants of the platform."""

    def __init__(self, registry: Registry, peers: Peers) -> None:
        """Tell the registrar through these peers."""
        self._registry = registry
        self._peers = peers

    async def tell(self, tenant: Tenant) -> int:
        """One round; returns how many were told. Unavailable where the registrar is away: what is owed stays, in its order."""
        count = 0
        for owed in tenant.database.read_now(lambda connection: kept.owed(connection, clock.now_ms(), BATCH)):
            count += await self._tell(tenant, owed)
        return count

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Tell in a rhythm; ends when cancelled."""
        quiet = ""
        while True:
            try:
                for tenant in tenants:
                    await self.tell(tenant)
                quiet = ""
            except Fault as fault:
                if fault.code != quiet:
                    logs.warn("representation-wait", code=fault.code)
                quiet = fault.code
            await asyncio.sleep(PAUSE_S)

    async def _tell(self, tenant: Tenant, owed: Owed) -> bool:
        fault = ""
        try:
            said = tenant.database.read_now(partial(_said, tenant=tenant, owed=owed))
            if said is None:
                return await self._wait(tenant, owed)
            self._demand_municipality(tenant)
            await self._peers.represent(said)
        except Unavailable:
            raise
        except Fault as refused:
            if refused.code == "representation-person-unknown":
                return await self._wait(tenant, owed)
            fault = refused.code
            logs.warn("representation-refused", peer=tenant.id, code=fault)
        crash.point("gateway.representation.before_told")
        # The registrar has it, durably, or never will; told again after a death here, it changes nothing.
        await tenant.database.write(lambda connection: kept.told(connection, owed.id, clock.now_ms(), fault))
        return True

    async def _wait(self, tenant: Tenant, owed: Owed) -> bool:
        crash.point("gateway.representation.before_later")
        await tenant.database.write(lambda connection: kept.later(connection, owed.id, clock.now_ms() + AGAIN_MS))
        return False

    def _demand_municipality(self, tenant: Tenant) -> None:
        # A mark of another institution stays its own: that somebody is protected is not said where nobody may act on it.
        on = clock.legal_day(clock.now_ms())
        capacities = self._registry.current().snapshot.institution(tenant.id, "institution").capacities
        if not any(one.name == MUNICIPALITY and one.effective_on <= on and (one.until is None or on < one.until) for one in capacities):
            raise Denied("representation-not-yours", tenant.id, "institution")


def _said(connection: sqlite3.Connection, tenant: Tenant, owed: Owed) -> RepresentationTold | None:
    """What is told, None while a number is not here."""
    if owed.act == "protect":
        person, until_ms = kept.marked(connection, owed.entry)
        number = enrolment.number_of(connection, person)
        return _protection(tenant, owed, number, until_ms) if number else None
    if owed.act != "enter":
        return RepresentationTold(institution=tenant.id, act=owed.act, entry=owed.entry)
    one = kept.find(connection, owed.entry)
    principal, representative = (enrolment.number_of(connection, person) for person in (one.principal, one.representative))
    if not (principal and representative):
        return None
    return RepresentationTold(
        institution=tenant.id,
        act="enter",
        entry=owed.entry,
        kind=one.kind,
        principal=principal,
        representative=representative,
        principal_name=one.principal_name,
        representative_name=one.representative_name,
        citation=one.citation,
        until_ms=one.until_ms,
        scope=() if one.scope == ("records",) else one.scope,
    )


def _protection(tenant: Tenant, owed: Owed, number: str, until_ms: int) -> RepresentationTold:
    # A mark that is over by now has protected somebody until now: it is told for as long as clocks may differ, and suspends all the same.
    until_ms = max(until_ms, clock.now_ms() + WINDOW_MS)
    return RepresentationTold(institution=tenant.id, act="protect", entry=owed.entry, principal=number, until_ms=until_ms)
