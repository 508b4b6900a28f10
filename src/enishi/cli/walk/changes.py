"""Notices of change: each stands as a leaf of its item's person, where its receipt says, and whoever was told has that receipt."""

import sqlite3

import msgspec

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.items import checked_receipt
from enishi.cli.walk.registry import History
from enishi.cli.walk.sources import Keys, Tenant
from enishi.errors import Tampered
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.roles.keeper.rest import Rest
from enishi.terms import ItemId
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.tree import leaf_hash

TABLE = "keeper.change"
CHAINED = "SELECT 1 FROM item JOIN chain ON chain.epoch = item.epoch AND chain.tag = item.tag WHERE item.item_id = ? AND chain.idx = ?"
WITHHELD = "SELECT 1 FROM second_chain WHERE idx = ?"


def walk_changes(connection: sqlite3.Connection, findings: Findings, history: History, keys: Keys) -> None:
    """Check every notice that was recorded; a folder of 0.1.0 that no keeper has taken up since has none."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'change'").fetchone() is None:
        return
    rest = Rest(keys.rest) if keys.rest is not None else None
    for item_id, index, closed in findings.rows_of(connection, "notices of change", TABLE, "item_id, idx, rest_receipt", "ORDER BY idx"):
        with findings.watch("item-differs", TABLE, item_id):
            _check_leaf(connection, item_id, index)
            if rest is not None:
                signed = msgspec.msgpack.decode(rest.open("change", item_id, closed), type=SignedReceipt)
                receipt = checked_receipt(signed, history)
                _demand(receipt.index == index, "its receipt names another leaf")
                _check_receipt(connection, ItemId(item_id), receipt)


def walk_told(keeper: sqlite3.Connection, tenant: Tenant, findings: Findings, history: History) -> None:
    """What an inquirer was told since notices are recorded stands in the log, by the receipt that came with it."""
    table = f"gateway/{tenant.id}.subscription"
    if not _has_column(tenant.connection):
        return
    for item_id, state, told in findings.rows_of(tenant.connection, "institutions", table, "item_id, state, told"):
        with findings.watch("gateway-record-missing", table, item_id):
            if not told:
                continue
            _demand(state == "changed", f"a receipt of a change, and state {state}")
            receipt = checked_receipt(msgspec.msgpack.decode(told, type=SignedReceipt), history)
            _check_leaf(keeper, item_id, receipt.index)
            _check_receipt(keeper, ItemId(item_id), receipt)


def _has_column(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM pragma_table_info('subscription') WHERE name = 'told'").fetchone() is not None


def _check_leaf(connection: sqlite3.Connection, item_id: bytes, index: int) -> None:
    row = connection.execute("SELECT data, item_id FROM leaf WHERE idx = ?", (index,)).fetchone()
    _demand(row is not None and row[1] == item_id and decode_leaf(row[0]).kind is LeafKind.CHANGE, f"leaf {index} is no notice of it")
    item = connection.execute("SELECT outcome_index, state FROM item WHERE item_id = ?", (item_id,)).fetchone()
    _demand(item is not None and item[1] == "final" and 0 <= item[0] < index, "the item had not ended")
    chained = connection.execute(CHAINED, (item_id, index)).fetchone() or connection.execute(WITHHELD, (index,)).fetchone()
    _demand(chained, f"leaf {index} is not in the chain of its person")


def _check_receipt(connection: sqlite3.Connection, item_id: ItemId, receipt: Receipt) -> None:
    (data,) = connection.execute("SELECT data FROM leaf WHERE idx = ?", (receipt.index,)).fetchone()
    leaf = decode_leaf(data)
    said = (receipt.item_id, receipt.verdict, receipt.leaf_hash, receipt.audit_epoch, receipt.at_ms)
    _demand(said == (item_id, "change", leaf_hash(data), leaf.epoch, leaf.at_ms), f"receipt and leaf {receipt.index} do not agree")


def _demand(condition: object, detail: str) -> None:
    if not condition:
        raise Tampered("item-differs", detail)
