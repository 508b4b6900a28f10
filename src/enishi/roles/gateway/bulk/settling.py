"""What the record of Art. 23 says of asked rows is brought into their states, in the order in which it is told."""

import sqlite3
from collections.abc import Iterable

import msgspec

from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.roles.gateway import asked
from enishi.roles.gateway.bulk.store import next_told, settle_state
from enishi.terms import Txid

_OPEN = (
    "SELECT DISTINCT bulk, txid FROM bulk_row WHERE state = 'sending'",
    "SELECT DISTINCT bulk, txid FROM bulk_row WHERE state = 'waiting'",
)
_RESTING = (
    "SELECT r.row, r.state, i.receipt, i.refusal, EXISTS (SELECT 1 FROM asked_outcome o WHERE o.item_id = i.item_id AND o.rank = ?)"
    " FROM bulk_row r JOIN asked_item i ON i.txid = r.txid AND i.place = r.place WHERE r.bulk = ? AND r.txid = ? AND r.state = "
)


def sending(connection: sqlite3.Connection) -> int:
    """How many messages are with the exchange, or wait for it."""
    return len(connection.execute(_OPEN[0]).fetchall())


class Open(msgspec.Struct, frozen=True):
    """Statements, as (number, txid), whose rows are not ended: how many are with the exchange, how many wait, and of which the record knows more."""

    sending: int
    waiting: int
    changed: tuple[tuple[bytes, bytes], ...]


def still_open(connection: sqlite3.Connection) -> Open:
    """What is not ended, of all messages."""
    sending, waiting = (connection.execute(query).fetchall() for query in _OPEN)
    pairs = ((bytes(number), bytes(txid)) for number, txid in {*sending, *waiting})
    return Open(len(sending), len(waiting), tuple(pair for pair in pairs if _changed(connection, *pair)))


def settle(connection: sqlite3.Connection, messages: Iterable[tuple[bytes, bytes]], at_ms: int) -> None:
    """Bring these messages' rows up to the record; what stands already is not told again."""
    for number, txid in messages:
        stored = asked.load(connection, txid)
        if stored.txid != txid:
            _renewed(connection, number, txid, stored.txid)
        rows = _rows(connection, number, stored)
        if rows:
            told = next_told(connection, number)
            connection.executemany(
                "UPDATE bulk_row SET state = ?, told = ?, fault = ? WHERE bulk = ? AND row = ?",
                [(state, told, stored.fault, number, row) for row, state in rows],
            )
            settle_state(connection, number, at_ms)


def _rows(connection: sqlite3.Connection, number: bytes, stored: asked.Stored) -> list[tuple[int, str]]:
    """The rows of a message whose state is another one by now."""
    if stored.state == "sending":
        return []
    found = []
    for query in (_RESTING + "'sending'", _RESTING + "'waiting'"):
        for row, before, receipt, refusal, final in connection.execute(query, (asked.FINAL, number, stored.txid)):
            now = "failed" if stored.state == "failed" else "ended" if final or refusal or not _permitted(receipt) else "waiting"
            if now != before:
                found.append((row, now))
    return found


def _permitted(receipt: bytes) -> bool:
    """False for a row that was recorded without a provider: nothing more can come."""
    return not receipt or msgspec.json.decode(msgspec.msgpack.decode(receipt, type=SignedReceipt).receipt, type=Receipt).verdict == "permit"


def _renewed(connection: sqlite3.Connection, number: bytes, old: bytes, new: Txid) -> None:
    # The question went out again under a newer snapshot; no log has the former message.
    for query in ("UPDATE bulk_row SET txid = ? WHERE bulk = ? AND txid = ? AND state = 'sending'",):
        connection.execute(query, (new, number, old))


def _changed(connection: sqlite3.Connection, number: bytes, txid: bytes) -> bool:
    stored = asked.load(connection, txid)
    return stored.txid != txid or bool(_rows(connection, number, stored))
