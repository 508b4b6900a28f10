"""Use case: take a suspension note, of the exchange or of the commission.  It is logged, and from then on holds for every step to come."""

import sqlite3

import msgspec

from enishi.protocol.standing import SuspensionNote
from enishi.protocol.suspension import Note, SuspensionDigest, check_suspension
from enishi.protocol.wire import Recorded
from enishi.roles.keeper.chain import append_public
from enishi.roles.keeper.state import State
from enishi.store import crash
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, commitment


class Suspending:
    """The keeper's part in a suspension."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state

    async def take(self, offered: SuspensionNote) -> Recorded:
        """Check the note, log its digest, apply it; a note that is known gets its first place again.  Raises the faults of `check_suspension`."""
        note = check_suspension(offered.note, self._state.pins, self._state.snapshot)
        crash.point("keeper.suspension.before_append")
        index = await self._state.database.write(lambda connection: self._append(connection, note))
        # Durable: whoever was suspended, by whom and when stands under the log before it has any effect.
        crash.point("keeper.suspension.after_append")
        self._state.suspend(note)
        self._state.log.dirty()
        return Recorded(index)

    def _append(self, connection: sqlite3.Connection, note: Note) -> int:
        known = connection.execute("SELECT leaf_index FROM suspension WHERE digest = ?", (note.digest,)).fetchone()
        if known is not None:
            return int(known[0])
        body = msgspec.json.encode(SuspensionDigest(note.digest))
        placed = append_public(connection, LeafKind.SNAPSHOT, self._state.log.moments.now_ms(), commitment(PUBLIC_SALT, body), body)
        connection.execute(
            "INSERT INTO suspension (digest, envelope, leaf_index) VALUES (?, ?, ?)",
            (note.digest, msgspec.msgpack.encode(note.envelope), placed.index),
        )
        return placed.index
