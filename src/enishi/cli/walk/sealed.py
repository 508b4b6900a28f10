"""Sealed bodies: each must open with the exchange's disclosure key to what its leaf commits to."""

import sqlite3

import msgspec

from enishi.cli.walk.findings import Findings
from enishi.errors import Tampered
from enishi.protocol.receipt import Receipt, pair_hash
from enishi.protocol.record import Opened, disclosure_info, read_body
from enishi.protocol.rows import check_shown
from enishi.protocol.seed import seed_bytes
from enishi.protocol.self_disclosure import SelfSeed, self_txid
from enishi.protocol.statement import read_statement, txid_of
from enishi.protocol.wire import NoticeSeed
from enishi.seal.hpke import SealingKey, open_sealed
from enishi.seal.pad import unpad
from enishi.terms import Txid
from enishi.tlog.leaf import PUBLIC_SALT, Leaf, LeafKind, check_body, decode_leaf

TABLE = "keeper.leaf"


def walk_bodies(connection: sqlite3.Connection, findings: Findings, disclosure: SealingKey | None) -> None:
    """Open every body; without the key only the public ones, and whether the others are there at all."""
    for index, data, sealed, item_id in findings.rows_of(connection, "bodies", TABLE, "idx, data, sealed, item_id", "ORDER BY idx"):
        with findings.watch("body-false", TABLE, index):
            leaf = decode_leaf(data)
            if not leaf.kind.labelled:
                check_body(leaf, PUBLIC_SALT, sealed)
            elif not sealed:
                raise Tampered("body-false", "there is no body")
            elif disclosure is not None:
                _check(leaf, open_body(disclosure, leaf, sealed), item_id)


def open_body(disclosure: SealingKey, leaf: Leaf, sealed: bytes) -> Opened:
    """Open a body and see that the leaf commits to it; Tampered otherwise."""
    opened = msgspec.msgpack.decode(unpad(open_sealed(disclosure, disclosure_info(leaf.commitment), sealed)), type=Opened)
    check_body(leaf, opened.salt, opened.body)
    return opened


def _check(leaf: Leaf, opened: Opened, item_id: bytes) -> None:
    body = read_body(opened.body)
    # A note names no item; which one it is of, its own walk sees.
    if body.kind != leaf.kind.name.lower() or body.item_id != (b"" if leaf.kind is LeafKind.WITHHELD else item_id):
        raise Tampered("body-false", f"{body.kind} of another item")
    if leaf.kind is not LeafKind.OUTCOME and body.at_ms != leaf.at_ms:
        raise Tampered("body-false", "of another time")


def check_notice(disclosure: SealingKey, sealed: bytes, txid: Txid, receipt: Receipt) -> None:
    """What the exchange needs to deliver a notice again must open, and be for this very item; Tampered otherwise."""
    opened = seed_bytes(disclosure, receipt.item_id, sealed)
    if receipt.verdict == "self":
        own = msgspec.msgpack.decode(opened, type=SelfSeed)
        if self_txid(own.statement) != txid or pair_hash(own.pair_r, own.pair_c) != receipt.pair_hash:
            raise Tampered("item-differs", "the notice kept for it is another item's")
        return
    seed = msgspec.msgpack.decode(opened, type=NoticeSeed)
    statement = read_statement(seed.statement.payload)
    check_shown(seed.row, seed.place, statement.count, seed.path, statement.rows)
    if txid_of(seed.statement.payload) != txid or pair_hash(seed.pair_r, seed.pair_c) != receipt.pair_hash:
        raise Tampered("item-differs", "the notice kept for it is another item's")
