"""What the commission's database holds of the registry: the last snapshot it signed, its notes in force, the draft that waits."""

import sqlite3

import msgspec

from enishi.errors import Unavailable
from enishi.protocol.registry import Snapshot, read_snapshot
from enishi.protocol.suspension import Note, Suspension, effective, in_force
from enishi.seal.dsse import Envelope


def last_signed(connection: sqlite3.Connection) -> Envelope | None:
    """The newest snapshot that the commission signed; None before the first."""
    row = connection.execute("SELECT envelope FROM signed ORDER BY serial DESC LIMIT 1").fetchone()
    return msgspec.msgpack.decode(row[0], type=Envelope) if row else None


def signed_snapshot(connection: sqlite3.Connection) -> Snapshot:
    """The same as a form; Unavailable("no-snapshot") before the first."""
    envelope = last_signed(connection)
    if envelope is None:
        raise Unavailable("no-snapshot")
    return read_snapshot(envelope.payload)


def own_notes(connection: sqlite3.Connection, snapshot: Snapshot) -> dict[bytes, Note]:
    """The commission's own notes that hold under a snapshot, by digest."""
    envelopes = [msgspec.msgpack.decode(row[0], type=Envelope) for row in connection.execute("SELECT envelope FROM suspension")]
    return in_force([Note(msgspec.json.decode(one.payload, type=Suspension), one) for one in envelopes], snapshot)


def standing_now(connection: sqlite3.Connection) -> Snapshot:
    """The last signed snapshot with the commission's own notes on top; Unavailable("no-snapshot") before the first."""
    snapshot = signed_snapshot(connection)
    return effective(snapshot, own_notes(connection, snapshot).values())


def draft_waiting(connection: sqlite3.Connection) -> Envelope | None:
    """The draft that the commission has been offered and has not signed."""
    row = connection.execute(
        "SELECT envelope FROM offered WHERE serial > (SELECT COALESCE(MAX(serial), 0) FROM signed) ORDER BY serial DESC LIMIT 1"
    ).fetchone()
    return msgspec.msgpack.decode(row[0], type=Envelope) if row else None


def newest_seen(connection: sqlite3.Connection) -> int:
    """The highest serial that was signed or offered: a note made now must outlast a draft that does not know of it."""
    query = "SELECT MAX(COALESCE((SELECT MAX(serial) FROM signed), 0), COALESCE((SELECT MAX(serial) FROM offered), 0))"
    return int(connection.execute(query).fetchone()[0])
