"""Use case: suspend an institution at once, by the exchange's own note or the commission's, and tell everybody who applies it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec

from enishi import clock
from enishi.errors import Conflict, Fault
from enishi.mesh import logs
from enishi.protocol.standing import SuspendAsk, Suspended, SuspensionNote
from enishi.protocol.suspension import Note, Suspension, check_suspension, read_suspension, sign_suspension
from enishi.protocol.wire import Empty, Recorded, SnapshotReply
from enishi.roles.exchange.state import State
from enishi.store import crash

UNREACHED = -1
"""In the place of a leaf's position: the keeper has not taken the note yet."""


@dataclass(frozen=True)
class SuspendingDoors:
    """Who is told: the keeper the note, gateways and registrar the whole registry, by name, as they stand at that moment."""

    keeper: Callable[[SuspensionNote], Awaitable[Recorded]]
    others: Callable[[], Mapping[str, Callable[[SnapshotReply], Awaitable[Empty]]]]


class Suspending:
    """Makes and takes notes; what could not be reached is told again."""

    def __init__(self, state: State, doors: SuspendingDoors, wake: Callable[[], None]) -> None:
        """Work on the exchange's state; `wake` is called where there is something to tell or to carry."""
        self._state, self._doors, self._wake = state, doors, wake
        self._told: dict[str, object] = {}
        self._logged: set[bytes] = set()

    async def suspend(self, asked: SuspendAsk) -> Suspended:
        """Sign, store and apply a note of the exchange's own, then tell the keeper; Conflict("institution-suspended-already"), Unknown."""
        if self._state.snapshot.institution(asked.institution, "institution").suspended:
            raise Conflict("institution-suspended-already", asked.institution, "institution")
        said = Suspension(
            v=1,
            mesh=self._state.signed.log_origin,
            institution=asked.institution,
            serial=await self._state.database.read(self._newest),
            reason=asked.reason,
            because=asked.because,
            at_ms=clock.now_ms(),
            signer="exchange",
        )
        note = sign_suspension(said, self._state.secrets.signing)
        await self._apply(note)
        return Suspended(note.envelope, await self._log(note))

    async def take(self, offered: SuspensionNote) -> Empty:
        """Apply a note of the commission's; raises the faults of `check_suspension`."""
        # Before the first snapshot of this run: the signature alone counts, and publishing keeps what holds then.
        ready = self._state.published() is not None
        note = check_suspension(offered.note, self._state.pins, self._state.signed) if ready else read_suspension(offered.note, self._state.pins)
        if note.digest not in self._state.notes:
            await self._apply(note)
            await self._log(note)
        return Empty()

    async def tell(self) -> None:
        """Tell whoever has not been told of the present registry and notes; who cannot be reached is told again next time."""
        for note in tuple(self._state.notes.values()):
            await self._log(note)
        shown = self._state.shown()
        state = (self._state.digest, frozenset(self._state.notes))
        others = self._doors.others()
        await asyncio.gather(*(self._tell_one(name, others[name], shown, state) for name in others if self._told.get(name) != state))

    async def _tell_one(self, name: str, push: Callable[[SnapshotReply], Awaitable[Empty]], shown: SnapshotReply, state: object) -> None:
        try:
            await push(shown)
            self._told[name] = state
        except Fault as fault:
            logs.warn("registry-not-pushed", peer=name, code=fault.code)

    async def _apply(self, note: Note) -> None:
        row = (note.digest, msgspec.msgpack.encode(note.envelope))
        crash.point("exchange.suspension.before_store")
        await self._state.database.write(lambda connection: _store(connection, row))
        # Durable: after a crash the institution is still suspended, and whoever was not told is told.
        crash.point("exchange.suspension.after_store")
        self._state.suspend(note)
        self._wake()

    async def _log(self, note: Note) -> int:
        if note.digest in self._logged:
            return UNREACHED
        try:
            index = (await self._doors.keeper(SuspensionNote(note.envelope))).index
        except Fault as fault:
            logs.warn("suspension-not-logged", code=fault.code)
            return UNREACHED
        self._logged.add(note.digest)
        return index

    def _newest(self, connection: sqlite3.Connection) -> int:
        # A draft that waits may be signed after this note: it must not lift what it does not know of.
        (drafted,) = connection.execute("SELECT COALESCE(MAX(serial), 0) FROM draft").fetchone()
        return max(self._state.signed.serial, int(drafted))


def _store(connection: sqlite3.Connection, row: tuple[bytes, bytes]) -> None:
    connection.execute("INSERT OR IGNORE INTO suspension (digest, envelope) VALUES (?, ?)", row)
