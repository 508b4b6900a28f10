"""The witnesses' own databases: what they saw last must still be in the log."""

import sqlite3

from enishi.cli.walk.checkpoints import Checkpoints
from enishi.cli.walk.findings import CLOCKS_MS, Findings
from enishi.cli.walk.sources import Sources
from enishi.tlog.tiles import Tile, TileHashes
from enishi.tlog.tree import root_at


def walk_witnesses(sources: Sources, findings: Findings, checkpoints: Checkpoints, now_ms: int) -> None:
    """Compare each witness's last size, root and time with the log."""
    for name, connection in sources.witnesses.items():
        own = sources.own_witnesses.get(name)
        given = [times for witness, times in checkpoints.cosigned.items() if own is None or witness == own.name]
        rows = 0
        for origin, size, root, at_ms, note in findings.rows_of(connection, "witnesses", f"{name}.seen", "origin, size, root, at_ms, note"):
            rows += 1
            with findings.watch("witness-differs", f"{name}.seen", origin):
                findings.demand(origin == checkpoints.origin or not checkpoints.origin, "witness-differs", f"{name}.seen", origin, "another log")
                _compare(sources.keeper, findings, checkpoints, (f"{name}.seen", size, root))
                signed = sources.keeper.execute("SELECT note FROM checkpoint WHERE size = ?", (size,)).fetchone()
                same = not note or signed is None or note == signed[0]
                findings.demand(same, "witness-differs", f"{name}.seen", origin, "another note than the log signed")
                # The cosignature carries the second at which this size was stored; a crash between the two lets it be missing or older.
                last = min((times[size] for times in given if size in times), default=at_ms)
                findings.demand(last <= at_ms < now_ms + CLOCKS_MS, "witness-differs", f"{name}.seen", origin, "time")
        if not rows and any(given):
            findings.add("witness-differs", f"{name}.seen", checkpoints.origin, "it cosigned this log and has forgotten it")


def _compare(keeper: sqlite3.Connection, findings: Findings, checkpoints: Checkpoints, seen: tuple[str, int, bytes]) -> None:
    table, size, root = seen
    if size > checkpoints.largest:
        detail = f"the witness saw {size} leaves, this database has a checkpoint over {checkpoints.largest}"
        findings.add("database-behind-witness", table, checkpoints.origin, detail)
        return
    reader = TileHashes(checkpoints.largest, lambda tile: _load(keeper, tile))
    signed = checkpoints.root_at(size)
    own = signed if signed is not None else root_at(reader, size)
    findings.demand(own == root, "witness-differs", table, checkpoints.origin, f"another root at {size}: two histories")


def _load(keeper: sqlite3.Connection, tile: Tile) -> bytes:
    row = keeper.execute("SELECT hashes FROM tile WHERE level = ? AND n = ?", (tile.level, tile.index)).fetchone()
    return bytes(row[0][: 32 * tile.width]) if row else b""
