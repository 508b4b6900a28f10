"""Suspension notes: signed by exchange or commission, each under a leaf of the log, and told where its signer keeps one that is not."""

import sqlite3

import msgspec

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.registry import History
from enishi.cli.walk.sources import Sources
from enishi.protocol.suspension import SuspensionDigest, read_suspension
from enishi.seal.dsse import Envelope
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, commitment, decode_leaf

TABLE = "keeper.suspension"


def walk_suspensions(sources: Sources, findings: Findings, history: History) -> None:
    """Check every note that was logged, then what exchange and commission keep themselves; a folder of 0.1.0 has none."""
    logged: set[bytes] = set()
    if _has_table(sources.keeper):
        for digest, envelope, index in findings.rows_of(sources.keeper, "registry", TABLE, "digest, envelope, leaf_index"):
            with findings.watch("suspension-false", TABLE, digest):
                note = read_suspension(msgspec.msgpack.decode(envelope, type=Envelope), sources.pins)
                findings.demand(note.digest == digest, "suspension-false", TABLE, digest, "digest")
                newest = history.newest
                findings.demand(newest is None or newest.log_origin == note.said.mesh, "suspension-false", TABLE, digest, "of another mesh")
                _check_leaf(sources.keeper, findings, digest, index)
                logged.add(digest)
    for name, connection in (("exchange", sources.exchange), ("oversight", sources.oversight)):
        if connection is not None and _has_table(connection):
            for digest, envelope in findings.rows_of(connection, "registry", f"{name}.suspension", "digest, envelope"):
                with findings.watch("suspension-false", f"{name}.suspension", digest):
                    read_suspension(msgspec.msgpack.decode(envelope, type=Envelope), sources.pins)
                    if digest not in logged:
                        findings.unchecked.append(f"{name}.suspension {digest.hex()}: not in the log yet")


def _check_leaf(connection: sqlite3.Connection, findings: Findings, digest: bytes, index: object) -> None:
    row = connection.execute("SELECT data, sealed FROM leaf WHERE idx = ?", (index,)).fetchone()
    findings.demand(row, "leaf-missing", "keeper.leaf", index, "named by a suspension")
    if row:
        leaf, body = decode_leaf(row[0]), msgspec.json.encode(SuspensionDigest(digest))
        agrees = leaf.kind is LeafKind.SNAPSHOT and leaf.commitment == commitment(PUBLIC_SALT, body) and row[1] == body
        findings.demand(agrees, "suspension-false", TABLE, digest, f"leaf {index} does not say this note")


def _has_table(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'suspension'").fetchone() is not None
