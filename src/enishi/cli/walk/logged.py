"""The keeper's side as the gateways' records are compared with it."""

import sqlite3

import msgspec

from enishi.cli.walk.findings import CLOCKS_MS, Findings
from enishi.protocol.outcome import GivenOutcome, SignedOutcome
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.protocol.statement import Statement
from enishi.roles.keeper.commit import nonce_key
from enishi.roles.keeper.rest import Rest
from enishi.terms import ItemId, Txid
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.tree import leaf_hash


class Logged:
    """Looks up in the keeper's tables what a gateway says was recorded."""

    def __init__(self, connection: sqlite3.Connection, findings: Findings, rest: bytes | None, settled: int, now_ms: int) -> None:
        """`rest` opens the keeper's columns; without it positions and hashes alone are compared. `settled`: leaves older than the gateways' state."""
        self._connection = connection
        self._now_ms = now_ms
        self._withheld: dict[int, int] = dict(findings.rows_of(connection, "institutions", "keeper.second_chain", "idx, until_ms"))
        self._settled = settled
        self._findings = findings
        self._rest = Rest(rest) if rest is not None else None

    def holds(self, txid: Txid) -> bool:
        """True if the log holds the transaction."""
        return self._connection.execute("SELECT 1 FROM tx WHERE txid = ?", (txid,)).fetchone() is not None

    def check_transaction(self, txid: Txid, statement: Statement) -> None:
        """The transaction is in the log under the inquirer's nonce, and a mark of non-disclosure is kept as it was signed."""
        row = self._connection.execute("SELECT nonce FROM tx WHERE txid = ?", (txid,)).fetchone()
        if row is None:
            self._findings.add("gateway-record-missing", "keeper.tx", txid, f"{statement.inquirer} holds receipts for it")
            return
        self._findings.demand(row[0] == nonce_key(statement), "item-differs", "keeper.tx", txid, "nonce")
        until = statement.nondisclosure.until_ms if statement.nondisclosure else None
        for (index,) in self._connection.execute("SELECT leaf_index FROM item WHERE txid = ?", (txid,)):
            agrees = self._withheld.get(index) == until
            self._findings.demand(agrees, "chain-broken", "keeper.second_chain", txid, "not withheld as the statement says")

    def check_receipt(self, table: str, receipt: Receipt) -> None:
        """The leaf that a gateway's receipt names stands in the log, at that place."""
        row = self._connection.execute("SELECT data FROM leaf WHERE idx = ?", (receipt.index,)).fetchone()
        held = row is not None and leaf_hash(row[0]) == receipt.leaf_hash
        self._findings.demand(held, "gateway-record-missing", table, receipt.item_id, f"leaf {receipt.index} is not what its receipt says")
        item = self._connection.execute("SELECT leaf_index FROM item WHERE item_id = ?", (receipt.item_id,)).fetchone()
        self._findings.demand(item == (receipt.index,), "gateway-record-missing", "keeper.item", receipt.item_id, "a receipt is held for it")

    def parties_of(self, item_id: bytes) -> tuple[str, str]:
        """Who asked and who was asked, by the keeper's own receipt; both empty if the keeper cannot be asked."""
        row = self._connection.execute("SELECT rest_receipt FROM item WHERE item_id = ?", (item_id,)).fetchone()
        if self._rest is None or row is None:
            return "", ""
        signed = msgspec.msgpack.decode(self._rest.open("receipt", ItemId(item_id), row[0]), type=SignedReceipt)
        receipt = msgspec.json.decode(signed.receipt, type=Receipt)
        return receipt.inquirer, receipt.provider

    def same_refusal(self, item_id: ItemId, refusal: bytes) -> bool:
        """True if the keeper holds these very grounds, or cannot be asked."""
        row = self._connection.execute("SELECT rest_refusal FROM item WHERE item_id = ?", (item_id,)).fetchone()
        return self._rest is None or (row is not None and self._rest.open("refusal", item_id, row[0]) == refusal)

    def check_outcome(self, table: str, claim: GivenOutcome, index: int, at_ms: int) -> None:
        """The outcome's leaf stands where a gateway was told, and the time of keeping is near."""
        row = self._connection.execute("SELECT data, item_id FROM leaf WHERE idx = ?", (index,)).fetchone()
        if row is None or row[1] != claim.item_id or decode_leaf(row[0]).kind is not LeafKind.OUTCOME:
            self._findings.add("gateway-record-missing", table, claim.item_id, f"leaf {index} is no outcome of it")
            return
        near = decode_leaf(row[0]).at_ms - CLOCKS_MS < at_ms < self._now_ms + CLOCKS_MS
        self._findings.demand(near, "gateway-record-differs", table, claim.item_id, "time")
        self._check_mark(claim, index, decode_leaf(row[0]).at_ms)

    def _check_mark(self, claim: GivenOutcome, index: int, at_ms: int) -> None:
        # Withheld until the end that the provider signed, or until that of a mark which the item carried already and which ran longer.
        mark = claim.nondisclosure.until_ms if claim.nondisclosure else 0
        earlier = "SELECT MAX(until_ms) FROM second_chain JOIN leaf ON leaf.idx = second_chain.idx WHERE leaf.item_id = ? AND leaf.idx < ?"
        running = self._connection.execute(earlier, (claim.item_id, index)).fetchone()[0] or 0
        kept = self._withheld.get(index, 0) == max(mark, running if running > at_ms else 0)
        self._findings.demand(kept, "chain-broken", "keeper.second_chain", index, "not withheld until the time that the provider signed")

    def newest(self, item_id: ItemId) -> tuple[int, SignedOutcome | None]:
        """Position and form of the newest settled outcome; None where there is none, or the key is not here."""
        row = self._connection.execute("SELECT outcome_index, rest_outcome FROM item WHERE item_id = ?", (item_id,)).fetchone()
        if row is None or self._rest is None or not row[1] or row[0] >= self._settled:
            return -1, None
        return row[0], msgspec.msgpack.decode(self._rest.open("outcome", item_id, row[1]), type=SignedOutcome)
