"""The provider's record of Art. 23: each item once, and every outcome given to it, byte for byte as it was sent."""

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from enishi.errors import Unknown
from enishi.protocol.outcome import check_transition
from enishi.protocol.wire import Notice, NoticeReply
from enishi.roles.gateway import returned
from enishi.roles.gateway.answers import Asked, Finding
from enishi.roles.gateway.returned import FAULT, Told, Unrecorded
from enishi.terms import ItemId, Outcome

UNRECORDED: Final = -1
WITH_NOTICE: Final = -2
"""recorded_index of an outcome that went out in the reply to its notice: the exchange brings it to the log."""


_NEWEST: Final = "NOT EXISTS (SELECT 1 FROM given n WHERE n.item_id = g.item_id AND n.place > g.place)"
_WAITS: Final = "(g.kind = 'held' OR (g.kind = 'closed' AND EXISTS (SELECT 1 FROM returned r WHERE r.item_id = g.item_id)))"
"""What is for an official: what is held, and what followed the opening by itself but was returned."""
_CROSSED: Final = (
    f"SELECT COUNT(*) FROM given g WHERE g.kind IN ('held', 'closed') AND {_WAITS} AND g.deadline_ms > ? AND g.deadline_ms <= ? AND {_NEWEST}"
)
_BY_ITSELF: Final = "NOT EXISTS (SELECT 1 FROM returned r WHERE r.item_id = g.item_id)"


# A mark that was set while an item waited for a live source is what the official has to know first.
_REASON: Final = (
    "CASE WHEN g.reason = 'source' AND EXISTS (SELECT 1 FROM mark m WHERE m.addressee_number = a.addressee_number AND m.kind = 'nondisclosure' "
    "AND m.lifted_at_ms = 0) THEN 'protected' ELSE g.reason END"
)


class Entry(msgspec.Struct, frozen=True):
    """An item as it is about to be recorded with its first outcome."""

    notice: Notice
    asked: Asked
    addressee_number: str
    finding: Finding
    reply: NoticeReply
    at_ms: int


class HeldItem(msgspec.Struct, frozen=True):
    """An item that waits for an official, as the desk lists it."""

    item_id: ItemId
    inquirer: str
    notice: Notice
    addressee_number: str
    asked_at_ms: int
    deadline_ms: int
    reason: str
    """Why it is held; empty where an earlier version did not say."""
    returned: str
    """For what fault the log returned the last decision; empty where it returned none."""


class Crossed(msgspec.Struct, frozen=True):
    """How many held items came near their deadline, and how many passed it, within a span of time."""

    due_soon: int
    overdue: int


def record(connection: sqlite3.Connection, entry: Entry) -> NoticeReply:
    """Record an item with its outcome, and return the outcome that stands: an earlier one if the item was recorded before."""
    asked = entry.asked
    added = connection.execute(
        "INSERT INTO answered (item_id, txid, inquirer, notice, addressee_number, at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (asked.item_id, asked.txid, asked.statement.inquirer, msgspec.msgpack.encode(entry.notice), entry.addressee_number, entry.at_ms),
    )
    if added.rowcount:
        _give(connection, asked.item_id, 0, entry.finding, entry.reply, "", entry.at_ms, WITH_NOTICE)
        return entry.reply
    return last_given(connection, asked.item_id)


def was_answered(connection: sqlite3.Connection, item_id: ItemId) -> bool:
    """Whether an item stands in the record, with whatever outcome."""
    return connection.execute("SELECT 1 FROM answered WHERE item_id = ?", (item_id,)).fetchone() is not None


def decide(connection: sqlite3.Connection, item_id: ItemId, finding: Finding, reply: NoticeReply, officer: str, at_ms: int) -> None:
    """Record an official's decision, or what followed by itself when the institution opened (no officer), as the item's next outcome.

    Conflict("outcome-final") if another was first.
    """
    place, kind = connection.execute("SELECT place, kind FROM given WHERE item_id = ? ORDER BY place DESC LIMIT 1", (item_id,)).fetchone()
    check_transition(Outcome(kind), finding.kind)
    _give(connection, item_id, place + 1, finding, reply, officer, at_ms, UNRECORDED)


def last_given(connection: sqlite3.Connection, item_id: ItemId) -> NoticeReply:
    """The newest outcome of an item; Unknown("item-id-unknown")."""
    row = connection.execute("SELECT reply FROM given WHERE item_id = ? ORDER BY place DESC LIMIT 1", (item_id,)).fetchone()
    if row is None:
        raise Unknown("item-id-unknown", field="item_id")
    return msgspec.msgpack.decode(row[0], type=NoticeReply)


