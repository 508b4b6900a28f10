"""The checkpoints: each signed by the log, its cosignatures by witnesses of the registry."""

import sqlite3
from collections.abc import Collection

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.registry import History
from enishi.errors import Tampered
from enishi.tlog.checkpoint import open_checkpoint
from enishi.tlog.cosign import verify_cosignature
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.note import Note, Verifier, parse_note, parse_verifier

TABLE = "keeper.checkpoint"


class Checkpoints:
    """Sizes and signed roots, and when each was cosigned last (milliseconds), by witness."""

    def __init__(self, origin: str) -> None:
        """Of one log."""
        self.origin = origin
        self.sizes: set[int] = set()
        self.roots: dict[int, bytes] = {}
        self.cosigned: dict[str, dict[int, int]] = {}

    @property
    def largest(self) -> int:
        """The largest size of a checkpoint, whether it holds or not."""
        return max((size for size in self.sizes if isinstance(size, int)), default=0)

    def root_at(self, size: int) -> bytes | None:
        """The signed root of that size, if there is a checkpoint that holds."""
        return self.roots.get(size)


def walk_checkpoints(connection: sqlite3.Connection, findings: Findings, history: History, own: Collection[Verifier] = ()) -> Checkpoints:
    """Verify every checkpoint for itself; the roots are compared when the leaves are walked.  `own`: witnesses known beside the registry's."""
    newest = history.newest
    found = Checkpoints(newest.log_origin if newest else "")
    if newest is None:
        findings.unchecked.append("checkpoints: no registry snapshot holds, so the log's key is not known")
        return found
    log = parse_verifier(newest.log_key)
    witnesses = {one.name: one for one in own}
    witnesses |= {one.name: parse_verifier(one.verifier_key) for snapshot in history.snapshots.values() for one in snapshot.witnesses}
    for size, map_index, note, cosigned, at_ms in findings.rows_of(connection, "checkpoints", TABLE, "size, map_index, note, cosigned, at_ms"):
        found.sizes.add(size)
        with findings.watch("checkpoint-false", TABLE, size):
            signed = _read(note)
            checkpoint = open_checkpoint(signed, log)
            findings.demand(checkpoint.size == size and checkpoint.origin == found.origin, "checkpoint-false", TABLE, size, f"says {checkpoint.size}")
            findings.demand(len(signed.signatures) == 1, "checkpoint-false", TABLE, size, "another signature beside the log's")
            found.roots[checkpoint.size] = checkpoint.root
            _check_map(connection, findings, size, map_index, at_ms)
            with findings.watch("cosignature-false", TABLE, size):
                _check_cosignatures(found, signed, _read(cosigned), size, witnesses)
    return found


def _read(encoded: bytes) -> Note:
    note = parse_note(encoded)
    if note.encode() != encoded:
        raise Tampered("checkpoint-false", "not in the one form of a note")
    return note


def _check_map(connection: sqlite3.Connection, findings: Findings, size: int, map_index: int, at_ms: int) -> None:
    findings.demand(map_index == size - 1, "checkpoint-false", TABLE, size, f"label map at {map_index}")
    row = connection.execute("SELECT data FROM leaf WHERE idx = ?", (size - 1,)).fetchone()
    if row:
        leaf = decode_leaf(row[0])
        said = leaf.kind is LeafKind.LABEL_MAP and leaf.at_ms == at_ms
        findings.demand(said, "checkpoint-false", TABLE, size, "its last leaf is no label map of its time")


def _check_cosignatures(found: Checkpoints, signed: Note, cosigned: Note, size: int, witnesses: dict[str, Verifier]) -> None:
    if cosigned.text != signed.text or cosigned.signatures[0] != signed.signatures[0]:
        raise Tampered("cosignature-false", "over another checkpoint")
    for line in cosigned.signatures[1:]:
        if line.name not in witnesses:
            raise Tampered("cosignature-false", f"{line.name} is no known witness")
        found.cosigned.setdefault(line.name, {})[size] = verify_cosignature(signed.text, line, witnesses[line.name])
