"""Appending leaves inside a write transaction: a person's chain, the second chain of withheld records, and leaves of the log itself.

The single writer of the database assigns positions and numbers, so a person's labels have no gap and no two leaves share a place.
"""

import sqlite3

import msgspec

from enishi.roles.keeper.fence import demand_down
from enishi.roles.keeper.keys import Secrets
from enishi.terms import ItemId
from enishi.tlog.labels import label, person_key
from enishi.tlog.leaf import NO_LABEL, Leaf, LeafKind, encode_leaf


class Entry(msgspec.Struct, frozen=True):
    """What is to be appended: kind, audit epoch, tag, time, commitment and the body sealed to the disclosure key."""

    kind: LeafKind
    epoch: int
    tag: bytes
    at_ms: int
    commitment: bytes
    sealed: bytes
    item_id: ItemId


class Placed(msgspec.Struct, frozen=True):
    """Where an entry went: its position in the log and its leaf (78 bytes)."""

    index: int
    leaf: bytes


def append_person(connection: sqlite3.Connection, secrets: Secrets, entry: Entry) -> Placed:
    """Append under the person's next n; both the count and the leaf become durable with the caller's transaction."""
    demand_down(connection)
    (n,) = connection.execute(
        "INSERT INTO person (epoch, tag, count) VALUES (?, ?, 1) ON CONFLICT (epoch, tag) DO UPDATE SET count = count + 1 RETURNING count - 1",
        (entry.epoch, entry.tag),
    ).fetchone()
    placed = _append(connection, entry, label(person_key(secrets.labels, entry.tag), n))
    connection.execute("INSERT INTO chain (epoch, tag, n, idx) VALUES (?, ?, ?, ?)", (entry.epoch, entry.tag, n, placed.index))
    return placed


def append_withheld(connection: sqlite3.Connection, secrets: Secrets, entry: Entry, rest_ground: bytes, until_ms: int) -> Placed:
    """Append to the second chain (Art. 23(2)): the person's own count has no gap, the commission's check covers every m."""
    demand_down(connection)
    (m,) = connection.execute("SELECT COALESCE(MAX(m), -1) + 1 FROM second_chain").fetchone()
    placed = _append(connection, entry, label(secrets.second_chain, m))
    connection.execute("INSERT INTO second_chain (m, idx, rest_ground, until_ms) VALUES (?, ?, ?, ?)", (m, placed.index, rest_ground, until_ms))
    return placed


def append_public(connection: sqlite3.Connection, kind: LeafKind, at_ms: int, commitment: bytes, body: bytes) -> Placed:
    """Append a leaf of the log itself, whose body is public."""
    return _append(connection, Entry(kind, 0, b"", at_ms, commitment, body, ItemId(b"")), NO_LABEL)


def _append(connection: sqlite3.Connection, entry: Entry, leaf_label: bytes) -> Placed:
    leaf = encode_leaf(Leaf(1, entry.epoch, entry.at_ms, entry.kind, leaf_label, entry.commitment))
    (index,) = connection.execute("SELECT COALESCE(MAX(idx), -1) + 1 FROM leaf").fetchone()
    connection.execute("INSERT INTO leaf (idx, data, sealed, item_id) VALUES (?, ?, ?, ?)", (index, leaf, entry.sealed, entry.item_id))
    return Placed(index, leaf)
