"""Use case: tell a caller that a message's state has changed; again, with longer and longer pauses, until it is heard or given up."""

import asyncio
import sqlite3
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Fault
from enishi.mesh import logs
from enishi.roles.gateway.bulk.callbacks import Callbacks, callbacks_of
from enishi.roles.gateway.shown import time_of
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash

PAUSES_S: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400)
"""After the first try, the second, and so on; behind the last it is given up."""
TICK_S: Final = 1.0
AT_ONCE: Final = 8
TOLD: Final = -1
GIVEN_UP: Final = -2


class Call(msgspec.Struct, frozen=True):
    """A call that is due."""

    id: bytes
    number: bytes
    state: str
    at_ms: int
    tries: int
    url: str

    def body(self) -> bytes:
        """What is told: number and state, no person and no content."""
        data = {"number": self.number.hex(), "state": self.state}
        return msgspec.json.encode({"type": f"bulk.{self.state}", "timestamp": time_of(self.at_ms), "data": data})


class Calling:
    """Calls back for one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        """Tell what stands in this tenant's database."""
        self._tenant = tenant

    async def run(self) -> None:
        """Call what is due, until cancelled; without a pause while there is more."""
        while True:
            called = 0
            try:
                called = await self.call_due(clock.now_ms())
            except Fault as fault:
                logs.warn("callback-waits", peer=self._tenant.id, code=fault.code)
            except Exception as error:
                logs.fail("callback-failed", peer=self._tenant.id, kind=type(error).__name__, where=logs.where(error.__traceback__))
            # Whoever has sent a thousand small messages is not to wait for minutes to hear that they have ended.
            await asyncio.sleep(0 if called == AT_ONCE else TICK_S)

    async def call_due(self, at_ms: int) -> int:
        """One round: the calls whose time has come, AT_ONCE of them at most; returns how many."""
        # Read anew, so that a secret that was changed or an address that was taken out counts at once; without the file what is due waits for it.
        allowed = callbacks_of(self._tenant.folder)
        if allowed is None:
            return 0
        due = await self._tenant.database.read(lambda connection: _due(connection, at_ms))
        await asyncio.gather(*(self._one(allowed, call) for call in due))
        return len(due)

    async def _one(self, allowed: Callbacks, call: Call) -> None:
        # Imported at the first call: most gateways call nobody, and the start need not wait for it.
        from enishi.roles.gateway.bulk.posting import post

        status = await post(allowed, call.url, call.id, call.body())
        next_ms = _next(status, call.tries, clock.now_ms())
        crash.point("gateway.callback.before_mark")
        await self._tenant.database.write(lambda connection: _mark(connection, call, next_ms))
        # Durable that it was heard; before this line a death means that the same id is told once more.
        crash.point("gateway.callback.after_mark")


def _next(status: int, tries: int, at_ms: int) -> int:
    if 200 <= status < 300:
        return TOLD
    # 410: the receiver is gone and says so.
    return GIVEN_UP if status == 410 or tries >= len(PAUSES_S) else at_ms + 1000 * PAUSES_S[tries]


def _due(connection: sqlite3.Connection, at_ms: int) -> list[Call]:
    rows = connection.execute(
        "SELECT c.id, c.bulk, c.state, c.at_ms, c.tries, b.callback FROM callback c JOIN bulk b ON b.number = c.bulk"
        " WHERE c.next_ms >= 0 AND c.next_ms <= ? ORDER BY c.next_ms LIMIT ?",
        (at_ms, AT_ONCE),
    )
    return [Call(*row) for row in rows]


def _mark(connection: sqlite3.Connection, call: Call, next_ms: int) -> None:
    connection.execute("UPDATE callback SET tries = tries + 1, next_ms = ? WHERE id = ?", (next_ms, call.id))
