"""The inquirer's record of Art. 23: every message before it is sent, every receipt and outcome before it is shown."""

import sqlite3
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from enishi.errors import Fault, Unknown
from enishi.protocol.statement import Inquiry, Statement, read_statement
from enishi.protocol.wire import FaultForm
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.message import Message
from enishi.roles.gateway.question import Question, Subject
from enishi.roles.gateway.received import Received, Sent
from enishi.seal.hpke import SealingKey
from enishi.terms import InstitutionId, ItemId, Outcome, Txid

State = Literal["sending", "waiting", "ended", "failed", "renewed"]
RANKS: Final = {Outcome.CLOSED: 0, Outcome.HELD: 1}
FINAL: Final = 2
"""Rank of an outcome: closed may become held, either may become final, and an item has one outcome of each rank."""


class Stored(msgspec.Struct, frozen=True):
    """A message as it stands in the record."""

    txid: Txid
    message: bytes
    reply_key: bytes
    system: str
    officer: str
    at_ms: int
    state: State
    fault: bytes
    renewed_as: bytes


class StoredItem(msgspec.Struct, frozen=True):
    """One item of a stored message with its newest outcome; empty where nothing came yet."""

    item_id: ItemId
    addressee_number: str
    case_reference: str
    receipt: bytes
    refusal: bytes
    outcome: bytes
    answer: bytes


_STORED = "txid, message, reply_key, system, officer, at_ms, state, fault, renewed_as"


def store(connection: sqlite3.Connection, message: Message, caller: Caller, people: Sequence[Subject]) -> None:
    """Record a message as it is about to be sent."""
    connection.execute(
        "INSERT INTO asked (txid, message, reply_key, officer_salt, system, officer, provider, at_ms, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'sending')",
        (
            message.txid,
            message.wire,
            message.reply_key.to_bytes(),
            message.officer_salt,
            caller.system,
            caller.officer,
            message.statement.provider,
            message.statement.at_ms,
        ),
    )
    connection.executemany(
        "INSERT INTO asked_item (item_id, txid, place, addressee_number, case_reference, case_salt) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (item_id, message.txid, place, subject.person, subject.case, salt)
            for place, (item_id, subject, salt) in enumerate(zip(message.item_ids, people, message.case_salts, strict=True))
        ],
    )


def load(connection: sqlite3.Connection, txid: bytes) -> Stored:
    """The newest message that answers this id: a renewed message leads to the one that took its place; Unknown("inquiry-unknown")."""
    row = connection.execute(f"SELECT {_STORED} FROM asked WHERE txid = ?", (txid,)).fetchone()
    if row is None:
        raise Unknown("inquiry-unknown", field="txid")
    stored = Stored(*row)
    return load(connection, stored.renewed_as) if stored.state == "renewed" else stored


def open_ids(connection: sqlite3.Connection, states: Sequence[State], limit: int) -> list[Txid]:
    """Ids of messages in these states, the oldest first."""
    marks = ", ".join("?" for _ in states)
    rows = connection.execute(f"SELECT txid FROM asked WHERE state IN ({marks}) ORDER BY at_ms LIMIT ?", (*states, limit))
    return [Txid(txid) for (txid,) in rows]


def waiting(connection: sqlite3.Connection, limit: int) -> list[tuple[Txid, int]]:
    """Ids of messages that wait for an outcome, with when they were asked (milliseconds UTC), the oldest first."""
    rows = connection.execute("SELECT txid, at_ms FROM asked WHERE state = 'waiting' ORDER BY at_ms LIMIT ?", (limit,))
    return [(Txid(txid), at_ms) for txid, at_ms in rows]


def sent_of(connection: sqlite3.Connection, txid: Txid) -> Sent:
    """A stored message as its reply is checked against it."""
    stored = load(connection, txid)
    kinds = connection.execute(
        "SELECT o.item_id, o.kind FROM asked_item i JOIN asked_outcome o ON o.item_id = i.item_id WHERE i.txid = ? ORDER BY o.rank", (txid,)
    )
    before = {ItemId(item_id): Outcome(kind) for item_id, kind in kinds}
    return Sent(txid, statement_of(stored), SealingKey.from_bytes(stored.reply_key), before)


