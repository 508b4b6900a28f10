"""Use case: a mark of non-disclosure has ended; the record enters the person's own chain at the next n, pointing to where it has stood.

An item may be marked again after its first late entry (an outcome with a mark of its own): what was withheld since then has a late entry of its own.
"""

import sqlite3

from enishi import clock
from enishi.protocol.record import RecordBody
from enishi.roles.keeper.bodies import seal_body
from enishi.roles.keeper.chain import Entry, append_person
from enishi.roles.keeper.state import State
from enishi.seal.many import Sender
from enishi.store import crash
from enishi.terms import ItemId
from enishi.tlog.leaf import LeafKind

DUE = (
    "SELECT item.item_id, item.txid, item.epoch, item.tag, MIN(second_chain.idx), item.withheld_until FROM second_chain"
    " JOIN leaf ON leaf.idx = second_chain.idx JOIN item ON item.item_id = leaf.item_id"
    " WHERE second_chain.late_index < 0 AND item.withheld_until <= ? GROUP BY item.item_id"
)
"""Items with leaves in the second chain that no late entry has brought in, and no mark that still runs; the first such leaf of each."""


async def enter_late(state: State) -> int:
    """Enter every record whose mark has ended; returns how many. Runs at start and every minute."""
    now_ms = clock.now_ms()
    due = await state.database.read(lambda connection: connection.execute(DUE + " LIMIT 1000", (now_ms,)).fetchall())
    if not due:
        return 0
    await state.may_record()
    to = Sender(state.snapshot.disclosure)
    bodies = [
        seal_body(
            RecordBody(kind="late_entry", item_id=item_id, txid=txid, at_ms=now_ms, original_index=index, marks=(f"withheld-until:{until}",)),
            to,
        )
        for item_id, txid, _, _, index, until in due
    ]

    def append(connection: sqlite3.Connection) -> int:
        for (item_id, _, epoch, tag, index, until), body in zip(due, bodies, strict=True):
            if not _still_due(connection, item_id, index, until):
                continue
            entry = Entry(LeafKind.LATE_ENTRY, epoch, tag, now_ms, body.commitment, body.sealed, ItemId(item_id))
            placed = append_person(connection, state.secrets, entry)
            connection.execute("UPDATE item SET late_index = ? WHERE item_id = ?", (placed.index, item_id))
            connection.execute(
                "UPDATE second_chain SET late_index = ? WHERE late_index < 0 AND (SELECT item_id FROM leaf WHERE leaf.idx = second_chain.idx) = ?",
                (placed.index, item_id),
            )
        return len(due)

    crash.point("keeper.late.before_append")
    entered = await state.database.write(append)
    crash.point("keeper.late.after_append")
    state.log.dirty()
    return entered


def _still_due(connection: sqlite3.Connection, item_id: bytes, index: int, until_ms: int) -> bool:
    # Between reading and writing an outcome may have brought another mark.
    (late,) = connection.execute("SELECT late_index FROM second_chain WHERE idx = ?", (index,)).fetchone()
    return bool(late < 0 and connection.execute("SELECT withheld_until FROM item WHERE item_id = ?", (item_id,)).fetchone()[0] == until_ms)
