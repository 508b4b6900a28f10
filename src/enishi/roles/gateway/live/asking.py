"""Asks a tenant's live sources side by side, within the time that a provider has; what failed is left out of what was heard."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from enishi import clock
from enishi.errors import Fault
from enishi.mesh import logs
from enishi.roles.gateway.answers import Asked, Reason, find, wanted_of
from enishi.roles.gateway.copies import Copy
from enishi.roles.gateway.live.declared import FOLDER
from enishi.roles.gateway.live.heard import Heard, Wish, read_answer, wishes_of, with_heard
from enishi.roles.gateway.people import Held
from enishi.roles.gateway.tenant import Tenant
from enishi.terms import Absence

BUDGET_S: Final = 6.0
"""For all that one message asks; an exchange waits fifteen seconds for it."""
AT_ONCE: Final = 8


async def ask_live(tenant: Tenant, wishes: Iterable[Wish]) -> Heard:
    """What the sources said, by wish; a wish whose source was silent, slow or wrong is not in it."""
    tasks = _begin(tenant, frozenset(wishes))
    if not tasks:
        return {}
    try:
        done, _ = await asyncio.wait(tasks.values(), timeout=BUDGET_S)
    finally:
        for task in tasks.values():
            task.cancel()
    heard = {wish: found for wish, task in tasks.items() if task in done and (found := task.result()) is not None}
    if len(heard) < len(tasks):
        logs.warn("live-source-silent", peer=tenant.id, count=len(tasks) - len(heard))
    return heard


def wishes_for(tenant: Tenant, held: Held, asked: Asked, at_ms: int) -> tuple[Wish, ...]:
    """What to ask for one inquiry: nothing where it is held, closed or refused whatever the sources say."""
    wanted = wanted_of(asked)
    finding = find(with_heard(held, wanted, tenant.live, {}), asked, tenant.rules, at_ms)
    return wishes_of(held.addressee_number, wanted, tenant.live) if finding.reason is Reason.SOURCE else ()


def _begin(tenant: Tenant, wishes: frozenset[Wish]) -> dict[Wish, "asyncio.Task[Copy | Absence | None]"]:
    room, folder = asyncio.Semaphore(AT_ONCE), tenant.folder / FOLDER
    return {wish: asyncio.create_task(_one(room, tenant, folder, wish)) for wish in wishes}


async def _one(room: asyncio.Semaphore, tenant: Tenant, folder: Path, wish: Wish) -> Copy | Absence | None:
    # Imported here: only a tenant with a live source calls anybody.
    from enishi.roles.gateway.live.calling import call_source

    adapter = tenant.live[wish.item]
    async with room:
        # Before the call, so that the answer is never said to be newer than it is.
        asked_ms = clock.now_ms()
        try:
            body = await call_source(adapter, folder, wish)
        except Fault as fault:
            logs.warn("live-source-fault", peer=tenant.id, code=fault.code)
            return None
    return read_answer(adapter, wish, body, asked_ms)
