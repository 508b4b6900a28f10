"""Use case: hand in the institution's record of Art. 23 to the commission: item ids, receipts and signed outcomes, and no person."""

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from enishi.protocol.forms import END_MS, Moment
from enishi.protocol.handed import Handed, Part
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.protocol.statement import WINDOW_MS
from enishi.protocol.wire import Notice, NoticeReply
from enishi.terms import ItemId

_ASKED: Final = (
    "SELECT i.item_id, a.at_ms, i.receipt FROM asked_item i JOIN asked a ON a.txid = i.txid"
    " WHERE a.at_ms >= ? AND a.at_ms < ? AND a.state NOT IN ('failed', 'renewed') ORDER BY a.at_ms"
)
_ANSWERED: Final = "SELECT item_id, notice FROM answered WHERE at_ms >= ? ORDER BY at_ms"


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when until when, in milliseconds UTC, half-open."""

    from_ms: Moment = 0
    until_ms: Moment = END_MS - 1

    def holds(self, at_ms: int) -> bool:
        """Whether a time lies in the period."""
        return self.from_ms <= at_ms < self.until_ms


def handed_in(connection: sqlite3.Connection, institution: str, period: Period) -> Iterator[Handed]:
    """What the institution asked, then what it answered.

    Every party goes by the time in the keeper's receipt, so all hand in the same items; an inquirer without one goes by its own.
    """
    for item_id, at_ms, receipt in connection.execute(_ASKED, (period.from_ms - WINDOW_MS, period.until_ms + WINDOW_MS)):
        signed = msgspec.msgpack.decode(receipt, type=SignedReceipt) if receipt else None
        line = _line(institution, "inquirer", item_id, _time_of(signed) if signed else at_ms, signed, _told(connection, item_id))
        if period.holds(line.at_ms):
            yield line
    for item_id, notice in connection.execute(_ANSWERED, (period.from_ms - WINDOW_MS,)):
        signed = msgspec.msgpack.decode(notice, type=Notice).receipt
        if period.holds(_time_of(signed)):
            yield _line(institution, "provider", item_id, _time_of(signed), signed, _given(connection, item_id))


def _time_of(signed: SignedReceipt) -> int:
    return msgspec.json.decode(signed.receipt, type=Receipt).at_ms


def _line(by: str, part: Part, item_id: bytes, at_ms: int, receipt: SignedReceipt | None, outcomes: list[SignedOutcome]) -> Handed:
    return Handed(by=by, part=part, item_id=ItemId(item_id), at_ms=at_ms, receipt=receipt, outcomes=tuple(outcomes))


def _told(connection: sqlite3.Connection, item_id: bytes) -> list[SignedOutcome]:
    rows = connection.execute("SELECT outcome FROM asked_outcome WHERE item_id = ? ORDER BY rank", (item_id,))
    return [msgspec.msgpack.decode(outcome, type=SignedOutcome) for (outcome,) in rows]


def _given(connection: sqlite3.Connection, item_id: bytes) -> list[SignedOutcome]:
    rows = connection.execute("SELECT reply FROM given WHERE item_id = ? ORDER BY place", (item_id,))
    return [msgspec.msgpack.decode(reply, type=NoticeReply).outcome for (reply,) in rows]
