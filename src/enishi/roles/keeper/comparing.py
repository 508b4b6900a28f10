"""Comparing with what the exchange has seen: a database that was put back says so before it records, whether or not a witness answers.

Nothing is recorded without the exchange, so asking it first costs nobody anything (docs/decisions/0009-the-exchange-remembers.md).
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Final

from enishi.errors import Fault, Misconfigured, Unavailable, Unknown
from enishi.mesh import logs
from enishi.protocol.wire import LogSeen
from enishi.roles.keeper.log import Log
from enishi.tlog.tree import leaf_hash

EXCHANGE: Final = "exchange"
"""Its name at the fence, where the witnesses have theirs."""
BEHIND: Final = "log-behind-exchange"


class Comparing:
    """Asks the exchange at the start, and again before the first record of this run."""

    def __init__(self, log: Log, ask: Callable[[], Awaitable[LogSeen]]) -> None:
        """`ask` is the exchange's door."""
        self._log, self._ask = log, ask
        self._agrees = False
        self._asking = asyncio.Lock()
        log.fence.unheard(EXCHANGE)

    async def check_start(self) -> None:
        """Misconfigured("log-behind-exchange") where the exchange has seen more; one that cannot be asked yet delays nothing."""
        seen = await self._heard()
        if seen is not None and not await self._continues(seen):
            raise Misconfigured("log-behind-exchange", f"the exchange saw {seen.size} leaves")

    async def demand(self) -> None:
        """Before a record: Unavailable("log-unconfirmed") while the exchange cannot be asked, Unavailable("log-fenced") where it has seen more."""
        if not self._agrees:
            # Whoever comes while it is asked waits for the same word.
            async with self._asking:
                self._agrees = self._agrees or await self._agreed()

    async def _agreed(self) -> bool:
        seen = await self._heard()
        if seen is None:
            raise Unavailable("log-unconfirmed")
        if not await self._continues(seen):
            await self._log.fence.refused(EXCHANGE, BEHIND)
            raise Unavailable("log-fenced")
        self._log.fence.heard(EXCHANGE)
        return True

    async def _heard(self) -> LogSeen | None:
        try:
            return await self._ask()
        except Unknown:
            # An exchange of 0.1.0 has no such door and remembers nothing.
            return LogSeen(0, -1, b"")
        except Fault as fault:
            logs.warn("exchange-unasked", code=fault.code)
            return None

    async def _continues(self, seen: LogSeen) -> bool:
        return await self._log.database.read(lambda connection: continues(connection, seen))


def continues(connection: sqlite3.Connection, seen: LogSeen) -> bool:
    """Whether the log holds all that was seen: so many leaves, and the newest receipt's at its place."""
    (size,) = connection.execute("SELECT COALESCE(MAX(idx), -1) + 1 FROM leaf").fetchone()
    if size < seen.size:
        return False
    row = connection.execute("SELECT data FROM leaf WHERE idx = ?", (seen.place,)).fetchone()
    return seen.place < 0 or (row is not None and leaf_hash(row[0]) == seen.leaf_hash)
