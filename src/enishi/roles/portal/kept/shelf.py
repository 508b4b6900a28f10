"""The shelf: one sealed row for each person who left something, and the mails on their way. What a verb returns is durable."""

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from enishi.roles.portal.kept.left import Left, off
from enishi.roles.portal.kept.outbox import Mail, drop_of, put
from enishi.roles.portal.kept.sealing import Rest
from enishi.store import crash
from enishi.store.database import Database

Turn = Callable[[Left], tuple[Left, Sequence[Mail]]]
"""What becomes of what a person left, and the mails that go out with it; run inside the transaction, so it must only compute."""


class Place(NamedTuple):
    """How far the public log was looked through, and how often that was set back because somebody handed in labels."""

    size: int
    turn: int


class Shelf:
    """What people left, by person; the labels that are watched for are in memory, too, beside whose they are."""

    def __init__(self, database: Database, rest: Rest, issuer: str) -> None:
        """Take the open database, the portal's seal, and whose `sub` it is that names people."""
        self.database = database
        self.rest = rest
        self._issuer = issuer
        self._handing = asyncio.Lock()
        self._watched: dict[bytes, bytes] = {}
        self._waiting: set[bytes] = set()
        for person, left in self.everyone():
            self._note(person, Left(), left)

    def person(self, subject: str) -> bytes:
        """The key of the person whom the issuer names so."""
        return self.rest.person(self._issuer, subject)

    def left(self, person: bytes) -> Left:
        """What a person left; nothing for somebody who left nothing."""
        return self.database.read_now(lambda connection: self._read(connection, person))

    def everyone(self) -> list[tuple[bytes, Left]]:
        """Everybody who left something."""
        return self.database.read_now(self._everyone)

    async def all_aside(self) -> list[tuple[bytes, Left]]:
        """The same, read beside the event loop."""
        return await self.database.read(self._everyone)

    def _everyone(self, connection: sqlite3.Connection) -> list[tuple[bytes, Left]]:
        rows = connection.execute("SELECT person, sealed FROM kept").fetchall()
        return [(person, self._open(person, sealed)) for person, sealed in rows]

    @property
    def watched(self) -> Mapping[bytes, bytes]:
        """Label → whose it is."""
        return self._watched

    @property
    def waiting(self) -> tuple[bytes, ...]:
        """Those of whose leaves not every one was told."""
        return tuple(self._waiting)

    async def change(self, person: bytes, turn: Turn) -> Left:
        """Turn what a person left into what they leave now; a fault of the turn leaves everything as it was."""
        return (await self._write({person: turn}, lambda connection: None))[person]

    async def look(self, turns: Mapping[bytes, Turn], begun: Place, size: int) -> None:
        """Keep what a look through the log found, and that it reached this size, unless labels came in since it began."""

        def reached(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE watched SET size = ? WHERE size = ? AND turn = ?", (size, *begun))

        await self._write(turns, reached)

    async def hand_in(self, person: bytes, turn: Turn, size: int) -> Left:
        """A change that brings labels of a chain as it was at that size of the log: what came since is looked through again."""

        def back(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT size, turn FROM watched").fetchone() or (size, 0)
            start = min(row[0], size) if watching else size
            query = "INSERT INTO watched VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET size = excluded.size, turn = excluded.turn"
            connection.execute(query, (start, row[1] + 1))

        # One after the other: whoever comes second must find the first one's labels, or would set the place past what is theirs.
        async with self._handing:
            watching = bool(self._watched)
            return (await self._write({person: turn}, back))[person]

    async def _write(self, turns: Mapping[bytes, Turn], besides: Callable[[sqlite3.Connection], None]) -> dict[bytes, Left]:
        def work(connection: sqlite3.Connection) -> dict[bytes, tuple[Left, Left]]:
            besides(connection)
            return {person: self._turn(connection, person, turn) for person, turn in turns.items()}

        crash.point("portal.kept.before_store")
        changed = await self.database.write(work)
        # Durable from here on: a page that says so may be shown, and a mail that waits will be sent after any crash.
        crash.point("portal.kept.after_store")
        for person, (before, after) in changed.items():
            self._note(person, before, after)
        return {person: after for person, (_, after) in changed.items()}

    async def stop(self, token: bytes) -> bool:
        """End the mails of whoever holds this token; False where it is nobody's."""
        name = self.rest.stop(token)
        row = self.database.read_now(lambda connection: connection.execute("SELECT person FROM kept WHERE stop = ?", (name,)).fetchone())
        if row is None:
            return False
        # The token is asked for again inside the transaction: the mails may have been ended, or begun anew, in the meantime.
        await self.change(row[0], lambda left: (off(left) if secrets.compare_digest(left.stop, token) else left, ()))
        return True

    def holds(self, token: bytes) -> bool:
        """Whether mails can be ended with this token."""
        name = self.rest.stop(token)
        return self.database.read_now(lambda connection: connection.execute("SELECT 1 FROM kept WHERE stop = ?", (name,)).fetchone()) is not None

    def place(self) -> Place | None:
        """How far the public log was looked through; None where nobody has watched it yet."""
        row = self.database.read_now(lambda connection: connection.execute("SELECT size, turn FROM watched").fetchone())
        return Place(*row) if row else None

    def _turn(self, connection: sqlite3.Connection, person: bytes, turn: Turn) -> tuple[Left, Left]:
        before = self._read(connection, person)
        after, mails = turn(before)
        if after == before and not mails:
            return before, after
        # Freed pages are overwritten: an address that is taken back is gone from the file, too.
        connection.execute("PRAGMA secure_delete=ON")
        if after.empty:
            connection.execute("DELETE FROM kept WHERE person = ?", (person,))
        else:
            stop = self.rest.stop(after.stop) if after.stop else None
            sealed = self.rest.wrap("kept", person, msgspec.msgpack.encode(after))
            query = "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (person) DO UPDATE SET stop = excluded.stop, sealed = excluded.sealed"
            connection.execute(query, (person, stop, sealed))
        if not after.address and after.asked is None:
            drop_of(connection, person)
        for mail in mails:
            put(connection, self.rest, mail)
        return before, after

    def _note(self, person: bytes, before: Left, after: Left) -> None:
        for label in before.labels:
            if self._watched.get(label) == person:
                del self._watched[label]
        self._watched.update(dict.fromkeys(after.labels, person))
        if after.waiting:
            self._waiting.add(person)
        else:
            self._waiting.discard(person)

    def _read(self, connection: sqlite3.Connection, person: bytes) -> Left:
        row = connection.execute("SELECT sealed FROM kept WHERE person = ?", (person,)).fetchone()
        return self._open(person, row[0]) if row else Left()

    def _open(self, person: bytes, sealed: bytes) -> Left:
        return msgspec.msgpack.decode(self.rest.unwrap("kept", person, sealed), type=Left)
