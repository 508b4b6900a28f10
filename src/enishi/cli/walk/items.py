"""Items of inquiries: receipt, leaf, chain, state and outcome of each must tell one story."""

import sqlite3
from typing import Any

import msgspec

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.notes import has_notes
from enishi.cli.walk.registry import History
from enishi.cli.walk.sealed import check_notice
from enishi.cli.walk.sources import Keys
from enishi.errors import Fault, Tampered
from enishi.protocol.outcome import GivenOutcome, SignedOutcome, check_outcome
from enishi.protocol.receipt import RELEASED, Receipt, SignedReceipt, check_receipt, pair_hash
from enishi.protocol.statement import item_id_of
from enishi.protocol.verdict import Verdict
from enishi.roles.keeper.hops import Steps
from enishi.roles.keeper.rest import Rest
from enishi.terms import ItemId, Outcome, Txid
from enishi.tlog.leaf import Leaf, LeafKind, decode_leaf
from enishi.tlog.tree import leaf_hash

TABLE = "keeper.item"
COLUMNS = (
    "item_id, txid, place, state, epoch, tag, leaf_index, outcome_index, withheld_until, late_index,"
    " rest_receipt, rest_refusal, rest_notice, rest_outcome, rest_steps, rest_hop"
)


class Row(msgspec.Struct, frozen=True):
    """One row of the table."""

    item_id: ItemId
    txid: Txid
    place: int
    state: str
    epoch: int
    tag: bytes
    leaf_index: int
    outcome_index: int
    withheld_until: int
    late_index: int
    receipt: bytes
    refusal: bytes
    notice: bytes
    outcome: bytes
    steps: bytes
    hop: bytes