def notice_of(connection: sqlite3.Connection, item_id: ItemId) -> tuple[Notice, str]:
    """The notice of an answered item and the addressee number it was about; Unknown("item-id-unknown")."""
    row = connection.execute("SELECT notice, addressee_number FROM answered WHERE item_id = ?", (item_id,)).fetchone()
    if row is None:
        raise Unknown("item-id-unknown", field="item_id")
    return msgspec.msgpack.decode(row[0], type=Notice), row[1]


def held_items(connection: sqlite3.Connection, limit: int) -> list[HeldItem]:
    """Items whose newest outcome is held, or that only an official can still end, the most urgent first."""
    rows = connection.execute(
        f"SELECT a.item_id, a.inquirer, a.notice, a.addressee_number, a.at_ms, g.deadline_ms, {_REASON}, {FAULT} FROM given g"
        f" JOIN answered a ON a.item_id = g.item_id WHERE g.kind IN ('held', 'closed') AND {_WAITS} AND {_NEWEST}"
        " ORDER BY g.deadline_ms, a.item_id LIMIT ?",
        (limit,),
    )
    return [HeldItem(ItemId(row[0]), row[1], msgspec.msgpack.decode(row[2], type=Notice), *row[3:]) for row in rows]


def closed_items(connection: sqlite3.Connection, limit: int) -> list[tuple[Notice, str, Outcome]]:
    """Items that came outside the opening hours and wait for the next: notice, addressee number and `closed`, the oldest first."""
    return _waiting(connection, f"g.kind = 'closed' AND {_BY_ITSELF}", "", limit)


def silent_items(connection: sqlite3.Connection, limit: int) -> list[tuple[Notice, str, Outcome]]:
    """Items that wait for a live source: notice, addressee number and `held`, in any order, so that none keeps the others from their turn."""
    return _waiting(connection, f"g.kind = 'held' AND g.reason = 'source' AND {_BY_ITSELF}", "RANDOM(), ", limit)


def _waiting(connection: sqlite3.Connection, which: str, first: str, limit: int) -> list[tuple[Notice, str, Outcome]]:
    rows = connection.execute(
        "SELECT a.notice, a.addressee_number, g.kind FROM given g JOIN answered a ON a.item_id = g.item_id"
        f" WHERE {which} AND {_NEWEST} ORDER BY {first}a.at_ms, a.item_id LIMIT ?",
        (limit,),
    )
    return [(msgspec.msgpack.decode(notice, type=Notice), number, Outcome(kind)) for notice, number, kind in rows]


def crossed(connection: sqlite3.Connection, since_ms: int, at_ms: int, reminder_ms: int) -> Crossed:
    """Held items whose reminder, and whose deadline, came in (since_ms, at_ms]."""
    (soon,) = connection.execute(_CROSSED, (since_ms + reminder_ms, at_ms + reminder_ms)).fetchone()
    (over,) = connection.execute(_CROSSED, (since_ms, at_ms)).fetchone()
    return Crossed(soon, over)


def held_until(connection: sqlite3.Connection, until_ms: int) -> int:
    """How many held items have their deadline at or before a time."""
    (count,) = connection.execute(_CROSSED, (-1, until_ms)).fetchone()
    return int(count)


def ends_by_itself(connection: sqlite3.Connection, item_id: ItemId) -> bool:
    """Whether an item is queued until the opening, and nobody decides it before."""
    row = connection.execute(f"SELECT 1 FROM given g WHERE g.item_id = ? AND g.kind = 'closed' AND {_NEWEST} AND {_BY_ITSELF}", (item_id,))
    return row.fetchone() is not None


def unrecorded(connection: sqlite3.Connection, limit: int) -> list[Unrecorded]:
    """Decided outcomes that the log has not confirmed yet."""
    return returned.unrecorded(connection, "given", limit)


def confirm(connection: sqlite3.Connection, told: Sequence[Told], at_ms: int) -> None:
    """Keep what the log said of decided outcomes; one that it returned waits for an official again."""
    returned.keep(connection, "given", told, at_ms)


def _give(
    connection: sqlite3.Connection, item_id: ItemId, place: int, finding: Finding, reply: NoticeReply, officer: str, at_ms: int, index: int
) -> None:
    connection.execute(
        "INSERT INTO given (item_id, place, kind, reply, deadline_ms, officer, at_ms, recorded_index, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (item_id, place, finding.kind.value, msgspec.msgpack.encode(reply), finding.deadline_ms, officer, at_ms, index, finding.reason or ""),
    )
