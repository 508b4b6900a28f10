"""Use case: hand in the keeper's record to the commission: item ids, receipts and the newest signed outcome of each, and no tag."""

import sqlite3
from collections.abc import Iterator

import msgspec

from enishi.protocol.handed import Handed
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import KEEPER, SignedReceipt
from enishi.roles.keeper.rest import Rest
from enishi.terms import ItemId

_ITEMS = (
    "SELECT item.item_id, tx.at_ms, rest_receipt, rest_outcome FROM item JOIN tx ON tx.txid = item.txid"
    " WHERE tx.at_ms >= ? AND tx.at_ms < ? AND tx.nonce <> tx.txid ORDER BY leaf_index"
)
"""Items of institutions: a person's own request (of which the nonce is the txid) has no inquirer whose record could be compared."""


def handed_in(connection: sqlite3.Connection, rest: Rest, from_ms: int, until_ms: int) -> Iterator[Handed]:
    """Every item recorded in the period (milliseconds UTC, half-open), in the order of the log; Tampered("rest-broken")."""
    for item_id, at_ms, receipt, outcome in connection.execute(_ITEMS, (from_ms, until_ms)):
        opened = rest.open("outcome", item_id, outcome)
        yield Handed(
            by=KEEPER,
            part="keeper",
            item_id=ItemId(item_id),
            at_ms=at_ms,
            receipt=msgspec.msgpack.decode(rest.open("receipt", item_id, receipt), type=SignedReceipt),
            outcomes=(msgspec.msgpack.decode(opened, type=SignedOutcome),) if opened else (),
        )