class ItemWalk:
    """One pass over the items."""

    def __init__(self, connection: sqlite3.Connection, findings: Findings, history: History, keys: Keys) -> None:
        """The receipts and outcomes are at rest under the keeper's key; without it they are not opened."""
        self._connection = connection
        self._findings = findings
        self._history = history
        self._keys = keys
        self._rest = Rest(keys.rest) if keys.rest is not None else None
        self._withheld, self._longest = set[int](), dict[bytes, int]()
        query = "SELECT second_chain.idx, until_ms, item_id FROM second_chain LEFT JOIN leaf ON leaf.idx = second_chain.idx"
        for index, until_ms, item_id in connection.execute(query):
            self._withheld.add(index)
            self._longest[item_id] = max(until_ms, self._longest.get(item_id, 0))

    def walk(self) -> None:
        """Check every item."""
        for values in self._findings.rows_of(self._connection, "items", TABLE, COLUMNS, "ORDER BY leaf_index"):
            with self._findings.watch("item-differs", TABLE, values[0]):
                self._check(Row(*values))

    def _check(self, row: Row) -> None:
        self._demand(row, row.item_id == item_id_of(row.txid, row.place), "id does not follow from txid and place")
        leaf = self._leaf(row, row.leaf_index)
        self._demand(row, leaf.kind in (LeafKind.INTENT, LeafKind.REFUSAL, LeafKind.SELF) and leaf.epoch == row.epoch, "kind or epoch of its leaf")
        tx = self._connection.execute("SELECT at_ms FROM tx WHERE txid = ?", (row.txid,)).fetchone()
        self._demand(row, tx and tx[0] == leaf.at_ms, "transaction is missing or of another time")
        permitted = leaf.kind in (LeafKind.INTENT, LeafKind.SELF)
        self._demand(row, row.state in (("open", "held", "closed", "final") if permitted else ("refused",)), f"state {row.state}")
        self._check_chain(row, row.leaf_index)
        self._check_late(row)
        if self._rest is None:
            return
        with self._findings.watch("receipt-false", TABLE, row.item_id):
            receipt = self._check_receipt(row, leaf)
            self._check_refusal(row, receipt)
            claim = self._check_outcome(row, receipt)
            self._check_withheld(row, claim)
            waits = permitted and row.state != "final"
            self._demand(row, bool(row.notice) == waits, "notice kept for an ended item, or lost for an open one")
            if row.notice and self._keys.disclosure is not None:
                check_notice(self._keys.disclosure, row.notice, row.txid, receipt)

    def _demand(self, row: Row, condition: object, detail: str) -> None:
        self._findings.demand(condition, "item-differs", TABLE, row.item_id, detail)

    def _leaf(self, row: Row, index: int) -> Leaf:
        found = self._connection.execute("SELECT data, item_id FROM leaf WHERE idx = ?", (index,)).fetchone()
        if found is None:
            raise Tampered("leaf-missing", f"leaf {index}")
        self._demand(row, found[1] == row.item_id, f"leaf {index} is of another item")
        return decode_leaf(found[0])

    def _check_chain(self, row: Row, index: int) -> None:
        if index not in self._withheld:
            link = self._connection.execute("SELECT 1 FROM chain WHERE epoch = ? AND tag = ? AND idx = ?", (row.epoch, row.tag, index)).fetchone()
            self._demand(row, link, f"leaf {index} is not in the chain of its person")

    def _check_late(self, row: Row) -> None:
        if row.late_index >= 0:
            leaf = self._leaf(row, row.late_index)
            self._demand(row, leaf.kind is LeafKind.LATE_ENTRY and row.withheld_until > 0, "late entry")
            self._check_chain(row, row.late_index)
        else:
            self._demand(row, row.late_index == -1, f"late entry at {row.late_index}")

    def _check_withheld(self, row: Row, claim: GivenOutcome | None) -> None:
        # Of the intent, of interim outcomes, of the last: whichever is marked longest.
        marked = claim.nondisclosure.until_ms if claim is not None and claim.nondisclosure else 0
        self._demand(row, row.withheld_until == self._longest.get(row.item_id, 0), "withheld until another time than the second chain says")
        self._demand(row, row.withheld_until >= marked, "the provider's mark is not kept")

    def _open(self, column: str, row: Row, closed: bytes) -> bytes:
        assert self._rest is not None
        return self._rest.open(column, row.item_id, closed)

    def _check_receipt(self, row: Row, leaf: Leaf) -> Receipt:
        signed = msgspec.msgpack.decode(self._open("receipt", row, row.receipt), type=SignedReceipt)
        receipt = checked_receipt(signed, self._history)
        data = self._connection.execute("SELECT data FROM leaf WHERE idx = ?", (row.leaf_index,)).fetchone()[0]
        said = (receipt.item_id, receipt.index, receipt.audit_epoch, receipt.leaf_hash, receipt.at_ms)
        if said != (row.item_id, row.leaf_index, row.epoch, leaf_hash(data), leaf.at_ms):
            raise Tampered("receipt-false", f"receipt says leaf {receipt.index}; item, leaf and receipt do not agree")
        if (receipt.verdict == "permit", receipt.verdict == "self") != (leaf.kind is LeafKind.INTENT, leaf.kind is LeafKind.SELF):
            raise Tampered("receipt-false", f"receipt says {receipt.verdict}, leaf {leaf.kind.name}")
        return receipt

    def _check_refusal(self, row: Row, receipt: Receipt) -> None:
        opened, steps = self._open("refusal", row, row.refusal), self._open("steps", row, row.steps)
        self._demand(row, bool(opened) is (receipt.verdict == "refusal"), "grounds of a refusal")
        if opened:
            verdict = msgspec.json.decode(opened, type=Verdict)
            told = tuple(ground.citation for ground in verdict.grounds)
            self._demand(row, not verdict.permit and told == receipt.basis, "grounds differ from the receipt")
        self._demand(row, bool(steps) is (receipt.verdict in RELEASED), "elements of the conversion")
        if steps:
            made = msgspec.msgpack.decode(steps, type=Steps)
            self._demand(row, pair_hash(made.pair_r, made.pair_c) == receipt.pair_hash, "pair differs from the receipt")

    def _check_outcome(self, row: Row, receipt: Receipt) -> GivenOutcome | None:
        opened, hop = self._open("outcome", row, row.outcome), self._open("hop", row, row.hop)
        self._demand(row, bool(opened) is (row.state in ("held", "closed", "final")), f"outcome and state {row.state}")
        if not opened:
            self._demand(row, row.outcome_index == -1 and not hop, "place of an outcome that is not there")
            return None
        with self._findings.watch("outcome-false", TABLE, row.item_id):
            claim = check_outcome(msgspec.msgpack.decode(opened, type=SignedOutcome), self._history.signing_keys)
            parties = (claim.item_id, claim.provider, claim.provider_epoch)
            if parties != (row.item_id, receipt.provider, receipt.provider_epoch):
                raise Tampered("outcome-false", f"signed by {claim.provider} for another item or party")
            leaf = self._leaf(row, row.outcome_index)
            self._demand(row, leaf.kind is LeafKind.OUTCOME and leaf.epoch == row.epoch, "leaf of the outcome")
            self._demand(row, state_of(claim.kind) == row.state, f"state {row.state}, outcome {claim.kind}")
            self._demand(row, bool(hop) is (claim.kind is Outcome.NO_SUCH_PERSON), "proof of both hops")
            self._check_chain(row, row.outcome_index)
            return claim
        return None


