"""Tables of the exchange's database: its conversion shares and the snapshots it published."""

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE share (target TEXT NOT NULL, epoch INTEGER NOT NULL, secret BLOB NOT NULL, PRIMARY KEY (target, epoch));
    CREATE TABLE draft (serial INTEGER PRIMARY KEY, envelope BLOB NOT NULL);
    CREATE TABLE snapshot (serial INTEGER PRIMARY KEY, envelope BLOB NOT NULL);
    """,
)
