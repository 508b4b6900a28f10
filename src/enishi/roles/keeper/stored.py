"""Items as they stand in the database: reading them back for retries, redelivery and outcomes."""

import sqlite3

import msgspec

from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.wire import StoredItem
from enishi.roles.keeper.rest import Rest
from enishi.terms import ItemId, Txid

COLUMNS = "item_id, rest_receipt, rest_refusal, rest_notice, rest_outcome, outcome_index"


def by_txid(connection: sqlite3.Connection, rest: Rest, txid: Txid) -> tuple[StoredItem, ...]:
    """All items of a transaction in their order; empty if it was never recorded."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM item WHERE txid = ? ORDER BY place", (txid,)).fetchall()
    return tuple(_item(rest, *row) for row in rows)


def open_items(connection: sqlite3.Connection, rest: Rest, limit: int) -> tuple[StoredItem, ...]:
    """Items whose intent stands without any outcome: the outbox."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM item WHERE state = 'open' ORDER BY leaf_index LIMIT ?", (limit,)).fetchall()
    return tuple(_item(rest, *row) for row in rows)


def _item(rest: Rest, item_id: bytes, receipt: bytes, refusal: bytes, notice: bytes, outcome: bytes, outcome_index: int) -> StoredItem:
    opened = rest.open("outcome", item_id, outcome)
    return StoredItem(
        item_id=ItemId(item_id),
        receipt=msgspec.msgpack.decode(rest.open("receipt", item_id, receipt), type=SignedReceipt),
        refusal=rest.open("refusal", item_id, refusal),
        notice=notice,
        outcome=msgspec.msgpack.decode(opened, type=SignedOutcome) if opened else None,
        outcome_index=outcome_index,
    )