def state_of(kind: Outcome) -> str:
    """The state of an item whose newest outcome is of this kind."""
    return kind.value if kind.interim else "final"


def checked_receipt(signed: SignedReceipt, history: History) -> Receipt:
    """The receipt, if one of the keeper's registered keys signed it; Tampered otherwise."""
    keys = history.keeper_keys()
    for key in keys[:-1]:
        try:
            return check_receipt(signed, key)
        except Fault:
            continue
    if not keys:
        raise Tampered("receipt-false", "no registry holds, so the keeper's key is not known")
    return check_receipt(signed, keys[-1])


def is_own(connection: sqlite3.Connection, txid: bytes) -> bool:
    """Whether the keeper's transaction is a person's request for their own data, by the leaf of its item."""
    row = connection.execute("SELECT leaf.data FROM item JOIN leaf ON leaf.idx = item.leaf_index WHERE item.txid = ? LIMIT 1", (txid,)).fetchone()
    return row is not None and decode_leaf(row[0]).kind is LeafKind.SELF


def walk_transactions(connection: sqlite3.Connection, findings: Findings, looks: dict[bytes, int]) -> None:
    """Each transaction has its rows from place 0, or it is a look; `looks` are the looks among the leaves: item id → time."""
    seen = 0
    for txid, nonce, at_ms in findings.rows_of(connection, "transactions", "keeper.tx", "txid, nonce, at_ms"):
        with findings.watch("item-differs", "keeper.tx", txid):
            places = [place for (place,) in connection.execute("SELECT place FROM item WHERE txid = ? ORDER BY place", (txid,))]
            if places:
                findings.demand(places == list(range(len(places))), "item-differs", "keeper.tx", txid, "a row of the message is missing")
                # Only of a person's own request, as of a look, is the nonce the txid itself: each needs a fresh signature of the card.
                findings.demand(len(nonce) == 32 and (nonce == txid) is is_own(connection, txid), "item-differs", "keeper.tx", txid, "nonce")
                continue
            look = looks.get(item_id_of(txid, 0))
            seen += look is not None
            findings.demand(look == at_ms and nonce == txid, "item-differs", "keeper.tx", txid, "no item and no look of that time")
    findings.demand(seen == len(looks), "leaf-unclaimed", "keeper.leaf", "", f"{len(looks) - seen} looks without a transaction")


def walk_records(connection: sqlite3.Connection, findings: Findings) -> dict[bytes, int]:
    """Each leaf of a record belongs to an item that names it, or is a look; returns the looks: item id → time."""
    looks: dict[bytes, int] = {}
    notes = {index for (index,) in connection.execute("SELECT note_idx FROM withheld_note")} if has_notes(connection) else set[int]()
    late = {index for (index,) in connection.execute("SELECT late_index FROM second_chain WHERE late_index >= 0")}
    changes = {index for (index,) in connection.execute("SELECT idx FROM change")} if _has_changes(connection) else set[int]()
    columns = "leaf.idx, leaf.data, leaf.item_id, item.leaf_index, item.outcome_index, item.late_index"
    for values in findings.rows_of(connection, "records", "keeper.leaf", columns, "LEFT JOIN item ON item.item_id = leaf.item_id ORDER BY leaf.idx"):
        with findings.watch("leaf-changed", "keeper.leaf", values[0]):
            _check_record(findings, looks, late, notes | changes, *values)
    return looks


def _has_changes(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'change'").fetchone() is not None


def _check_record(
    findings: Findings, looks: dict[bytes, int], late: set[int], notes: set[int], index: int, data: bytes, item_id: bytes, *named: Any
) -> None:
    leaf_index, outcome_index, late_index = named
    leaf = decode_leaf(data)
    if leaf.kind is LeafKind.LOOK:
        looks[item_id] = leaf.at_ms
        return
    claimed = {
        LeafKind.INTENT: leaf_index == index,
        LeafKind.REFUSAL: leaf_index == index,
        LeafKind.SELF: leaf_index == index,
        # An earlier outcome that did not end the item stands before the one that the item names.
        LeafKind.OUTCOME: leaf_index is not None and leaf_index < index <= outcome_index,
        LeafKind.LATE_ENTRY: late_index == index or index in late,
        LeafKind.WITHHELD: index in notes,
        # Which of the two it is, their own walks see.
        LeafKind.CHANGE: index in notes,
    }
    findings.demand(claimed.get(leaf.kind, item_id == b""), "leaf-unclaimed", "keeper.leaf", index, f"no item names this {leaf.kind.name}")
