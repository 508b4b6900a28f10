"""Collecting the evidence of one item: an institution's own record, the log's leaves and proofs, the registry that the statement names."""

import sqlite3
from pathlib import Path

import msgspec

from enishi.cli.walk.publiclog import KeeperLog, LogReader, PublicLog
from enishi.cli.walk.sealed import open_body
from enishi.cli.walk.sources import connect
from enishi.errors import Conflict, Fault, Malformed, Unknown
from enishi.evidence import Bundle, OutcomeEvidence, Standing
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.protocol.record import Opened
from enishi.protocol.registry import snapshot_digest
from enishi.protocol.rows import ShownRow, row_paths
from enishi.protocol.statement import Inquiry, read_statement
from enishi.protocol.wire import Notice, NoticeReply
from enishi.seal.dsse import Envelope, decode_envelope
from enishi.seal.hpke import SealingKey
from enishi.tlog.leaf import decode_leaf
from enishi.tlog.tiles import TileHashes
from enishi.tlog.tree import prove_inclusion


class Kept(msgspec.Struct, frozen=True):
    """An item as one of its parties keeps it; `outcomes` are (envelope, position in the log or -1, sealed answer), oldest first."""

    item_id: bytes
    statement: Envelope
    place: int
    row: ShownRow
    path: tuple[bytes, ...]
    receipt: SignedReceipt
    outcomes: tuple[tuple[SignedOutcome, int, bytes], ...]


def collect(data: Path, wanted: str, log: str, now_ms: int) -> Bundle:
    """The bundle of an item id or txid (hex) from a data folder; `log` is a public log's address, or empty for the keeper's own database.

    Raises Unknown("evidence-item-unknown"), Conflict("evidence-several-items") for a txid of several rows, Unavailable("evidence-not-logged").
    """
    kept = _find(data, _bytes_of(wanted))
    receipt = msgspec.json.decode(kept.receipt.receipt, type=Receipt)
    keeper = data / "keeper" / "keeper.db"
    if log:
        return _bundle(kept, receipt, PublicLog(log), _registry_file(data, kept), {})
    connection = connect(keeper)
    try:
        kept = _placed(connection, kept)
        reader = KeeperLog(connection, max([receipt.index, *(index for _, index, _ in kept.outcomes)]))
        bodies = _bodies(connection, data / "exchange" / "keys" / "disclosure", [receipt.index, *(index for _, index, _ in kept.outcomes)], now_ms)
        return _bundle(kept, receipt, reader, _registry(connection, kept), bodies)
    finally:
        connection.close()


def _bytes_of(wanted: str) -> bytes:
    try:
        raw = bytes.fromhex(wanted)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise Malformed("evidence-id-unreadable", wanted[:80], "id")
    return raw


def _find(data: Path, wanted: bytes) -> Kept:
    for path in sorted(data.glob("gateway*/tenants/*/gateway.db")):
        connection = connect(path)
        try:
            found = _asked(connection, wanted) or _answered(connection, wanted)
        finally:
            connection.close()
        if found is not None:
            return found
    raise Unknown("evidence-item-unknown", wanted.hex(), "id")


def _one(rows: list[tuple[bytes, ...]]) -> tuple[bytes, ...] | None:
    if len(rows) > 1:
        raise Conflict("evidence-several-items", ", ".join(row[0].hex() for row in rows[:50]), "id")
    return rows[0] if rows else None


def _asked(connection: sqlite3.Connection, wanted: bytes) -> Kept | None:
    query = (
        "SELECT i.item_id, a.message, i.place, i.receipt FROM asked_item i JOIN asked a ON a.txid = i.txid"
        " WHERE (i.item_id = ? OR i.txid = ?) AND i.receipt <> x'' ORDER BY i.place"
    )
    row = _one(connection.execute(query, (wanted, wanted)).fetchall())
    if row is None:
        return None
    item_id, message, place, receipt = row[0], row[1], int(row[2]), row[3]
    inquiry = msgspec.msgpack.decode(message, type=Inquiry)
    given = connection.execute("SELECT outcome, outcome_index, sealed FROM asked_outcome WHERE item_id = ? ORDER BY rank", (item_id,)).fetchall()
    return Kept(
        item_id=item_id,
        statement=inquiry.statement,
        place=place,
        row=inquiry.rows[place].shown(),
        path=row_paths(inquiry.rows)[place],
        receipt=msgspec.msgpack.decode(receipt, type=SignedReceipt),
        outcomes=tuple((msgspec.msgpack.decode(outcome, type=SignedOutcome), index, sealed) for outcome, index, sealed in given),
    )


