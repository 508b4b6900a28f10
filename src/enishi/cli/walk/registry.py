"""Snapshots of the registry: both signatures, the digests in the log, and the copies that exchange and oversight keep."""

import sqlite3
from dataclasses import dataclass, field

import msgspec

from enishi.cli.walk.findings import CLOCKS_MS, Findings
from enishi.cli.walk.sources import Sources
from enishi.protocol.registry import Snapshot, SnapshotDigest, check_snapshot
from enishi.seal.dsse import Envelope
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, commitment, decode_leaf

TABLE = "keeper.snapshot"


@dataclass
class History:
    """Every snapshot that holds, in order, and the keys that they register."""

    snapshots: dict[bytes, Snapshot] = field(default_factory=dict)
    signing_keys: dict[str, bytes] = field(default_factory=dict)

    @property
    def newest(self) -> Snapshot | None:
        """The snapshot in force; None if none holds."""
        return next(reversed(self.snapshots.values()), None)

    def keeper_keys(self) -> list[bytes]:
        """The keeper's signing keys, newest first, each once."""
        return list(dict.fromkeys(one.keeper.signing for one in reversed(self.snapshots.values())))


def walk_registry(sources: Sources, findings: Findings) -> History:
    """Check every snapshot and where it stands."""
    history, previous, rows = History(), bytes(32), 0
    for digest, serial, envelope, index in findings.rows_of(
        sources.keeper, "registry", TABLE, "digest, serial, envelope, leaf_index", "ORDER BY serial"
    ):
        rows += 1
        with findings.watch("snapshot-false", TABLE, serial):
            snapshot, computed = check_snapshot(msgspec.msgpack.decode(envelope, type=Envelope), sources.pins)
            findings.demand((computed, snapshot.serial) == (digest, serial), "snapshot-false", TABLE, serial, "digest or serial")
            findings.demand(snapshot.previous == previous, "snapshot-false", TABLE, serial, "does not follow the one before")
            history.snapshots[computed] = snapshot
            history.signing_keys |= snapshot.signing_keys
            previous = computed
            _check_leaf(sources.keeper, findings, serial, index, SnapshotDigest(computed, snapshot.law))
            _check_copies(sources, findings, snapshot.serial, computed, envelope)
    findings.demand(rows, "snapshot-false", TABLE, "", "there is no snapshot")
    findings.demand(rows == len(history.snapshots), "snapshot-false", TABLE, "", "a snapshot stands twice or does not hold")
    return history


def _check_leaf(connection: sqlite3.Connection, findings: Findings, serial: object, index: object, said: SnapshotDigest) -> None:
    row = connection.execute("SELECT data, sealed FROM leaf WHERE idx = ?", (index,)).fetchone()
    findings.demand(row, "leaf-missing", "keeper.leaf", index, f"named by snapshot {serial}")
    if row:
        leaf, body = decode_leaf(row[0]), msgspec.json.encode(said)
        agrees = leaf.kind is LeafKind.SNAPSHOT and leaf.commitment == commitment(PUBLIC_SALT, body) and row[1] == body
        findings.demand(agrees, "snapshot-false", TABLE, serial, f"leaf {index} does not say this snapshot")


def _check_copies(sources: Sources, findings: Findings, serial: int, digest: bytes, envelope: object) -> None:
    if sources.exchange is not None:
        row = sources.exchange.execute("SELECT envelope FROM snapshot WHERE serial = ?", (serial,)).fetchone()
        findings.demand(row and row[0] == envelope, "snapshot-false", "exchange.snapshot", serial, "not what the keeper logged")
    if sources.oversight is not None:
        row = sources.oversight.execute("SELECT digest, envelope FROM signed WHERE serial = ?", (serial,)).fetchone()
        findings.demand(row and row == (digest, envelope), "snapshot-false", "oversight.signed", serial, "not what the keeper logged")


def walk_copies(sources: Sources, findings: Findings, history: History, now_ms: int) -> None:
    """What exchange and oversight keep beyond the keeper's table: a signed snapshot that was never logged is a second history."""
    known = {snapshot.serial: snapshot for snapshot in history.snapshots.values()}
    for name, connection, table in (("exchange", sources.exchange, "snapshot"), ("oversight", sources.oversight, "signed")):
        if connection is not None and known:
            columns = "serial, at_ms" if table == "signed" else "serial, 0"
            for serial, at_ms in findings.rows_of(connection, "registry", f"{name}.{table}", columns):
                with findings.watch("snapshot-false", f"{name}.{table}", serial):
                    # The newest may have been signed a moment before the keeper logs it.
                    logged = serial in known or serial == max(known) + 1
                    findings.demand(logged, "snapshot-false", f"{name}.{table}", serial, "the keeper never logged it")
                    if table == "signed" and serial in known:
                        near = known[serial].at_ms - CLOCKS_MS < at_ms < now_ms + CLOCKS_MS
                        findings.demand(near, "snapshot-false", "oversight.signed", serial, "time")
