"""The inquirer's rows: what it subscribed to, and where each subscription stands.

`asking` and `ending` wait to be taken by the provider, `on` runs, `changed` was told once and is over, `ended` and `refused` are over.
"""

import sqlite3
from typing import Final, Literal

import msgspec

from enishi.errors import Conflict, Fault, Unknown
from enishi.protocol.event import Event
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.rows import row_paths
from enishi.protocol.statement import Inquiry
from enishi.protocol.wire import FaultForm
from enishi.seal.dsse import Envelope
from enishi.terms import ItemId

State = Literal["asking", "on", "ending", "ended", "changed", "refused"]
OPEN: Final = ("asking", "ending")
TAKEN: Final[dict[str, State]] = {"asking": "on", "ending": "ended"}
"""What a waiting state becomes once the provider has taken the note."""
_COLUMNS: Final = "item_id, system, until_ms, state, message, fault, changed_ms"


class Subscription(msgspec.Struct, frozen=True):
    """One subscription; `message` is the note that waits, byte for byte."""

    item_id: ItemId
    system: str
    until_ms: int
    state: State
    message: bytes
    fault: bytes
    changed_ms: int


def proof_of(connection: sqlite3.Connection, item_id: bytes, system: str, note: Envelope) -> Event:
    """The event of a note about an item that this system asked and that has ended; Unknown("item-id-unknown"), Conflict("subscription-too-early")."""
    row = connection.execute(
        "SELECT a.message, i.place, i.receipt, a.system, (SELECT MAX(rank) FROM asked_outcome o WHERE o.item_id = i.item_id) FROM asked_item i"
        " JOIN asked a ON a.txid = i.txid WHERE i.item_id = ?",
        (item_id,),
    ).fetchone()
    if row is None or row[3] != system:
        raise Unknown("item-id-unknown", field="item_id")
    if not row[2] or row[4] != 2:
        raise Conflict("subscription-too-early", field="item_id")
    inquiry, place = msgspec.msgpack.decode(row[0], type=Inquiry), row[1]
    return Event(
        note=note,
        statement=inquiry.statement,
        place=place,
        row=inquiry.rows[place].shown(),
        path=row_paths(inquiry.rows)[place],
        receipt=msgspec.msgpack.decode(row[2], type=SignedReceipt),
    )


def put(connection: sqlite3.Connection, one: Subscription, at_ms: int) -> Subscription:
    """Keep a subscription, or return the one there is: an item is subscribed to once."""
    connection.execute(
        f"INSERT INTO subscription ({_COLUMNS}, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", (*msgspec.structs.astuple(one), at_ms)
    )
    return find(connection, one.item_id)


def end(connection: sqlite3.Connection, item_id: bytes, message: bytes) -> Subscription:
    """Let a subscription wait to be ended; nothing for one that is over."""
    ending = "UPDATE subscription SET state = 'ending', message = ? WHERE item_id = ? AND state IN ('asking', 'on')"
    connection.execute(ending, (message, item_id))
    return find(connection, item_id)


def taken(connection: sqlite3.Connection, item_id: bytes, was: State) -> None:
    """The provider has taken the note; what has moved on meanwhile stays where it is."""
    connection.execute("UPDATE subscription SET state = ?, message = x'' WHERE item_id = ? AND state = ?", (TAKEN[was], item_id, was))


def refused(connection: sqlite3.Connection, item_id: bytes, was: State, fault: Fault) -> None:
    """The note was refused for good."""
    form = msgspec.json.encode(FaultForm.of(fault))
    connection.execute("UPDATE subscription SET state = 'refused', fault = ?, message = x'' WHERE item_id = ? AND state = ?", (form, item_id, was))


def changed(connection: sqlite3.Connection, item_id: bytes, told: bytes, at_ms: int) -> None:
    """The provider says that something changed; `told` is the keeper's receipt of that (msgpack). The same again changes nothing.

    Unknown("subscription-unknown") where nobody here subscribed.
    """
    find(connection, item_id)
    put = "UPDATE subscription SET state = 'changed', changed_ms = ?, told = ?, message = x'' WHERE item_id = ? AND state IN ('asking', 'on')"
    connection.execute(put, (at_ms, told, item_id))


def find(connection: sqlite3.Connection, item_id: bytes) -> Subscription:
    """A subscription by its item; Unknown("subscription-unknown")."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM subscription WHERE item_id = ?", (item_id,)).fetchone()
    if row is None:
        raise Unknown("subscription-unknown", field="item_id")
    return Subscription(*row)


def waiting(connection: sqlite3.Connection, limit: int) -> list[Subscription]:
    """What the provider has not taken yet, the oldest first."""
    query = f"SELECT {_COLUMNS} FROM subscription WHERE state IN ('asking', 'ending') ORDER BY at_ms, item_id LIMIT ?"
    return [Subscription(*row) for row in connection.execute(query, (limit,))]


def any_waiting(connection: sqlite3.Connection) -> bool:
    """Whether there is anything that the provider has not taken yet."""
    return connection.execute("SELECT 1 FROM subscription WHERE state IN ('asking', 'ending') LIMIT 1").fetchone() is not None


def listed(connection: sqlite3.Connection, system: str, limit: int) -> list[Subscription]:
    """What a system subscribed to: what changed first, then the newest."""
    query = f"SELECT {_COLUMNS} FROM subscription WHERE system = ? ORDER BY state <> 'changed', at_ms DESC, item_id LIMIT ?"
    return [Subscription(*row) for row in connection.execute(query, (system, limit))]
