"""Use case: the commission suspends an institution at once, by its own note, without the exchange; keeper and exchange are told until they know."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Conflict, Fault
from enishi.mesh import logs
from enishi.protocol.standing import RegistryShown, SuspendAsk, Suspended, SuspensionNote
from enishi.protocol.suspension import Note, Suspension, sign_suspension
from enishi.protocol.wire import Empty, Recorded
from enishi.roles.oversight.held import draft_waiting, last_signed, newest_seen, own_notes, signed_snapshot, standing_now
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database

EVERY_S: Final = 20.0
UNREACHED: Final = -1


@dataclass(frozen=True)
class SuspendingDoors:
    """Whom the commission tells itself; the exchange tells everybody else."""

    keeper: Callable[[SuspensionNote], Awaitable[Recorded]]
    exchange: Callable[[SuspensionNote], Awaitable[Empty]]


class Suspending:
    """Makes notes and tells keeper and exchange of those that hold."""

    def __init__(self, database: Database, key: SigningKey, doors: SuspendingDoors | None) -> None:
        """`doors`: None where the role knows no peers; then a note only stands in its database."""
        self._database, self._key, self._doors = database, key, doors
        self._told: set[tuple[str, bytes]] = set()

    async def shown(self) -> RegistryShown:
        """The registry as the commission signed it, its own notes in force, and the draft that waits for its operator."""
        envelope: Envelope | None = await self._database.read(last_signed)
        snapshot = await self._database.read(signed_snapshot)
        assert envelope is not None
        notes = await self._database.read(lambda connection: own_notes(connection, snapshot))
        return RegistryShown(envelope, tuple(note.envelope for note in notes.values()), await self._database.read(draft_waiting))

    async def suspend(self, asked: SuspendAsk) -> Suspended:
        """Sign and store a note, then tell the keeper and the exchange; Conflict("institution-suspended-already"), Unknown("institution-unknown")."""
        held = await self._database.read(standing_now)
        if held.institution(asked.institution, "institution").suspended:
            raise Conflict("institution-suspended-already", asked.institution, "institution")
        said = Suspension(
            v=1,
            mesh=held.log_origin,
            institution=asked.institution,
            serial=await self._database.read(newest_seen),
            reason=asked.reason,
            because=asked.because,
            at_ms=clock.now_ms(),
            signer="oversight",
        )
        note = sign_suspension(said, self._key)
        row = (note.digest, msgspec.msgpack.encode(note.envelope))
        crash.point("oversight.suspension.before_store")
        await self._database.write(lambda connection: connection.execute("INSERT INTO suspension (digest, envelope) VALUES (?, ?)", row).rowcount)
        # Durable: from here on no draft that drops it is signed without approval, and it is told until it has arrived.
        crash.point("oversight.suspension.after_store")
        return Suspended(note.envelope, await self._tell(note))

    async def tell(self) -> None:
        """Tell keeper and exchange of every note in force that they do not know yet."""
        if await self._database.read(last_signed) is not None:
            snapshot = await self._database.read(signed_snapshot)
            for note in (await self._database.read(lambda connection: own_notes(connection, snapshot))).values():
                await self._tell(note)

    async def _tell(self, note: Note) -> int:
        """The position of the leaf; -1 where the keeper was not reached now."""
        if self._doors is None:
            return UNREACHED
        index = UNREACHED
        for name, door in (("keeper", self._doors.keeper), ("exchange", self._doors.exchange)):
            if (name, note.digest) in self._told:
                continue
            try:
                reply = await door(SuspensionNote(note.envelope))
                self._told.add((name, note.digest))
                index = reply.index if isinstance(reply, Recorded) else index
            except Fault as fault:
                logs.warn("suspension-not-told", peer=name, code=fault.code)
        return index


async def keep_telling(suspending: Suspending) -> None:
    """Tell at once and then every 20 seconds; ends when cancelled."""
    while True:
        await suspending.tell()
        await asyncio.sleep(EVERY_S)
