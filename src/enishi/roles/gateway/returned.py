"""Outcomes that the log returned for good: they leave the record of what was given, so that an official decides anew, and are kept beside it."""

import sqlite3
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from enishi.errors import Malformed
from enishi.protocol.wire import NoticeReply
from enishi.terms import ItemId

OVERTAKEN: Final = -3
"""recorded_index of an interim outcome that the log does not need any more: the item's end was there before it."""

FAULT: Final = "COALESCE((SELECT r.fault FROM returned r WHERE r.item_id = g.item_id ORDER BY r.id DESC LIMIT 1), '')"
"""For what outcome `g` of an item was last returned; empty where none was."""

Table = Literal["given", "self_given"]


class Unrecorded(msgspec.Struct, frozen=True):
    """A decided outcome on its way to the log: its item, its place among the item's outcomes, and the stored bytes."""

    item_id: ItemId
    place: int
    reply: bytes


class Told(msgspec.Struct, frozen=True):
    """What the log said of one: where it stands, or that the item had ended before, or the slug of the fault for which it is never taken."""

    one: Unrecorded
    index: int = -1
    overtaken: bool = False
    fault: str = ""


def read_reply(stored: bytes) -> NoticeReply:
    """A stored outcome with its sealed answer; Malformed("outcome-unreadable") where the disk has spoilt it."""
    try:
        return msgspec.msgpack.decode(stored, type=NoticeReply)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("outcome-unreadable", str(error)[:200], "reply") from error


def unrecorded(connection: sqlite3.Connection, table: Table, limit: int) -> list[Unrecorded]:
    """Decided outcomes that the log has not confirmed yet, an item's in the order in which they were given."""
    query = f"SELECT item_id, place, reply FROM {table} WHERE recorded_index = -1 ORDER BY item_id, place LIMIT ?"
    return [Unrecorded(ItemId(item), place, reply) for item, place, reply in connection.execute(query, (limit,))]


def keep(connection: sqlite3.Connection, table: Table, told: Sequence[Told], at_ms: int) -> None:
    """Keep what the log said: the place of a leaf, that the item had ended before, or that it returned the outcome and why."""
    for one in told:
        where = one.one.item_id, one.one.place
        if one.fault and _is_newest(connection, table, where):
            _return(connection, table, where, one.fault, at_ms)
        else:
            # A returned outcome that another has followed says nothing any more, either: what followed speaks for the item.
            index = OVERTAKEN if one.overtaken or one.fault else one.index
            connection.execute(f"UPDATE {table} SET recorded_index = ? WHERE item_id = ? AND place = ?", (index, *where))


def delete(connection: sqlite3.Connection) -> None:
    """Delete what belongs to no answered item any more."""
    connection.execute("DELETE FROM returned WHERE item_id NOT IN (SELECT item_id FROM answered) AND item_id NOT IN (SELECT item_id FROM self_asked)")


def _is_newest(connection: sqlite3.Connection, table: Table, where: tuple[ItemId, int]) -> bool:
    return connection.execute(f"SELECT 1 FROM {table} WHERE item_id = ? AND place > ?", where).fetchone() is None


def _return(connection: sqlite3.Connection, table: Table, where: tuple[ItemId, int], fault: str, at_ms: int) -> None:
    connection.execute(
        "INSERT INTO returned (item_id, place, kind, reply, officer, given_ms, fault, at_ms)"
        f" SELECT item_id, place, kind, reply, officer, at_ms, ?, ? FROM {table} WHERE item_id = ? AND place = ?",
        (fault, at_ms, *where),
    )
    connection.execute(f"DELETE FROM {table} WHERE item_id = ? AND place = ?", where)
