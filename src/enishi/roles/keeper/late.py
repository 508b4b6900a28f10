"""Use case: a mark of non-disclosure has ended; the record enters the person's own chain at the next n, pointing to where it has stood."""

import sqlite3

from enishi import clock
from enishi.protocol.record import RecordBody
from enishi.roles.keeper.bodies import seal_body
from enishi.roles.keeper.chain import Entry, append_person
from enishi.roles.keeper.state import State
from enishi.store import crash
from enishi.terms import ItemId
from enishi.tlog.leaf import LeafKind

DUE = "SELECT item_id, txid, epoch, tag, leaf_index, withheld_until FROM item WHERE withheld_until > 0 AND withheld_until <= ? AND late_index < 0"


async def enter_late(state: State) -> int:
    """Enter every record whose mark has ended; returns how many. Runs at start and every minute."""
    now_ms, at_ms = clock.now_ms(), state.log.moments.now_ms()
    due = await state.database.read(lambda connection: connection.execute(DUE + " LIMIT 1000", (now_ms,)).fetchall())
    if not due:
        return 0
    bodies = [
        seal_body(
            RecordBody(kind="late_entry", item_id=item_id, txid=txid, at_ms=at_ms, original_index=index, marks=(f"withheld-until:{until}",)),
            state.snapshot.disclosure,
        )
        for item_id, txid, _, _, index, until in due
    ]

    def append(connection: sqlite3.Connection) -> int:
        for (item_id, _, epoch, tag, _, _), body in zip(due, bodies, strict=True):
            if connection.execute("SELECT late_index FROM item WHERE item_id = ?", (item_id,)).fetchone()[0] >= 0:
                continue
            entry = Entry(LeafKind.LATE_ENTRY, epoch, tag, at_ms, body.commitment, body.sealed, ItemId(item_id))
            placed = append_person(connection, state.secrets, entry)
            connection.execute("UPDATE item SET late_index = ? WHERE item_id = ?", (placed.index, item_id))
        return len(due)

    crash.point("keeper.late.before_append")
    entered = await state.database.write(append)
    crash.point("keeper.late.after_append")
    state.log.dirty()
    return entered
