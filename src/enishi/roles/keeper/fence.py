"""The fence: a log whose witnesses saw another history appends no record and so releases nothing, until they cosign it again.

It is durable, so that a keeper that is started again while no witness answers stands behind it still.  What stands before a fence is a database
put back, or a second keeper on a copy of it: both would grow a second history with the log's true key.
"""

import sqlite3
from typing import Final

from enishi.errors import Unavailable
from enishi.mesh import logs
from enishi.store import crash
from enishi.store.database import Database

_KEY: Final = "fenced"


class Fence:
    """Goes up when so many witnesses refuse that readers could never be shown the cosignatures they ask for, and with the first refusal of a witness
    that could not be asked at the start; goes down when those cosign.
    """

    def __init__(self, database: Database, spare: int) -> None:
        """`spare`: how many witnesses may refuse while the others are still enough for a reader."""
        self._database = database
        self._spare = spare
        self._refused: set[str] = set()
        self._unheard: set[str] = set()

    async def recall(self) -> None:
        """At the start: who put up the fence that stands counts in full until they cosign, so that no other witness's word takes it down."""
        names = await self._database.read(refusers)
        self._refused |= names
        self._unheard |= names

    def unheard(self, witness: str) -> None:
        """A witness could not be asked at the start.  Its word would have stopped the start by itself, so its first one counts for as much."""
        self._unheard.add(witness)

    async def refused(self, witness: str, code: str) -> None:
        """A witness has said that it saw more, or another history."""
        self._refused.add(witness)
        if self._too_many() and not await self._database.read(is_up):
            names = "\n".join(sorted(self._refused)).encode()
            crash.point("keeper.fence.before_store")
            await self._database.write(lambda connection: connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_KEY, names)).rowcount)
            # Durable: the fence, and who put it up.
            logs.fail("log-fenced", code=code)

    def heard(self, witness: str) -> None:
        """Who could not be asked at the start has no objection; whether the fence goes down, only a cosignature says."""
        self._refused.discard(witness)
        self._unheard.discard(witness)

    async def cosigned(self, witness: str) -> None:
        """A witness has cosigned this history."""
        self.heard(witness)
        if not self._too_many() and await self._database.read(is_up):
            crash.point("keeper.fence.before_lift")
            await self._database.write(lambda connection: connection.execute(f"DELETE FROM meta WHERE key = '{_KEY}'").rowcount)
            logs.warn("log-fence-lifted")

    def _too_many(self) -> bool:
        return len(self._refused) > self._spare or bool(self._refused & self._unheard)


def is_up(connection: sqlite3.Connection) -> bool:
    """Whether records may not be appended now."""
    return connection.execute(f"SELECT 1 FROM meta WHERE key = '{_KEY}'").fetchone() is not None


def refusers(connection: sqlite3.Connection) -> set[str]:
    """The names of those who put up the fence that stands; none where it is down, or was put up by a program that did not keep them."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    return set() if row is None or bytes(row[0]) == b"\x01" else set(bytes(row[0]).decode().split("\n"))


def demand_down(connection: sqlite3.Connection) -> None:
    """Unavailable("log-fenced") while the fence is up."""
    if is_up(connection):
        raise Unavailable("log-fenced")
