"""The statement that an inquirer signs, and the message that carries it (3-protocol, "Convert A→B", step 1)."""

import re
from functools import lru_cache
from typing import Annotated, Final

import msgspec

from enishi.encoding import digest, u64
from enishi.errors import Malformed
from enishi.protocol.forms import End, Epoch, Moment, demand, demand_length, payload_type, read_canonical
from enishi.protocol.rows import MAX_ROWS, Row, check_rows
from enishi.seal.dsse import Envelope
from enishi.seal.hpke import check_public
from enishi.terms import InstitutionId, ItemId, Kind, Txid

THING = "statement"
WINDOW_MS = 5 * 60 * 1000
"""Half width of the time window in which a new statement is admitted."""
_PURPOSE_ITEM: Final = re.compile(r"(\d{1,3}項)?\d{1,3}(-\d{1,3})*|", re.ASCII)
READ: Final = 256
"""Statements that are kept as they were read: each comes back at the next step of its message, which carries the same signed bytes."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class AffairRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An affair by the revision of law and the row in which it stands, for example `506M60004008009@2024-05-27`, `108`."""

    source: Name
    row: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class Nondisclosure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lawful mark under Art. 23(2): not shown to the person before `until` (milliseconds, UTC)."""

    ground: Name
    until_ms: End


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one institution asks another, about how many persons, for which affair; signed as the bytes it was written in."""

    v: int
    kind: Kind
    nonce: bytes
    inquirer: InstitutionId
    provider: InstitutionId
    inquirer_epoch: Epoch
    provider_epoch: Epoch
    audit_epoch: Epoch
    registry: bytes
    law: bytes
    at_ms: Moment
    affair: AffairRef
    purpose_item: Annotated[str, msgspec.Meta(max_length=20)]
    items: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=50)]
    reply_key: bytes
    officer: bytes
    nondisclosure: Nondisclosure | None
    count: int
    rows: bytes


class Inquiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message: the signed statement, its rows, and π (64 bytes), which proves the rows well formed."""

    statement: Envelope
    rows: tuple[Row, ...]
    pi: bytes


@lru_cache(maxsize=READ)
def txid_of(payload: bytes) -> Txid:
    """32-byte transaction id of the signed bytes of a statement."""
    return Txid(digest("txid", payload))


def item_id_of(txid: Txid, i: int) -> ItemId:
    """32-byte id of row i of a transaction, used in leaf, receipt and outcome."""
    return ItemId(digest("item", txid, u64(i)))


def commit(use: str, salt: bytes, text: str) -> bytes:
    """Salted commitment (32 bytes) to a case reference (`case`) or an officer (`officer`); the salt has 32 bytes and stays with the inquirer."""
    return digest(f"commit-{use}", salt, text.encode())


def signer_keyid(institution: str, epoch: int) -> str:
    """DSSE keyid of an institution's signing key in a key epoch."""
    return f"{institution}/{epoch}"


@lru_cache(maxsize=READ)
def read_statement(payload: bytes) -> Statement:
    """Decode and check the shape of a statement; Malformed otherwise."""
    statement = read_canonical(payload, Statement, THING)
    demand(statement.v == 1, "version-unknown", f"version {statement.v}", "v")
    demand(statement.kind == Kind.INQUIRY, "kind-wrong", statement.kind, "kind")
    demand(statement.inquirer != statement.provider, "parties-equal", statement.inquirer, "provider")
    for field, length in (("nonce", 16), ("registry", 32), ("law", 32), ("officer", 32), ("rows", 32)):
        demand_length(getattr(statement, field), length, field)
    demand(0 < statement.count <= MAX_ROWS, "rows-count", f"{statement.count} rows", "count")
    # A key that nothing can be sealed to would leave the item waiting for ever: no provider could answer.
    check_public(statement.reply_key)
    check_purpose_item(statement.purpose_item)
    return statement


def check_purpose_item(text: str) -> None:
    """Malformed("purpose-item-wrong") unless the text names a 号 as the law data do (`3`, `3-2` for 三の二, `2項3`) or is empty."""
    demand(_PURPOSE_ITEM.fullmatch(text), "purpose-item-wrong", text, "purpose_item")


def read_inquiry(inquiry: Inquiry) -> tuple[Txid, Statement]:
    """Read a message whose signature is still to be checked: shape, and rows against the signed root."""
    if inquiry.statement.payloadType != payload_type(THING):
        raise Malformed("payload-type-wrong", inquiry.statement.payloadType, "payloadType")
    statement = read_statement(inquiry.statement.payload)
    check_rows(inquiry.rows, statement.count, statement.rows)
    return txid_of(inquiry.statement.payload), statement


def check_window(at_ms: int, now_ms: int) -> None:
    """Malformed("outside-time-window") unless a signed time lies within ±5 minutes of the operator's clock."""
    demand(abs(now_ms - at_ms) <= WINDOW_MS, "outside-time-window", f"{(now_ms - at_ms) // 1000} s apart", "at_ms")
