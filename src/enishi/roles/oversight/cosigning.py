"""Use case: co-sign a registry snapshot, after checking what the commission can check for itself."""

import sqlite3
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Conflict, Denied
from enishi.protocol.forms import payload_type
from enishi.protocol.registry import EXCHANGE, OVERSIGHT, THING, Snapshot, read_snapshot, snapshot_digest
from enishi.protocol.wire import SnapshotReply
from enishi.seal.dsse import check_envelope, countersign
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database

MIGRATIONS: Final = ("CREATE TABLE signed (serial INTEGER PRIMARY KEY, digest BLOB NOT NULL, envelope BLOB NOT NULL, at_ms INTEGER NOT NULL);",)


class Cosigning:
    """Signs each serial once, and only what continues what was signed before."""

    def __init__(self, database: Database, key: SigningKey, exchange_key: bytes, law_digest: bytes) -> None:
        """`law_digest` is that of the law data this role carries itself."""
        self._database = database
        self._key = key
        self._exchange_key = exchange_key
        self._law = law_digest

    async def handle(self, draft: SnapshotReply) -> SnapshotReply:
        """The draft with the commission's signature; Denied where the commission does not sign."""
        payload = check_envelope(draft.snapshot, payload_type(THING), {EXCHANGE: self._exchange_key}, frozenset({EXCHANGE}))
        snapshot, digest = read_snapshot(payload), snapshot_digest(payload)
        self._examine(snapshot)
        envelope = countersign(draft.snapshot, self._key, OVERSIGHT)

        def store(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT digest FROM signed WHERE serial = ?", (snapshot.serial,)).fetchone()
            if row and bytes(row[0]) != digest:
                raise Conflict("serial-signed", f"another snapshot {snapshot.serial} was signed before", "serial")
            last, held = connection.execute("SELECT serial, digest FROM signed ORDER BY serial DESC LIMIT 1").fetchone() or (0, bytes(32))
            if not row and snapshot.serial != last + 1:
                raise Conflict("serial-gap", f"serial {snapshot.serial} does not follow {last}", "serial")
            if not row and snapshot.previous != bytes(held):
                raise Conflict("previous-differs", f"it does not name the snapshot that was signed as {last}", "previous")
            connection.execute(
                "INSERT OR IGNORE INTO signed (serial, digest, envelope, at_ms) VALUES (?, ?, ?, ?)",
                (snapshot.serial, digest, msgspec.msgpack.encode(envelope), clock.now_ms()),
            )

        crash.point("oversight.cosign.before_store")
        await self._database.write(store)
        # Durable: the commission knows what it signed before anyone else does.
        crash.point("oversight.cosign.after_store")
        return SnapshotReply(envelope)

    def _examine(self, snapshot: Snapshot) -> None:
        # (1) The law is the one that the commission carries itself; (2) nobody stands in it without a capacity; (3) no key stands twice.
        if snapshot.law != self._law:
            raise Denied("law-differs", "the snapshot names other law data than the commission's", "law")
        without = [
            one.id for one in snapshot.institutions if not one.capacities and one.kind in ("municipality", "prefecture", "ministry", "insurer")
        ]
        if without:
            raise Denied("capacity-missing", ", ".join(without[:5]), "capacities")
        keys = [epoch.elgamal for one in snapshot.institutions for epoch in one.epochs] + [epoch.elgamal for epoch in snapshot.audit]
        if len(set(keys)) != len(keys):
            raise Denied("key-reused", "two parties have the same key", "elgamal")
