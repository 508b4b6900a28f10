"""Use case: delete the records that ended more than seven years ago, and nothing else.

Number Act Art. 23(1) has both parties keep their records for the period of a cabinet order; that order's Art. 29 says seven years
(read in the text of 2023-04-01).
"""

import sqlite3
from calendar import isleap
from datetime import datetime
from typing import Final

import msgspec

from enishi import clock
from enishi.roles.gateway import returned
from enishi.store import crash
from enishi.store.database import Database

YEARS: Final = 7
BASIS: Final = ("425AC0000000027#23-1", "426CO0000000155#29")
BATCH: Final = 500
"""Inquiries or answered items of one transaction, so that a running gateway waits for none of them long."""
# An inquiry's record ends with its last outcome, or where it had none with its asking; what is still open has not ended, however old.
_ASKED: Final = (
    "SELECT a.txid FROM asked a WHERE a.at_ms < ? AND a.state IN ('ended', 'failed', 'renewed') AND NOT EXISTS ("
    "SELECT 1 FROM asked_item i JOIN asked_outcome o ON o.item_id = i.item_id WHERE i.txid = a.txid AND o.at_ms >= ?)"
)
_ANSWERED: Final = (
    "SELECT a.item_id FROM answered a WHERE a.at_ms < ? AND EXISTS ("
    "SELECT 1 FROM given g WHERE g.item_id = a.item_id AND g.kind NOT IN ('held', 'closed')) AND NOT EXISTS ("
    "SELECT 1 FROM given g WHERE g.item_id = a.item_id AND (g.at_ms >= ? OR g.recorded_index = -1))"
)
_OWN: Final = _ANSWERED.replace("answered a", "self_asked a").replace("FROM given g", "FROM self_given g")
_WITH_ITEM: Final = ("asked_outcome", "evidence")


class Old(msgspec.Struct, frozen=True):
    """How many inquiries that were asked, and items that were answered, ended before a time."""

    asked: int
    answered: int


def cutoff_ms(at_ms: int) -> int:
    """Seven calendar years (JST) before a time; what ended before it may go."""
    now = clock.moment(at_ms)
    year = now.year - YEARS
    day = 28 if (now.month, now.day) == (2, 29) and not isleap(year) else now.day
    return int(datetime.combine(now.date().replace(year=year, day=day), now.timetz()).timestamp() * 1000)


def count_old(connection: sqlite3.Connection, before_ms: int) -> Old:
    """What a deletion would delete."""
    asked, answered = (connection.execute(f"SELECT count(*) FROM ({query})", (before_ms, before_ms)).fetchone()[0] for query in (_ASKED, _ANSWERED))
    return Old(asked, answered)


def delete_old(database: Database, before_ms: int) -> Old:
    """Delete what `count_old` counts, in transactions of a few hundred; stopped half-way, it goes on at the next run."""
    asked = answered = 0
    while True:
        crash.point("gateway.retention.before_delete")
        done = database.write_now(lambda connection: _delete(connection, before_ms))
        asked, answered = asked + done.asked, answered + done.answered
        if done == Old(0, 0):
            return Old(asked, answered)


def _delete(connection: sqlite3.Connection, before_ms: int) -> Old:
    # Freed pages are overwritten, so that the file does not keep what was deleted.
    connection.execute("PRAGMA secure_delete=ON")
    txids = connection.execute(f"{_ASKED} LIMIT ?", (before_ms, before_ms, BATCH)).fetchall()
    for (txid,) in txids:
        for table in _WITH_ITEM:
            connection.execute(f"DELETE FROM {table} WHERE item_id IN (SELECT item_id FROM asked_item WHERE txid = ?)", (txid,))
        connection.execute("DELETE FROM asked_item WHERE txid = ?", (txid,))
        connection.execute("DELETE FROM asked WHERE txid = ?", (txid,))
    items = connection.execute(f"{_ANSWERED} LIMIT ?", (before_ms, before_ms, BATCH)).fetchall()
    for (item_id,) in items:
        connection.execute("DELETE FROM given WHERE item_id = ?", (item_id,))
        connection.execute("DELETE FROM answered WHERE item_id = ?", (item_id,))
    # By what a number was handed over; the number itself is the institution's own affair.
    connection.execute("DELETE FROM offer WHERE handed_ms < ?", (before_ms,))
    # By what an organisation shows that it has deleted a mandate to it; one that stands is none of these.
    connection.execute("DELETE FROM agent_mandate WHERE deleted_ms > 0 AND deleted_ms < ?", (before_ms,))
    # What people asked of their own data, by the same rule as the answers to institutions.
    connection.execute(f"DELETE FROM self_given WHERE item_id IN ({_OWN})", (before_ms, before_ms))
    connection.execute("DELETE FROM self_asked WHERE item_id NOT IN (SELECT item_id FROM self_given)")
    # People's letters go with the records: what was answered so long ago, with the answer; what still waits stays.
    connection.execute("DELETE FROM letter_answer WHERE answered_ms < ?", (before_ms,))
    connection.execute("DELETE FROM letter WHERE state = 'answered' AND letter_id NOT IN (SELECT letter_id FROM letter_answer)")
    returned.delete(connection)
    return Old(len(txids), len(items))
