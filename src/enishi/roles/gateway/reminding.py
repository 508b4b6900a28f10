"""What comes near or past its deadline is said in log and counters, once, for every kind of thing that waits for an official."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence

import msgspec

from enishi import clock
from enishi.errors import Fault
from enishi.mesh import logs
from enishi.mesh.metrics import Meter
from enishi.roles.gateway.desk import PAUSE_S, REMINDERS
from enishi.roles.gateway.tenant import Tenant


class Crossed(msgspec.Struct, frozen=True):
    """How many things came near their deadline, and how many passed it."""

    due_soon: int
    overdue: int


class Reminding:
    """Reminds of one kind of thing, of all tenants together in the counter."""

    def __init__(self, meter: Meter, path: str, thing: str, crossed: Callable[[sqlite3.Connection, int, int, int], Crossed]) -> None:
        """`crossed` counts within (since, at] by (connection, since_ms, at_ms, reminder_ms); `path` and `thing` name it in counter and log."""
        self._meter = meter
        self._path = path
        self._thing = thing
        self._crossed = crossed
        self._reminded: dict[str, int] = {}

    async def remind(self, tenant: Tenant) -> None:
        """Say what came since the last time; after a start, all that is. A database that fails is said, and ends no errand."""
        at_ms, since_ms = clock.now_ms(), self._reminded.get(tenant.id, 0)
        try:
            came = await tenant.database.read(lambda connection: self._crossed(connection, since_ms, at_ms, tenant.rules.reminder_ms))
        except Fault as fault:
            logs.warn("reminder-failed", peer=tenant.id, code=fault.code)
            return
        self._reminded[tenant.id] = at_ms
        for event, count in ((f"{self._thing}-due-soon", came.due_soon), (f"{self._thing}-overdue", came.overdue)):
            if count:
                logs.warn(event, peer=tenant.id, count=count)
                self._meter.add(REMINDERS, self._path, event, count)


class KeepReminding:
    """The errand that reminds of several kinds of things."""

    def __init__(self, *each: Reminding) -> None:
        """Remind of each."""
        self._each = each

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Look every few seconds; ends when cancelled."""
        while True:
            for tenant in tenants:
                for one in self._each:
                    await one.remind(tenant)
            await asyncio.sleep(PAUSE_S)
