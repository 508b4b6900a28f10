"""How far the exchange has seen the keeper's log.  It carries every receipt, so it can tell a keeper whose database was put back, also while every
witness is away (docs/decisions/0009-the-exchange-remembers.md)."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Final

from enishi.errors import Fault
from enishi.mesh import logs
from enishi.protocol.event import Event
from enishi.protocol.forms import read_payload
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.protocol.self_disclosure import SelfCommit
from enishi.protocol.wire import Commit, Committed, CommittedItem, LogSeen, OutcomeForm, Recorded, ViewCommit, ViewCommitted
from enishi.store import crash
from enishi.store.database import Database

EVERY_S: Final = 1.0
"""How far what is durable may lie behind what was seen: a write for each receipt would cost more than it is worth."""
NOTHING: Final = LogSeen(0, -1, b"")


class Seen:
    """The furthest place of the log that the keeper has shown, and the newest receipt's leaf."""

    def __init__(self, database: Database) -> None:
        """Keep it in the exchange's database."""
        self._database = database
        self._seen = self._kept = NOTHING

    async def load(self) -> None:
        """Take up what an earlier run has seen."""
        self._seen = self._kept = await self._database.read(_load)

    def word(self) -> LogSeen:
        """What the keeper is told when it asks."""
        return self._seen

    def commits(self, call: Callable[[Commit], Awaitable[Committed]]) -> Callable[[Commit], Awaitable[Committed]]:
        """The same door; what it answers is remembered."""

        async def committed(asked: Commit) -> Committed:
            reply = await call(asked)
            for item in reply.items:
                self._receipt(item.receipt)
            return reply

        return committed

    def selves(self, call: Callable[[SelfCommit], Awaitable[CommittedItem]]) -> Callable[[SelfCommit], Awaitable[CommittedItem]]:
        """The same door; what it answers is remembered."""

        async def committed(asked: SelfCommit) -> CommittedItem:
            reply = await call(asked)
            self._receipt(reply.receipt)
            return reply

        return committed

    def changes(self, call: Callable[[Event], Awaitable[SignedReceipt]]) -> Callable[[Event], Awaitable[SignedReceipt]]:
        """The same door; what it answers is remembered."""

        async def recorded(asked: Event) -> SignedReceipt:
            receipt = await call(asked)
            self._receipt(receipt)
            return receipt

        return recorded

    def outcomes(self, call: Callable[[OutcomeForm], Awaitable[Recorded]]) -> Callable[[OutcomeForm], Awaitable[Recorded]]:
        """The same door; what it answers is remembered."""

        async def recorded(asked: OutcomeForm) -> Recorded:
            reply = await call(asked)
            self._size(reply.index + 1)
            return reply

        return recorded

    def looks(self, call: Callable[[ViewCommit], Awaitable[ViewCommitted]]) -> Callable[[ViewCommit], Awaitable[ViewCommitted]]:
        """The same door; what it answers is remembered."""

        async def looked(asked: ViewCommit) -> ViewCommitted:
            reply = await call(asked)
            self._size(reply.log.size)
            return reply

        return looked

    async def run(self) -> None:
        """Make durable what was seen, every second; ends when cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.keep()
            except Fault as fault:
                logs.warn("log-seen-not-kept", code=fault.code)

    async def keep(self) -> None:
        """Make durable what was seen."""
        seen = self._seen
        if seen != self._kept:
            crash.point("exchange.seen.before_store")
            # Durable: how far the log was seen; what a crash takes with it is the last second.
            await self._database.write(lambda connection: _keep(connection, seen))
            self._kept = seen

    def _receipt(self, signed: SignedReceipt) -> None:
        # A receipt that cannot be read is its reader's matter; here it only says nothing.
        with contextlib.suppress(Fault):
            receipt = read_payload(signed.receipt, Receipt, "receipt")
            if receipt.index > self._seen.place:
                self._seen = LogSeen(max(self._seen.size, receipt.index + 1), receipt.index, receipt.leaf_hash)

    def _size(self, size: int) -> None:
        if size > self._seen.size:
            self._seen = LogSeen(size, self._seen.place, self._seen.leaf_hash)


def _load(connection: sqlite3.Connection) -> LogSeen:
    row = connection.execute("SELECT size, place, leaf_hash FROM log_seen").fetchone()
    return LogSeen(*row) if row else NOTHING


def _keep(connection: sqlite3.Connection, seen: LogSeen) -> int:
    values = (seen.size, seen.place, seen.leaf_hash)
    return connection.execute("INSERT OR REPLACE INTO log_seen (one, size, place, leaf_hash) VALUES (1, ?, ?, ?)", values).rowcount
