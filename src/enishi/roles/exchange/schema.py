"""Tables of the exchange's database: its conversion shares, the snapshots it published, and the suspensions on top of them."""

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE share (target TEXT NOT NULL, epoch INTEGER NOT NULL, secret BLOB NOT NULL, PRIMARY KEY (target, epoch));
    CREATE TABLE draft (serial INTEGER PRIMARY KEY, envelope BLOB NOT NULL);
    CREATE TABLE snapshot (serial INTEGER PRIMARY KEY, envelope BLOB NOT NULL);
    """,
    # Since 0.1.0: suspension notes.
    """
    CREATE TABLE suspension (digest BLOB PRIMARY KEY, envelope BLOB NOT NULL);
    """,
)
