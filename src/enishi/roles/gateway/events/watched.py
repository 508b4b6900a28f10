"""The provider's rows: which of its answers somebody subscribed to. `on` runs, `telling` is the outbox, `told`, `ended` and `refused` are over."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from enishi.protocol.event import Event, EventNote
from enishi.protocol.wire import Notice
from enishi.roles.gateway import people
from enishi.roles.gateway.answering.rules import Rules
from enishi.roles.gateway.answers import Asked, Reason, reason_of, wanted_of
from enishi.roles.gateway.copies import Copy, copy_or_absence
from enishi.roles.gateway.notices import read_notice
from enishi.seal.dsse import Envelope
from enishi.terms import Absence, ItemId

PAGE: Final = 200
Settled = Literal["told", "refused"]


class Watched(msgspec.Struct, frozen=True):
    """An answered item that somebody subscribed to: its notice, about whom, until when, and when its last outcome was given."""

    item_id: ItemId
    notice: Notice
    addressee_number: str
    until_ms: int
    answered_ms: int

    def event(self, note: Envelope) -> Event:
        """The event of a note about it."""
        shown = self.notice
        return Event(note=note, statement=shown.statement, place=shown.place, row=shown.row, path=shown.path, receipt=shown.receipt)


def take(connection: sqlite3.Connection, note: EventNote, at_ms: int) -> None:
    """Keep a subscription, or end one. What is over stays over: an old note sent again wakes nothing."""
    if note.kind == "subscribe":
        put = "INSERT INTO watched (item_id, until_ms, state, at_ms) VALUES (?, ?, 'on', ?) ON CONFLICT DO NOTHING"
        connection.execute(put, (note.item_id, note.ends_ms, at_ms))
        return
    put = (
        "INSERT INTO watched (item_id, until_ms, state, at_ms) VALUES (?, 0, 'ended', ?)"
        " ON CONFLICT DO UPDATE SET state = 'ended', message = x'' WHERE state IN ('on', 'telling')"
    )
    connection.execute(put, (note.item_id, at_ms))


def any_running(connection: sqlite3.Connection) -> bool:
    """Whether any subscription runs or has a note that nobody has taken yet."""
    # Two questions, because there is an index for either state and none for both.
    query = "SELECT EXISTS (SELECT 1 FROM watched WHERE state = 'on') OR EXISTS (SELECT 1 FROM watched WHERE state = 'telling')"
    return bool(connection.execute(query).fetchone()[0])


def past(connection: sqlite3.Connection, at_ms: int) -> list[bytes]:
    """Running subscriptions whose date has come."""
    query = "SELECT item_id FROM watched WHERE state IN ('on', 'telling') AND until_ms <= ? LIMIT ?"
    return [item_id for (item_id,) in connection.execute(query, (at_ms, PAGE))]


def close(connection: sqlite3.Connection, item_ids: Iterable[bytes]) -> None:
    """End subscriptions; nothing for those that are over."""
    ended = "UPDATE watched SET state = 'ended', message = x'' WHERE item_id = ? AND state IN ('on', 'telling')"
    connection.executemany(ended, [(item_id,) for item_id in item_ids])


def page(connection: sqlite3.Connection, after: bytes) -> list[Watched]:
    """Running subscriptions by item id, behind the given one."""
    rows = connection.execute(
        "SELECT w.item_id, a.notice, a.addressee_number, w.until_ms, (SELECT MAX(g.at_ms) FROM given g WHERE g.item_id = w.item_id)"
        " FROM watched w JOIN answered a ON a.item_id = w.item_id WHERE w.state = 'on' AND w.item_id > ? ORDER BY w.item_id LIMIT ?",
        (after, PAGE),
    )
    return [Watched(ItemId(row[0]), msgspec.msgpack.decode(row[1], type=Notice), *row[2:]) for row in rows]


def has_changed(connection: sqlite3.Connection, watched: Watched, rules: Rules, at_ms: int) -> Literal["changed", "same", "kept-back"]:
    """Whether the held copies of what was asked differ from those that answered; kept back while an official would have to see an inquiry."""
    asked = read_notice(watched.notice).asked
    held = people.by_number(connection, watched.addressee_number, wanted_of(asked))
    if held is None or not _differ(connection, watched, asked):
        return "same"
    # A notice about a protected person would tell that there is something new where they live, and a dispute is not settled by telling of it.
    return "kept-back" if reason_of(held, asked, rules, at_ms) not in (None, Reason.ITEM) else "changed"


def changed_among(connection: sqlite3.Connection, batch: Sequence[Watched], rules: Rules, at_ms: int) -> list[Watched]:
    """Those of which a notice of change may go out."""
    return [one for one in batch if has_changed(connection, one, rules, at_ms) == "changed"]


def tell(connection: sqlite3.Connection, notes: Iterable[tuple[bytes, bytes]]) -> None:
    """Put notes (item id, message) into the outbox, each in place of its running subscription."""
    told = "UPDATE watched SET state = 'telling', message = ? WHERE item_id = ? AND state = 'on'"
    connection.executemany(told, [(message, item_id) for item_id, message in notes])


def outbox(connection: sqlite3.Connection) -> list[tuple[bytes, bytes]]:
    """Notes that nobody has taken yet: item id and message."""
    return connection.execute("SELECT item_id, message FROM watched WHERE state = 'telling' ORDER BY at_ms, item_id LIMIT ?", (PAGE,)).fetchall()


def settle(connection: sqlite3.Connection, item_id: bytes, state: Settled) -> None:
    """A note was taken, or refused for good."""
    connection.execute("UPDATE watched SET state = ?, message = x'' WHERE item_id = ? AND state = 'telling'", (state, item_id))


def _differ(connection: sqlite3.Connection, watched: Watched, asked: Asked) -> bool:
    number = watched.addressee_number
    pairs = wanted_of(asked)
    now = [_document(copy_or_absence(connection, number, item, period)) for item, period in pairs]
    return now != [_document(copy_or_absence(connection, number, item, period, watched.answered_ms)) for item, period in pairs]


def _document(found: Copy | Absence) -> bytes:
    return found.document if isinstance(found, Copy) else b""
