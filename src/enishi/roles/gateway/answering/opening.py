"""Use case: what came while the institution was closed, or while its own system was silent, is answered by itself once it can be.

The rows of what waits are the queue.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final

from enishi import clock
from enishi.errors import Fault, Tampered
from enishi.mesh import logs
from enishi.protocol.wire import Notice, NoticeReply
from enishi.roles.gateway import answered, people
from enishi.roles.gateway.answers import Asked, Finding, find, wanted_of
from enishi.roles.gateway.desk import Desk
from enishi.roles.gateway.each import each
from enishi.roles.gateway.giving import Drafted, draft, sign_drafts
from enishi.roles.gateway.live.asking import ask_live, wishes_for
from enishi.roles.gateway.live.heard import Heard, Wish, with_heard
from enishi.roles.gateway.notices import check_standing, read_notice
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.tenant import Tenant
from enishi.seal.many import Senders
from enishi.store import Quiet, crash
from enishi.terms import ItemId, Outcome

BATCH: Final = 200
PAUSE_S: Final = 2.0
AGAIN_MS: Final = 30_000

Queued = tuple[Notice, str, Outcome]
"""Notice, addressee number, and what was answered so far: closed or held."""
Ready = tuple[ItemId, Finding, NoticeReply]


class OpeningTime:
    """Answers for all tenants what waited for their hours."""

    def __init__(self, registry: Registry, desk: Desk) -> None:
        """Check standing under this registry; outcomes reach the log by the desk's push."""
        self._registry = registry
        self._desk = desk
        self._again_ms: dict[str, int] = {}
        self._quiet = Quiet()

    async def answer(self, tenant: Tenant) -> int:
        """Answer what waits and may be answered now; returns how many. What fails stays in the queue."""
        queued = list(await self._quiet.look(tenant.database, lambda connection: answered.closed_items(connection, BATCH)))
        queued += await self._silent(tenant)
        if not queued:
            return 0
        known = self._registry.current()
        heard = await self._heard(tenant, queued) if tenant.live else {}
        at_ms = clock.now_ms()
        made = await asyncio.to_thread(_made, tenant, queued, known, heard, at_ms)
        for fault in {one.code: one for one in made if isinstance(one, Fault)}.values():
            logs.warn("closed-item-waits", peer=tenant.id, code=fault.code)
        ready = [one for one in made if not isinstance(one, Fault)]
        if not ready:
            return 0
        crash.point("gateway.opening.before_store")
        await tenant.database.write(lambda connection: each(lambda one: _record(connection, one, at_ms), ready))
        # Durable: the answers stand and will reach the log, now or by the background push after a crash.
        crash.point("gateway.opening.after_store")
        await self._desk.push(tenant)
        return len(ready)

    async def _silent(self, tenant: Tenant) -> list[Queued]:
        """What waits for a live source, at most once in half a minute: a system that is down is not called all the time."""
        at_ms = clock.now_ms()
        if not tenant.live or at_ms < self._again_ms.get(tenant.id, 0):
            return []
        self._again_ms[tenant.id] = at_ms + AGAIN_MS
        return await tenant.database.read(lambda connection: answered.silent_items(connection, BATCH))

    async def _heard(self, tenant: Tenant, queued: Sequence[Queued]) -> Heard:
        return await ask_live(tenant, await asyncio.to_thread(_wishes, tenant, queued, clock.now_ms()))

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Answer whenever a tenant has opened; ends when cancelled."""
        while True:
            for tenant in tenants:
                try:
                    await self.answer(tenant)
                except Fault as fault:
                    logs.warn("closed-items-wait", peer=tenant.id, code=fault.code)
            await asyncio.sleep(PAUSE_S)


def _wishes(tenant: Tenant, queued: Sequence[Queued], at_ms: int) -> list[Wish]:
    asked = [(read_notice(notice).asked, number) for notice, number, _ in queued]
    found = [(one, _person(tenant, one, number)) for one, number in asked]
    return [wish for one, held in found if held for wish in wishes_for(tenant, held, one, at_ms)]


def _person(tenant: Tenant, asked: Asked, number: str) -> people.Held | None:
    return tenant.database.read_now(lambda connection: people.by_number(connection, number, wanted_of(asked)))


def _follows(before: Outcome, after: Outcome) -> bool:
    """Whether it is another step: what is still closed, or still held, stays in the queue."""
    return not after.interim or (before is Outcome.CLOSED and after is Outcome.HELD)


def _made(tenant: Tenant, queued: Sequence[Queued], known: Known, heard: Heard, at_ms: int) -> list[Ready | Fault]:
    batch = Senders()
    drafts = [one for one in each(lambda one: _draft(one, tenant, known, heard, at_ms, batch), queued) if one is not None]
    replies = sign_drafts(tenant, drafts, at_ms)
    return [_ready(one, reply) for one, reply in zip(drafts, replies, strict=True)]


def _ready(drafted: Drafted | Fault, reply: NoticeReply | Fault) -> Ready | Fault:
    if isinstance(reply, Fault):
        return reply
    # What was signed had been drafted.
    assert isinstance(drafted, Drafted)
    return drafted.asked.item_id, drafted.finding, reply


def _draft(queued: Queued, tenant: Tenant, known: Known, heard: Heard, at_ms: int, batch: Senders) -> Drafted | None:
    """What is answered now; None for what is still closed, or still held."""
    asked = read_notice(queued[0]).asked
    # Standing is checked again now: a party may have been suspended while the item waited.
    check_standing(asked.statement, known)
    held = _person(tenant, asked, queued[1])
    if held is None:
        raise Tampered("person-vanished", field="item_id")
    finding = find(with_heard(held, wanted_of(asked), tenant.live, heard), asked, tenant.rules, at_ms)
    return draft(asked, finding, at_ms, batch) if _follows(queued[2], finding.kind) else None


def _record(connection: sqlite3.Connection, ready: Ready, at_ms: int) -> ItemId:
    item_id, finding, reply = ready
    answered.decide(connection, item_id, finding, reply, "", at_ms)
    return item_id
