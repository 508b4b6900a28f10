"""Use case: co-sign a registry snapshot, after checking what the commission can check for itself."""

import sqlite3

import msgspec

from enishi import clock
from enishi.errors import Conflict, Denied, Unknown
from enishi.protocol.forms import payload_type
from enishi.protocol.registry import EXCHANGE, OVERSIGHT, THING, Snapshot, read_snapshot, snapshot_digest
from enishi.protocol.wire import SnapshotReply
from enishi.roles.oversight.changes import needs_approval
from enishi.roles.oversight.held import draft_waiting, standing_now
from enishi.seal.dsse import Envelope, check_envelope, countersign
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database


class Cosigning:
    """Signs each serial once, and only what continues what was signed before."""

    def __init__(self, database: Database, key: SigningKey, exchange_key: bytes, law_digest: bytes) -> None:
        """`law_digest` is that of the law data this role carries itself."""
        self._database = database
        self._key = key
        self._exchange_key = exchange_key
        self._law = law_digest

    async def handle(self, draft: SnapshotReply) -> SnapshotReply:
        """The draft with the commission's signature.

        Denied where the commission does not sign: "approval-missing" until its operator has approved what adds or changes anything.
        """
        payload = check_envelope(draft.snapshot, payload_type(THING), {EXCHANGE: self._exchange_key}, frozenset({EXCHANGE}))
        snapshot, digest = read_snapshot(payload), snapshot_digest(payload)
        signed = await self._database.read(lambda connection: _signed_before(connection, snapshot.serial, digest))
        if signed is not None:
            return SnapshotReply(signed)
        self._examine(snapshot)
        await self._demand_approval(draft.snapshot, snapshot, digest)
        envelope = countersign(draft.snapshot, self._key, OVERSIGHT)

        def store(connection: sqlite3.Connection) -> None:
            _check_place(connection, snapshot, digest)
            if _demands(connection, snapshot, digest):
                # A note of the commission's own came between: what lifts it is approved or not signed.
                raise Denied("approval-missing", digest.hex(), "digest")
            connection.execute(
                "INSERT OR IGNORE INTO signed (serial, digest, envelope, at_ms) VALUES (?, ?, ?, ?)",
                (snapshot.serial, digest, msgspec.msgpack.encode(envelope), clock.now_ms()),
            )

        crash.point("oversight.cosign.before_store")
        await self._database.write(store)
        # Durable: the commission knows what it signed before anyone else does.
        crash.point("oversight.cosign.after_store")
        return SnapshotReply(envelope)

    async def approve(self, digest: bytes, operator: str) -> None:
        """Remember that the commission's operator approved the draft of this digest; Unknown("draft-unknown") if no such draft waits."""

        def store(connection: sqlite3.Connection) -> None:
            waiting = draft_waiting(connection)
            if waiting is None or snapshot_digest(waiting.payload) != digest:
                raise Unknown("draft-unknown", digest.hex()[:64], "digest")
            connection.execute("INSERT OR IGNORE INTO approved (digest, operator, at_ms) VALUES (?, ?, ?)", (digest, operator, clock.now_ms()))

        crash.point("oversight.approval.before_store")
        await self._database.write(store)

    async def _demand_approval(self, draft: Envelope, snapshot: Snapshot, digest: bytes) -> None:
        def offer(connection: sqlite3.Connection) -> bool:
            _check_place(connection, snapshot, digest)
            missing = _demands(connection, snapshot, digest)
            if missing:
                connection.execute(
                    "INSERT OR REPLACE INTO offered (serial, digest, envelope, at_ms) VALUES (?, ?, ?, ?)",
                    (snapshot.serial, digest, msgspec.msgpack.encode(draft), clock.now_ms()),
                )
            return missing

        crash.point("oversight.offered.before_store")
        if await self._database.write(offer):
            raise Denied("approval-missing", digest.hex(), "digest")

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


def _signed_before(connection: sqlite3.Connection, serial: int, digest: bytes) -> Envelope | None:
    row = connection.execute("SELECT envelope FROM signed WHERE serial = ? AND digest = ?", (serial, digest)).fetchone()
    return msgspec.msgpack.decode(row[0], type=Envelope) if row else None


def _check_place(connection: sqlite3.Connection, snapshot: Snapshot, digest: bytes) -> None:
    row = connection.execute("SELECT digest FROM signed WHERE serial = ?", (snapshot.serial,)).fetchone()
    if row and bytes(row[0]) != digest:
        raise Conflict("serial-signed", f"another snapshot {snapshot.serial} was signed before", "serial")
    last, held = connection.execute("SELECT serial, digest FROM signed ORDER BY serial DESC LIMIT 1").fetchone() or (0, bytes(32))
    if not row and snapshot.serial != last + 1:
        raise Conflict("serial-gap", f"serial {snapshot.serial} does not follow {last}", "serial")
    if not row and snapshot.previous != bytes(held):
        raise Conflict("previous-differs", f"it does not name the snapshot that was signed as {last}", "previous")


def _demands(connection: sqlite3.Connection, snapshot: Snapshot, digest: bytes) -> bool:
    """Whether an approval is needed and missing; the first snapshot is the founders' and needs none."""
    if snapshot.serial == 1 or connection.execute("SELECT 1 FROM approved WHERE digest = ?", (digest,)).fetchone():
        return False
    return needs_approval(standing_now(connection), snapshot)
