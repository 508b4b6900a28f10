"""What is kept for the evidence of an item, and the bundle that is built from it byte for byte the same at any time.

Statement, row, receipt, outcomes and sealed answer are the record of Art. 23 itself (`asked*`); `evidence` adds the leaves with their inclusion
paths and one cosigned checkpoint; the registry that the statement names is a file of the platform, once for all items.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from enishi.errors import Conflict, Unavailable, Unknown
from enishi.evidence import Bundle, OutcomeEvidence, Standing, encode
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.protocol.rows import row_paths
from enishi.protocol.statement import Inquiry, Statement, read_statement
from enishi.seal.dsse import Envelope, decode_envelope
from enishi.terms import ItemId

GATHERING, KEPT, MISSING = 0, 1, 2
"""`asked_item.evidence`: still to be gathered; kept; not possible, because the registry was never seen by a version that keeps it."""
FOLDER: Final = "registries"


class Wanted(msgspec.Struct, frozen=True):
    """An ended item whose proofs are still to be gathered: positions in the log of its record and of its outcomes."""

    item_id: ItemId
    statement: Statement
    receipt: Receipt
    outcomes: tuple[int, ...]

    @property
    def last(self) -> int:
        """The last position that a checkpoint must cover."""
        return max(self.receipt.index, *self.outcomes, 0)


class Proven(msgspec.Struct, frozen=True):
    """The log's part of a bundle."""

    record: Standing
    outcomes: tuple[Standing, ...]


def wanted(connection: sqlite3.Connection, limit: int) -> list[Wanted]:
    """Items that have ended and have no evidence yet."""
    rows = connection.execute(
        "SELECT i.item_id, a.message, i.receipt FROM asked_item i JOIN asked a ON a.txid = i.txid"
        " WHERE i.evidence = 0 AND i.receipt <> x'' AND a.state = 'ended' LIMIT ?",
        (limit,),
    ).fetchall()
    return [_wanted(connection, *row) for row in rows]


def _wanted(connection: sqlite3.Connection, item_id: bytes, message: bytes, receipt: bytes) -> Wanted:
    statement = read_statement(msgspec.msgpack.decode(message, type=Inquiry).statement.payload)
    places = connection.execute("SELECT outcome_index FROM asked_outcome WHERE item_id = ? AND outcome_index >= 0 ORDER BY rank", (item_id,))
    signed = msgspec.msgpack.decode(receipt, type=SignedReceipt)
    return Wanted(ItemId(item_id), statement, msgspec.json.decode(signed.receipt, type=Receipt), tuple(place for (place,) in places))


def count_waiting(connection: sqlite3.Connection) -> int:
    """How many recorded items have no evidence yet, those that are still open among them."""
    return int(connection.execute("SELECT count(*) FROM asked_item WHERE evidence = 0 AND receipt <> x''").fetchone()[0])


def keep(connection: sqlite3.Connection, gathered: Sequence[tuple[Wanted, Proven]], lost: Sequence[ItemId], checkpoint: str, at_ms: int) -> None:
    """Keep what was gathered, the same item again changes nothing; `lost` are items whose registry this platform never kept."""
    for one, proven in gathered:
        affair = f"{one.statement.affair.source}#{one.statement.affair.row}"
        connection.execute(
            "INSERT INTO evidence (item_id, registry, affair, proven, checkpoint, at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (one.item_id, one.statement.registry, affair, msgspec.msgpack.encode(proven), checkpoint, at_ms),
        )
        _mark(connection, one.item_id, KEPT)
    for item_id in lost:
        # Not tried for ever.
        _mark(connection, item_id, MISSING)


def _mark(connection: sqlite3.Connection, item_id: bytes, state: int) -> None:
    connection.execute("UPDATE asked_item SET evidence = ? WHERE item_id = ?", (state, item_id))


def registry_file(platform: Path, digest: bytes) -> Path:
    """Where the registry of a digest is kept."""
    return platform / FOLDER / f"{digest.hex()}.json"


def bundle_of(connection: sqlite3.Connection, platform: Path, item_id: bytes, system: str = "") -> bytes:
    """The bytes of the bundle; Unknown("item-id-unknown"), also for another system's, Unavailable("evidence-gathering"),
    Conflict("evidence-not-possible")."""
    row = connection.execute(
        "SELECT a.message, i.place, i.receipt, i.evidence FROM asked_item i JOIN asked a ON a.txid = i.txid"
        " WHERE i.item_id = ? AND (? = '' OR a.system = ?)",
        (item_id, system, system),
    ).fetchone()
    if row is None:
        raise Unknown("item-id-unknown", field="item_id")
    message, place, receipt, state = row
    if state == MISSING:
        raise Conflict("evidence-not-possible", item_id.hex(), "item_id")
    if state != KEPT:
        raise Unavailable("evidence-gathering", item_id.hex(), "item_id")
    return encode(_bundle(connection, platform, item_id, msgspec.msgpack.decode(message, type=Inquiry), place, receipt))


def _bundle(connection: sqlite3.Connection, platform: Path, item_id: bytes, inquiry: Inquiry, place: int, receipt: bytes) -> Bundle:
    registry, proven, checkpoint = connection.execute("SELECT registry, proven, checkpoint FROM evidence WHERE item_id = ?", (item_id,)).fetchone()
    shown = msgspec.msgpack.decode(proven, type=Proven)
    given = connection.execute(
        "SELECT outcome, sealed FROM asked_outcome WHERE item_id = ? AND outcome_index >= 0 ORDER BY rank", (item_id,)
    ).fetchall()
    outcomes = [msgspec.msgpack.decode(outcome, type=SignedOutcome) for outcome, _ in given]
    return Bundle(
        v=1,
        registry=_registry(platform, registry),
        statement=inquiry.statement,
        place=place,
        row=inquiry.rows[place].shown(),
        path=row_paths(inquiry.rows)[place],
        receipt=msgspec.msgpack.decode(receipt, type=SignedReceipt),
        record=shown.record,
        outcomes=tuple(OutcomeEvidence(outcome, standing) for outcome, standing in zip(outcomes, shown.outcomes, strict=True)),
        answer=given[-1][1] if given else b"",
        checkpoint=checkpoint,
    )


def _registry(platform: Path, digest: bytes) -> Envelope:
    try:
        return decode_envelope(registry_file(platform, digest).read_bytes())
    except OSError as error:
        raise Unavailable("evidence-registry-gone", digest.hex(), "registry") from error
