"""The provider's record of Art. 23: each item once, and every outcome given to it, byte for byte as it was sent."""

import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from enishi.errors import Unknown
from enishi.protocol.outcome import check_transition
from enishi.protocol.wire import Notice, NoticeReply
from enishi.roles.gateway.answers import Asked, Finding
from enishi.terms import ItemId, Outcome

UNRECORDED: Final = -1
WITH_NOTICE: Final = -2
"""recorded_index of an outcome that went out in the reply to its notice: the exchange brings it to the log."""


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


def record(connection: sqlite3.Connection, entry: Entry) -> NoticeReply:
    """Record an item with its outcome, and return the outcome that stands: an earlier one if the item was recorded before."""
    asked = entry.asked
    added = connection.execute(
        "INSERT INTO answered (item_id, txid, inquirer, notice, addressee_number, at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (asked.item_id, asked.txid, asked.statement.inquirer, msgspec.msgpack.encode(entry.notice), entry.addressee_number, entry.at_ms),
    )
    if added.rowcount:
        _give(connection, asked.item_id, 0, entry.finding, entry.reply, "", entry.at_ms, WITH_NOTICE)
    return last_given(connection, asked.item_id)


def decide(connection: sqlite3.Connection, item_id: ItemId, finding: Finding, reply: NoticeReply, officer: str, at_ms: int) -> None:
    """Record an official's decision as the item's next outcome; Conflict("outcome-final") if another official was first."""
    place, kind = connection.execute("SELECT place, kind FROM given WHERE item_id = ? ORDER BY place DESC LIMIT 1", (item_id,)).fetchone()
    check_transition(Outcome(kind), finding.kind)
    _give(connection, item_id, place + 1, finding, reply, officer, at_ms, UNRECORDED)


def given_for(connection: sqlite3.Connection, item_ids: Iterable[ItemId]) -> dict[ItemId, NoticeReply]:
    """The newest outcomes of those items that were answered before."""
    found = {}
    for item_id in item_ids:
        row = connection.execute("SELECT reply FROM given WHERE item_id = ? ORDER BY place DESC LIMIT 1", (item_id,)).fetchone()
        if row is not None:
            found[item_id] = msgspec.msgpack.decode(row[0], type=NoticeReply)
    return found


def last_given(connection: sqlite3.Connection, item_id: ItemId) -> NoticeReply:
    """The newest outcome of an item; Unknown("item-id-unknown")."""
    found = given_for(connection, (item_id,))
    if item_id not in found:
        raise Unknown("item-id-unknown", field="item_id")
    return found[item_id]


def notice_of(connection: sqlite3.Connection, item_id: ItemId) -> tuple[Notice, str]:
    """The notice of an answered item and the addressee number it was about; Unknown("item-id-unknown")."""
    row = connection.execute("SELECT notice, addressee_number FROM answered WHERE item_id = ?", (item_id,)).fetchone()
    if row is None:
        raise Unknown("item-id-unknown", field="item_id")
    return msgspec.msgpack.decode(row[0], type=Notice), row[1]


def held_items(connection: sqlite3.Connection, limit: int) -> list[HeldItem]:
    """Items whose newest outcome is held, the most urgent first."""
    rows = connection.execute(
        "SELECT a.item_id, a.inquirer, a.notice, a.addressee_number, a.at_ms, g.deadline_ms FROM given g JOIN answered a ON a.item_id = g.item_id"
        " WHERE g.kind = 'held' AND NOT EXISTS (SELECT 1 FROM given n WHERE n.item_id = g.item_id AND n.place > g.place)"
        " ORDER BY g.deadline_ms, a.item_id LIMIT ?",
        (limit,),
    )
    return [HeldItem(ItemId(row[0]), row[1], msgspec.msgpack.decode(row[2], type=Notice), *row[3:]) for row in rows]


def unrecorded(connection: sqlite3.Connection, limit: int) -> list[tuple[ItemId, int, NoticeReply]]:
    """Decided outcomes that the log has not confirmed yet: item, place, reply."""
    rows = connection.execute("SELECT item_id, place, reply FROM given WHERE recorded_index = ? LIMIT ?", (UNRECORDED, limit))
    return [(ItemId(row[0]), row[1], msgspec.msgpack.decode(row[2], type=NoticeReply)) for row in rows]


def confirm(connection: sqlite3.Connection, recorded: Iterable[tuple[ItemId, int, int]]) -> None:
    """Keep where in the log decided outcomes stand: item, place, leaf index."""
    connection.executemany(
        "UPDATE given SET recorded_index = ? WHERE item_id = ? AND place = ?", [(index, item, place) for item, place, index in recorded]
    )


def _give(
    connection: sqlite3.Connection, item_id: ItemId, place: int, finding: Finding, reply: NoticeReply, officer: str, at_ms: int, index: int
) -> None:
    connection.execute(
        "INSERT INTO given (item_id, place, kind, reply, deadline_ms, officer, at_ms, recorded_index) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (item_id, place, finding.kind.value, msgspec.msgpack.encode(reply), finding.deadline_ms, officer, at_ms, index),
    )
