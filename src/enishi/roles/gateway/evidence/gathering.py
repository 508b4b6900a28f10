"""Use case: gather the proofs of every item that has ended, as soon as the log's witnesses have cosigned them, and keep them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from enishi import clock
from enishi.errors import Fault, Tampered
from enishi.mesh import logs
from enishi.roles.gateway.evidence.kept import Proven, Wanted, keep, registry_file, wanted
from enishi.roles.gateway.evidence.publiclog import Proofs, Reading, believed
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash
from enishi.tlog.tree import leaf_hash

EVERY_S: Final = 5.0
LIMIT: Final = 50
"""Items of one tenant in one round."""
REST_S: Final = 0.1
"""Pause between two items, and between two rounds while more wait.  Proofs can wait: gathered as fast as the log gives them, they took a fifth off
the inquiries per second and made the slowest answers three times as slow (bench inquiry)."""


class Gathering:
    """Gathers for all tenants of a platform from one public log."""

    def __init__(self, registry: Registry, platform: Path, log: str) -> None:
        """`platform`: folder with the registries that were kept; `log`: address of the public log."""
        self._registry, self._platform, self._log = registry, platform, log

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """A round every few seconds, and at once where the last one did not take all; ends when cancelled."""
        kept = 0
        while True:
            await asyncio.sleep(REST_S if kept >= LIMIT else EVERY_S)
            kept = 0
            try:
                kept = await self.gather(tenants)
            except Fault as fault:
                logs.warn("evidence-waits", code=fault.code)

    async def gather(self, tenants: Sequence[Tenant]) -> int:
        """One round: how many items were kept. Unavailable where the log is away, Tampered where it does not hold together."""
        found = [(tenant, await tenant.database.read(lambda connection: wanted(connection, LIMIT))) for tenant in tenants]
        found = [(tenant, items) for tenant, items in found if items]
        if not found:
            return 0
        # Loaded when there is something to gather: it costs more than the rest of a gateway's start.
        import aiohttp

        async with aiohttp.ClientSession(trust_env=False) as session:
            reading = Reading(session, self._log)
            note = await reading.checkpoint()
            checkpoint = believed(note, self._registry.current().snapshot)
            if checkpoint is None:
                return 0
            proofs, text = Proofs(reading, checkpoint), note.encode().decode()
            return sum([await self._tenant(tenant, [one for one in items if one.last < checkpoint.size], proofs, text) for tenant, items in found])

    async def _tenant(self, tenant: Tenant, items: Sequence[Wanted], proofs: Proofs, checkpoint: str) -> int:
        known = [one for one in items if registry_file(self._platform, one.statement.registry).exists()]
        lost = [one.item_id for one in items if one not in known]
        gathered = [(one, await _prove(one, proofs)) for one in known]
        if gathered or lost:
            at_ms = clock.now_ms()
            crash.point("gateway.evidence.before_store")
            await tenant.database.write(lambda connection: keep(connection, gathered, lost, checkpoint, at_ms))
            # Durable: from here the bundle is built from this folder alone, whatever becomes of the log.
            crash.point("gateway.evidence.after_store")
        return len(gathered)


async def _prove(one: Wanted, proofs: Proofs) -> Proven:
    record = await proofs.standing(one.receipt.index)
    if leaf_hash(record.leaf) != one.receipt.leaf_hash:
        raise Tampered("evidence-other-leaf", f"leaf {one.receipt.index}", "index")
    outcomes = [await proofs.standing(index) for index in one.outcomes]
    await asyncio.sleep(REST_S)
    return Proven(record, tuple(outcomes))