def _answered(connection: sqlite3.Connection, wanted: bytes) -> Kept | None:
    query = "SELECT item_id, notice FROM answered WHERE item_id = ? OR txid = ?"
    row = _one(connection.execute(query, (wanted, wanted)).fetchall())
    if row is None:
        return None
    notice = msgspec.msgpack.decode(row[1], type=Notice)
    replies = connection.execute("SELECT reply, recorded_index FROM given WHERE item_id = ? ORDER BY place", (row[0],)).fetchall()
    given = [(msgspec.msgpack.decode(reply, type=NoticeReply), index) for reply, index in replies]
    outcomes = tuple((reply.outcome, index, reply.sealed) for reply, index in given)
    return Kept(row[0], notice.statement, notice.place, notice.row, notice.path, notice.receipt, outcomes)


def _placed(connection: sqlite3.Connection, kept: Kept) -> Kept:
    """The same with the positions of outcomes that the party was never told (a provider's first), in the order of the log."""
    if all(index >= 0 for _, index, _ in kept.outcomes):
        return kept
    rows = connection.execute("SELECT idx, data FROM leaf WHERE item_id = ? ORDER BY idx", (kept.item_id,)).fetchall()
    indexes = [index for index, data in rows if decode_leaf(data).kind.name == "OUTCOME"]
    return msgspec.structs.replace(
        kept, outcomes=tuple((outcome, index, sealed) for (outcome, _, sealed), index in zip(kept.outcomes, indexes, strict=False))
    )


def _registry(connection: sqlite3.Connection, kept: Kept) -> Envelope:
    named = read_statement(kept.statement.payload).registry
    row = connection.execute("SELECT envelope FROM snapshot WHERE digest = ?", (named,)).fetchone()
    if row is None:
        raise Unknown("evidence-registry-missing", named.hex())
    return msgspec.msgpack.decode(row[0], type=Envelope)


def _registry_file(data: Path, kept: Kept) -> Envelope:
    named = read_statement(kept.statement.payload).registry
    for path in sorted(data.glob("gateway*/registry.json")):
        envelope = decode_envelope(path.read_bytes())
        if snapshot_digest(envelope.payload) == named:
            return envelope
    raise Unknown("evidence-registry-missing", named.hex())


def _bodies(connection: sqlite3.Connection, key: Path, indexes: list[int], now_ms: int) -> dict[int, Opened]:
    """The bodies that may be shown: none without the disclosure key, and none that is lawfully withheld."""
    if not key.is_file():
        return {}
    disclosure, shown = SealingKey.from_bytes(key.read_bytes()), {}
    for index in indexes:
        query = "SELECT data, sealed, COALESCE(withheld_until, 0) FROM leaf LEFT JOIN item ON item.item_id = leaf.item_id WHERE idx = ?"
        data, sealed, until = connection.execute(query, (index,)).fetchone()
        if until <= now_ms:
            shown[index] = open_body(disclosure, decode_leaf(data), sealed)
    return shown


def _bundle(kept: Kept, receipt: Receipt, log: LogReader, registry: Envelope, bodies: dict[int, Opened]) -> Bundle:
    hashes = TileHashes(log.size, log.tile)

    def standing(index: int) -> Standing:
        return Standing(index=index, leaf=log.leaf(index), inclusion=tuple(prove_inclusion(hashes, index, log.size)), opened=bodies.get(index))

    # A position that is not known leaves its outcome out: evidence says less rather than something unproven.
    outcomes = [(outcome, index, sealed) for outcome, index, sealed in kept.outcomes if index >= 0]
    return Bundle(
        v=1,
        registry=registry,
        statement=kept.statement,
        place=kept.place,
        row=kept.row,
        path=kept.path,
        receipt=kept.receipt,
        record=standing(receipt.index),
        outcomes=tuple(OutcomeEvidence(outcome, standing(index)) for outcome, index, _ in outcomes),
        answer=outcomes[-1][2] if outcomes else b"",
        checkpoint=log.note.encode().decode(),
    )


def unreadable(error: Exception) -> Fault:
    """The fault for a database or form that broke while evidence was collected."""
    return Malformed("evidence-unreadable", f"{type(error).__name__}: {error}"[:200])
