"""The holder's record of people's requests for their own data: each once, and every outcome given to it, byte for byte."""

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from enishi.errors import Unknown
from enishi.protocol.letters import LETTER
from enishi.protocol.outcome import check_transition
from enishi.protocol.self_disclosure import SelfNotice, SelfStatement
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway import returned
from enishi.roles.gateway.answers import Addressed, Finding
from enishi.roles.gateway.reminding import Crossed
from enishi.roles.gateway.returned import FAULT, Told, Unrecorded
from enishi.roles.gateway.self_disclosure.finding import Decided
from enishi.terms import ItemId, Outcome

UNRECORDED: Final = -1
WITH_NOTICE: Final = -2
"""recorded_index of an outcome that went out in the reply to its notice: the exchange brings it to the log."""
_NO_LETTER: Final = f"a.items <> '{LETTER}'"
"""Letters wait at a desk of their own."""
_NEWEST: Final = "NOT EXISTS (SELECT 1 FROM self_given n WHERE n.item_id = g.item_id AND n.place > g.place)"


class Entry(msgspec.Struct, frozen=True):
    """A request as it is about to be recorded with its first outcome."""

    notice: SelfNotice
    said: SelfStatement
    addressed: Addressed
    addressee_number: str
    finding: Finding
    reply: NoticeReply
    at_ms: int


class Waiting(msgspec.Struct, frozen=True):
    """A request that waits for an official."""

    item_id: ItemId
    addressee_number: str
    items: tuple[str, ...]
    period: str
    reason: str
    asked_at_ms: int
    deadline_ms: int
    returned: str
    """For what fault the log returned the last decision; empty where it returned none."""
    mandate: bytes
    """By which a representative asks; empty where the person does."""
    represents: str


class Represented(msgspec.Struct, frozen=True):
    """A request of a representative, with its newest outcome."""

    item_id: ItemId
    addressee_number: str
    items: tuple[str, ...]
    period: str
    asked_at_ms: int
    mandate: bytes
    represents: str
    outcome: str


def record(connection: sqlite3.Connection, entry: Entry) -> NoticeReply:
    """Record a request with its outcome, and return the outcome that stands: an earlier one if it was recorded before."""
    added = connection.execute(
        "INSERT INTO self_asked (item_id, notice, addressee_number, items, period, at_ms, mandate, represents) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (
            entry.addressed.item_id,
            msgspec.msgpack.encode(entry.notice),
            entry.addressee_number,
            items_text(entry.said.items),
            entry.said.period,
            entry.at_ms,
            entry.said.mandate or b"",
            entry.said.represents or "",
        ),
    )
    if added.rowcount:
        _give(connection, entry.addressed.item_id, 0, entry.finding, entry.reply, "", entry.at_ms, WITH_NOTICE)
    return last_given(connection, entry.addressed.item_id)


def decide(connection: sqlite3.Connection, item_id: ItemId, finding: Finding, reply: NoticeReply, officer: str, at_ms: int) -> None:
    """Record an official's decision as the next outcome; Conflict("outcome-final") if another was first."""
    place, kind = connection.execute("SELECT place, kind FROM self_given WHERE item_id = ? ORDER BY place DESC LIMIT 1", (item_id,)).fetchone()
    check_transition(Outcome(kind), finding.kind)
    _give(connection, item_id, place + 1, finding, reply, officer, at_ms, UNRECORDED)


def last_given(connection: sqlite3.Connection, item_id: ItemId) -> NoticeReply:
    """The newest outcome of a request; Unknown("item-id-unknown")."""
    row = connection.execute("SELECT reply FROM self_given WHERE item_id = ? ORDER BY place DESC LIMIT 1", (item_id,)).fetchone()
    if row is None:
        raise Unknown("item-id-unknown", field="item_id")
    return msgspec.msgpack.decode(row[0], type=NoticeReply)


def given_before(connection: sqlite3.Connection, item_id: ItemId) -> NoticeReply | None:
    """The outcome that stands, None for a request that is new."""
    row = connection.execute("SELECT 1 FROM self_given WHERE item_id = ? LIMIT 1", (item_id,)).fetchone()
    return last_given(connection, item_id) if row else None


def notice_of(connection: sqlite3.Connection, item_id: ItemId) -> tuple[SelfNotice, str]:
    """The notice of a request and the addressee number it is about; Unknown("item-id-unknown")."""
    row = connection.execute("SELECT notice, addressee_number FROM self_asked WHERE item_id = ?", (item_id,)).fetchone()
    if row is None:
        raise Unknown("item-id-unknown", field="item_id")
    return msgspec.msgpack.decode(row[0], type=SelfNotice), row[1]


def decided_for(connection: sqlite3.Connection, number: str, items: Sequence[str], period: str) -> Decided | None:
    """The newest decision of an official on the same person's own request about the same items and period."""
    return _decided(connection, "a.addressee_number = ? AND a.mandate = x''", number, items, period)


