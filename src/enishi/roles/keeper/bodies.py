"""Record bodies: written once, committed to under a random salt, and sealed so that only the exchange's disclosure key opens them."""

from secrets import token_bytes

import msgspec

from enishi.protocol.record import Opened, RecordBody, disclosure_info, write_body
from enishi.protocol.rows import Row
from enishi.protocol.statement import Statement
from enishi.protocol.verdict import Verdict
from enishi.seal.many import Sender
from enishi.seal.pad import pad
from enishi.terms import ItemId, Txid
from enishi.tlog.leaf import commitment


class SealedBody(msgspec.Struct, frozen=True):
    """The commitment that goes into a leaf, and the body sealed to the disclosure key."""

    commitment: bytes
    sealed: bytes


def seal_body(body: RecordBody, to: Sender) -> SealedBody:
    """Commit under a fresh salt and seal to the disclosure key, bound to the commitment; padded, so that a permit is as long as a refusal."""
    salt, written = token_bytes(32), write_body(body)
    committed = commitment(salt, written)
    sealed = to.seal(disclosure_info(committed), pad(msgspec.msgpack.encode(Opened(salt, written))))
    return SealedBody(committed, sealed)


def inquiry_body(txid: Txid, item_id: ItemId, statement: Statement, row: Row, verdict: Verdict, affair_name: str, at_ms: int) -> RecordBody:
    """The body of an intent or a refusal."""
    return RecordBody(
        kind="intent" if verdict.permit else "refusal",
        item_id=item_id,
        txid=txid,
        at_ms=at_ms,
        inquirer=statement.inquirer,
        provider=statement.provider,
        affair=statement.affair,
        affair_name=affair_name,
        purpose_item=statement.purpose_item,
        items=statement.items,
        period=row.period,
        relation=row.relation,
        basis=verdict.basis,
        grounds=verdict.grounds,
        marks=verdict.marks,
    )
