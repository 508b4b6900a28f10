"""Use case: delete what was accepted in bulk and has ended longer ago than the institution keeps it; the record of Art. 23 is another's business.

A message goes whole: its rows, its key, its calls back.  What was asked from it stays in `asked` with items, outcomes and bundles for seven years.
"""

import sqlite3
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from enishi.errors import Misconfigured
from enishi.store import crash
from enishi.store.database import Database

FILE: Final = "bulk.json"
DAY_MS: Final = 86_400_000
BATCH: Final = 20
"""Messages of one transaction, each of up to 10,000 rows."""
# A call back that is still to be made keeps its message; what was given up or told keeps nothing.
_SPENT: Final = (
    "SELECT b.number FROM bulk b WHERE b.at_ms < ? AND b.state = 'ended'"
    " AND NOT EXISTS (SELECT 1 FROM callback c WHERE c.bulk = b.number AND c.next_ms >= 0)"
)
_PARTS: Final = ("bulk_row", "bulk_line", "callback")


class BulkRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many days after its acceptance a message that has ended, and the key it came under, are kept."""

    v: Literal[1]
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3660)]


def rules_for(folder: Path) -> BulkRules | None:
    """What the institution wrote beside its keys; None without the file: nothing goes then. Misconfigured("bulk-rules-unreadable")."""
    path = folder / FILE
    try:
        return read_bulk_rules(path.read_bytes()) if path.is_file() else None
    except OSError as error:
        raise Misconfigured("bulk-rules-unreadable", FILE, "bulk") from error


def read_bulk_rules(content: bytes) -> BulkRules:
    """Read the file; Misconfigured("bulk-rules-unreadable")."""
    try:
        return msgspec.json.decode(content, type=BulkRules)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Misconfigured("bulk-rules-unreadable", str(error)[:200], "bulk") from error


def count_spent(connection: sqlite3.Connection, before_ms: int) -> int:
    """How many messages a deletion would delete."""
    (found,) = connection.execute(f"SELECT COUNT(*) FROM ({_SPENT})", (before_ms,)).fetchone()
    return int(found)


def delete_spent(database: Database, before_ms: int) -> int:
    """Delete what `count_spent` counts; stopped half-way, it goes on at the next run."""
    deleted = 0
    while True:
        crash.point("gateway.bulk.before_delete")
        # Durable when this returns: each message is there whole, or gone whole.
        done = database.write_now(lambda connection: _delete(connection, before_ms))
        deleted += done
        if done == 0:
            return deleted


def _delete(connection: sqlite3.Connection, before_ms: int) -> int:
    # Freed pages are overwritten, so that the file does not keep what was deleted.
    connection.execute("PRAGMA secure_delete=ON")
    numbers = connection.execute(f"{_SPENT} LIMIT ?", (before_ms, BATCH)).fetchall()
    for number in numbers:
        for table in _PARTS:
            connection.execute(f"DELETE FROM {table} WHERE bulk = ?", number)
        connection.execute("DELETE FROM bulk WHERE number = ?", number)
    return len(numbers)