def decided_by(connection: sqlite3.Connection, mandate: bytes, items: Sequence[str], period: str) -> Decided | None:
    """The same of a representative's, by the mandate: what is decided for the person is not decided for them, and somebody unknown has no number."""
    return _decided(connection, "a.mandate = ? AND a.mandate <> x''", mandate, items, period)


def _decided(connection: sqlite3.Connection, whose: str, who: str | bytes, items: Sequence[str], period: str) -> Decided | None:
    row = connection.execute(
        "SELECT g.kind, g.citation, g.at_ms FROM self_given g JOIN self_asked a ON a.item_id = g.item_id"
        f" WHERE {whose} AND a.items = ? AND a.period = ? AND g.officer <> '' ORDER BY g.at_ms DESC LIMIT 1",
        (who, items_text(items), period),
    ).fetchone()
    return None if row is None else Decided(row[0] != Outcome.REFUSED_WITH_CITATION.value, row[1], row[2])


def waiting(connection: sqlite3.Connection, limit: int) -> list[Waiting]:
    """Requests whose newest outcome is held, the most urgent first."""
    rows = connection.execute(
        f"SELECT a.item_id, a.addressee_number, a.items, a.period, g.reason, a.at_ms, g.deadline_ms, {FAULT}, a.mandate, a.represents"
        f" FROM self_given g JOIN self_asked a ON a.item_id = g.item_id WHERE g.kind = 'held' AND {_NO_LETTER} AND {_NEWEST}"
        " ORDER BY g.deadline_ms, a.item_id LIMIT ?",
        (limit,),
    )
    return [Waiting(ItemId(row[0]), row[1], tuple(row[2].split()), *row[3:]) for row in rows]


def represented(connection: sqlite3.Connection, limit: int) -> list[Represented]:
    """What representatives asked here, the newest first, however it ended."""
    rows = connection.execute(
        "SELECT a.item_id, a.addressee_number, a.items, a.period, a.at_ms, a.mandate, a.represents, g.kind FROM self_asked a"
        f" JOIN self_given g ON g.item_id = a.item_id WHERE a.mandate <> x'' AND {_NEWEST} ORDER BY a.at_ms DESC, a.item_id LIMIT ?",
        (limit,),
    )
    return [Represented(ItemId(row[0]), row[1], tuple(row[2].split()), *row[3:]) for row in rows]


def crossed(connection: sqlite3.Connection, since_ms: int, at_ms: int, reminder_ms: int) -> Crossed:
    """Held requests whose reminder, and whose deadline, came in (since_ms, at_ms]."""
    return Crossed(_due(connection, since_ms + reminder_ms, at_ms + reminder_ms), _due(connection, since_ms, at_ms))


def _due(connection: sqlite3.Connection, since_ms: int, until_ms: int) -> int:
    query = (
        f"SELECT COUNT(*) FROM self_given g JOIN self_asked a ON a.item_id = g.item_id WHERE g.kind = 'held' AND {_NO_LETTER} AND {_NEWEST}"
        " AND g.deadline_ms > ? AND g.deadline_ms <= ?"
    )
    return int(connection.execute(query, (since_ms, until_ms)).fetchone()[0])


def waits(connection: sqlite3.Connection, item_id: ItemId) -> bool:
    """Whether the newest outcome of a request is that it waits for an official."""
    row = connection.execute("SELECT kind FROM self_given WHERE item_id = ? ORDER BY place DESC LIMIT 1", (item_id,)).fetchone()
    return row is not None and row[0] == Outcome.HELD.value


def unrecorded(connection: sqlite3.Connection, limit: int) -> list[Unrecorded]:
    """Decided outcomes that the log has not confirmed yet."""
    return returned.unrecorded(connection, "self_given", limit)


def confirm(connection: sqlite3.Connection, told: Sequence[Told], at_ms: int) -> None:
    """Keep what the log said of decided outcomes; one that it returned waits for an official again, and stands for no later request."""
    returned.keep(connection, "self_given", told, at_ms)


def items_text(items: Sequence[str]) -> str:
    """Slugs as they are kept, in one order, so that the same question is found again."""
    return " ".join(sorted(set(items)))


def _give(
    connection: sqlite3.Connection, item_id: ItemId, place: int, finding: Finding, reply: NoticeReply, officer: str, at_ms: int, index: int
) -> None:
    connection.execute(
        "INSERT INTO self_given (item_id, place, kind, reply, deadline_ms, reason, officer, citation, at_ms, recorded_index)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            item_id,
            place,
            finding.kind.value,
            msgspec.msgpack.encode(reply),
            finding.deadline_ms,
            finding.reason or "",
            officer,
            finding.citation,
            at_ms,
            index,
        ),
    )
