"""Use case: the institution opens, and what came while it was closed is answered by itself. The rows of what is closed are the queue."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final

from enishi import clock
from enishi.errors import Fault, Tampered
from enishi.mesh import logs
from enishi.protocol.wire import Notice, NoticeReply
from enishi.roles.gateway import answered, people
from enishi.roles.gateway.answers import Finding, compose, find, wanted_of
from enishi.roles.gateway.desk import Desk
from enishi.roles.gateway.each import each
from enishi.roles.gateway.notices import check_standing, read_notice
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash
from enishi.terms import ItemId, Outcome

BATCH: Final = 200
PAUSE_S: Final = 2.0

Queued = tuple[Notice, str]
Ready = tuple[ItemId, Finding, NoticeReply]


class OpeningTime:
    """Answers for all tenants what waited for their hours."""

    def __init__(self, registry: Registry, desk: Desk) -> None:
        """Check standing under this registry; outcomes reach the log by the desk's push."""
        self._registry = registry
        self._desk = desk

    async def answer(self, tenant: Tenant) -> int:
        """Answer what waits and may be answered now; returns how many. What fails stays in the queue."""
        queued = await tenant.database.read(lambda connection: answered.closed_items(connection, BATCH))
        if not queued:
            return 0
        at_ms, known = clock.now_ms(), self._registry.current()
        made = await asyncio.to_thread(each, lambda one: _ready(one, tenant, known, at_ms), queued)
        for fault in {one.code: one for one in made if isinstance(one, Fault)}.values():
            logs.warn("closed-item-waits", peer=tenant.id, code=fault.code)
        ready = [one for one in made if not isinstance(one, Fault) and one[1].kind is not Outcome.CLOSED]
        if not ready:
            return 0
        crash.point("gateway.opening.before_store")
        await tenant.database.write(lambda connection: each(lambda one: _record(connection, one, at_ms), ready))
        # Durable: the answers stand and will reach the log, now or by the background push after a crash.
        crash.point("gateway.opening.after_store")
        await self._desk.push(tenant)
        return len(ready)

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Answer whenever a tenant has opened; ends when cancelled."""
        while True:
            for tenant in tenants:
                try:
                    await self.answer(tenant)
                except Fault as fault:
                    logs.warn("closed-items-wait", peer=tenant.id, code=fault.code)
            await asyncio.sleep(PAUSE_S)


def _ready(queued: Queued, tenant: Tenant, known: Known, at_ms: int) -> Ready:
    asked = read_notice(queued[0]).asked
    # Standing is checked again now: a party may have been suspended while the item waited.
    check_standing(asked.statement, known)
    held = tenant.database.read_now(lambda connection: people.by_number(connection, queued[1], wanted_of(asked)))
    if held is None:
        raise Tampered("person-vanished", field="item_id")
    finding = find(held, asked, tenant.rules, at_ms)
    return asked.item_id, finding, compose(asked, finding, tenant.key(asked.statement.provider_epoch), at_ms)


def _record(connection: sqlite3.Connection, ready: Ready, at_ms: int) -> ItemId:
    item_id, finding, reply = ready
    answered.decide(connection, item_id, finding, reply, "", at_ms)
    return item_id