def statement_of(stored: Stored) -> Statement:
    """The statement inside a stored message."""
    return read_statement(msgspec.msgpack.decode(stored.message, type=Inquiry).statement.payload)


def caller_of(connection: sqlite3.Connection, txid: Txid, tenant: InstitutionId) -> Caller:
    """The system and officer for which a message was made."""
    stored = load(connection, txid)
    return Caller(tenant, stored.system, stored.officer)


def question_of(connection: sqlite3.Connection, txid: Txid) -> Question:
    """The question that a message was made from."""
    inquiry = msgspec.msgpack.decode(load(connection, txid).message, type=Inquiry)
    statement = read_statement(inquiry.statement.payload)
    people = connection.execute("SELECT addressee_number, case_reference FROM asked_item WHERE txid = ? ORDER BY place", (txid,))
    subjects = tuple(Subject(person, row.relation, row.period, case) for (person, case), row in zip(people, inquiry.rows, strict=True))
    return Question(statement.affair, statement.purpose_item, statement.items, statement.provider, subjects)


def keep(connection: sqlite3.Connection, txid: Txid, items: Sequence[Received], at_ms: int) -> None:
    """Record a checked reply; the same reply again changes nothing, a final outcome is never replaced."""
    for one in items:
        connection.execute(
            "UPDATE asked_item SET receipt = ?, refusal = ? WHERE item_id = ? AND receipt = x''",
            (msgspec.msgpack.encode(one.reply.receipt), one.reply.refusal, one.item_id),
        )
        if one.outcome is not None:
            _keep_outcome(connection, one, one.outcome.kind, one.outcome.deadline_ms, at_ms)
    ended = all(one.final for one in items)
    connection.execute("UPDATE asked SET state = ? WHERE txid = ? AND state IN ('sending', 'waiting')", ("ended" if ended else "waiting", txid))


def items_of(connection: sqlite3.Connection, txid: Txid) -> list[StoredItem]:
    """The items of a message, each with its newest outcome."""
    rows = connection.execute(
        "SELECT i.item_id, i.addressee_number, i.case_reference, i.receipt, i.refusal, o.outcome, o.answer FROM asked_item i"
        " LEFT JOIN asked_outcome o ON o.item_id = i.item_id AND o.rank = (SELECT MAX(rank) FROM asked_outcome WHERE item_id = i.item_id)"
        " WHERE i.txid = ? ORDER BY i.place",
        (txid,),
    )
    return [StoredItem(ItemId(row[0]), row[1], row[2], row[3], row[4], row[5] or b"", row[6] or b"") for row in rows]


def fail(connection: sqlite3.Connection, txid: Txid, fault: Fault) -> None:
    """End a message that was refused before anything was recorded."""
    form = msgspec.json.encode(FaultForm.of(fault))
    connection.execute("UPDATE asked SET state = 'failed', fault = ? WHERE txid = ? AND state = 'sending'", (form, txid))


def renew(connection: sqlite3.Connection, old: Txid, new: Txid) -> bool:
    """Let a new message take the place of one that no log ever took; False where another has done so, or the old one is not open any more."""
    return connection.execute("UPDATE asked SET state = 'renewed', renewed_as = ? WHERE txid = ? AND state = 'sending'", (new, old)).rowcount == 1


def _keep_outcome(connection: sqlite3.Connection, one: Received, kind: Outcome, deadline_ms: int, at_ms: int) -> None:
    connection.execute(
        "INSERT INTO asked_outcome (item_id, rank, kind, outcome, outcome_index, sealed, answer, deadline_ms, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            one.item_id,
            RANKS.get(kind, FINAL),
            kind.value,
            msgspec.msgpack.encode(one.reply.outcome),
            one.reply.outcome_index,
            one.reply.sealed,
            one.answer,
            deadline_ms,
            at_ms,
        ),
    )
