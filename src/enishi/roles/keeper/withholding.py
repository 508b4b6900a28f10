"""Withheld notes: what a mark takes out of sight in the person's own chain is said in that chain, with ground and end, and is always shown.

The outcome that brings a mark is recorded together with its notes, in one transaction.  Data of older versions has marks without notes: those are
written at start, when a snapshot is adopted, and every minute.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from enishi.protocol.nondisclosure import note_of
from enishi.protocol.record import note_body
from enishi.roles.keeper.bodies import SealedBody, seal_body
from enishi.roles.keeper.chain import Entry, append_person
from enishi.roles.keeper.keys import Secrets
from enishi.roles.keeper.state import State
from enishi.seal.many import Sender
from enishi.store import crash
from enishi.terms import ItemId
from enishi.tlog.leaf import LeafKind

MAY_BE_WITHHELD: Final = frozenset({LeafKind.INTENT, LeafKind.OUTCOME})
"""Kinds that a mark which comes later finds in the person's own chain: the rest ends its item, or is the person's own."""
KIND_AT: Final = 13
"""Where the kind stands in a leaf's bytes."""
SOME: Final = 200
"""About how many notes of older versions one transaction writes."""
UNSAID = (
    "SELECT item.item_id, item.epoch, item.tag, item.leaf_index, item.outcome_index, item.withheld_until FROM second_chain"
    " JOIN leaf ON leaf.idx = second_chain.idx JOIN item ON item.item_id = leaf.item_id"
    " WHERE second_chain.late_index < 0 AND item.late_index < 0 AND item.withheld_until > :now"
    " AND NOT EXISTS (SELECT 1 FROM withheld_note WHERE withheld_note.idx = item.leaf_index AND withheld_note.until_ms > :now)"
    " GROUP BY item.item_id HAVING MIN(second_chain.idx) > item.leaf_index OR MIN(second_chain.until_ms) < MAX(second_chain.until_ms)"
)
"""Items under a running mark that may have leaves in the person's own chain without a note: their intent is there, or an ended mark came first."""


class Owner(msgspec.Struct, frozen=True):
    """Whose chain a leaf stands in, and of which item it is."""

    epoch: int
    tag: bytes
    item_id: ItemId


class Note(msgspec.Struct, frozen=True):
    """A note ready to be appended: the leaf that it takes out of sight, its end and its own time (milliseconds UTC), and its sealed body."""

    original_index: int
    until_ms: int
    at_ms: int
    body: SealedBody


def own_leaves(connection: sqlite3.Connection, owner: Owner) -> tuple[int, ...]:
    """Positions of the item's leaves in the person's own chain that a mark takes out of sight, oldest first."""
    rows = connection.execute(
        "SELECT leaf.idx, leaf.data FROM chain JOIN leaf ON leaf.idx = chain.idx"
        " WHERE chain.epoch = ? AND chain.tag = ? AND leaf.item_id = ? ORDER BY chain.n",
        (owner.epoch, owner.tag, owner.item_id),
    )
    return tuple(index for index, data in rows if data[KIND_AT] in MAY_BE_WITHHELD)


def seal_note(index: int, ground: str, until_ms: int, at_ms: int, to: Sender) -> Note | None:
    """The note of a leaf under a mark; none where the ground is not the law's, as in marks of 0.1.0, or the mark has ended."""
    said = note_of(index, ground, until_ms, at_ms)
    return Note(index, said.until_ms, at_ms, seal_body(note_body(said, at_ms), to)) if said and until_ms > at_ms else None


def append_note(connection: sqlite3.Connection, secrets: Secrets, owner: Owner, note: Note) -> None:
    """Append at the person's next n; durable with the caller's transaction."""
    entry = Entry(LeafKind.WITHHELD, owner.epoch, owner.tag, note.at_ms, note.body.commitment, note.body.sealed, owner.item_id)
    placed = append_person(connection, secrets, entry)
    connection.execute("INSERT INTO withheld_note (note_idx, idx, until_ms) VALUES (?, ?, ?)", (placed.index, note.original_index, note.until_ms))


def ground_of(connection: sqlite3.Connection, leaf_index: int, outcome_index: int) -> bytes:
    """The ground of the item's mark that runs longest, as it rests (closed under the same column and item); empty if neither leaf has one."""
    query = "SELECT rest_ground FROM second_chain WHERE idx IN (?, ?) ORDER BY until_ms DESC, m LIMIT 1"
    row = connection.execute(query, (leaf_index, outcome_index)).fetchone()
    return bytes(row[0]) if row else b""


async def note_missing(state: State) -> int:
    """Write the notes that running marks of older versions lack; returns how many. Unavailable("no-snapshot") before the first snapshot."""
    written = some = await _note_some(state)
    while some:
        written += (some := await _note_some(state))
    return written


async def _note_some(state: State) -> int:
    at_ms = state.log.moments.now_ms()
    unsaid = await state.database.read(lambda connection: _unsaid(connection, state, at_ms))
    if not unsaid:
        return 0
    await state.may_record()
    to = Sender(state.snapshot.disclosure)
    sealed = await asyncio.to_thread(lambda: [(owner, seal_note(index, ground, until, at_ms, to)) for owner, index, ground, until in unsaid])
    notes = [(owner, note) for owner, note in sealed if note is not None]
    crash.point("keeper.withheld.before_append")
    written = await state.database.write(lambda connection: _append_all(connection, state, notes))
    # Durable: the notes.  Until then the leaves are kept back all the same, and the person's device says that it misses a note.
    crash.point("keeper.withheld.after_append")
    state.log.dirty()
    return written


def _append_all(connection: sqlite3.Connection, state: State, notes: Sequence[tuple[Owner, Note]]) -> int:
    still = [(owner, note) for owner, note in notes if not _said(connection, note.original_index, note.at_ms)]
    for owner, note in still:
        append_note(connection, state.secrets, owner, note)
    return len(still)


def _unsaid(connection: sqlite3.Connection, state: State, now_ms: int) -> list[tuple[Owner, int, str, int]]:
    found: list[tuple[Owner, int, str, int]] = []
    for item_id, epoch, tag, leaf_index, outcome_index, until_ms in connection.execute(UNSAID, {"now": now_ms}):
        owner, closed = Owner(epoch, tag, ItemId(item_id)), ground_of(connection, leaf_index, outcome_index)
        ground = state.rest.open("ground", item_id, closed).decode() if closed else ""
        if note_of(0, ground, until_ms, now_ms) is not None:
            found += [(owner, index, ground, until_ms) for index in own_leaves(connection, owner) if not _said(connection, index, now_ms)]
        if len(found) >= SOME:
            break
    return found


def _said(connection: sqlite3.Connection, index: int, now_ms: int) -> bool:
    query = "SELECT 1 FROM withheld_note WHERE idx = ? AND until_ms > ?"
    return connection.execute(query, (index, now_ms)).fetchone() is not None
