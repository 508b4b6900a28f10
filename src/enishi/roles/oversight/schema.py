"""Tables of the commission's database: what it signed, the draft that waits, what its operator approved, and its own suspension notes."""

from typing import Final

MIGRATIONS: Final = (
    "CREATE TABLE signed (serial INTEGER PRIMARY KEY, digest BLOB NOT NULL, envelope BLOB NOT NULL, at_ms INTEGER NOT NULL);",
    # Since 0.1.0: approval by the commission's operator, and suspension by the commission alone.
    """
    CREATE TABLE offered (serial INTEGER PRIMARY KEY, digest BLOB NOT NULL, envelope BLOB NOT NULL, at_ms INTEGER NOT NULL);
    CREATE TABLE approved (digest BLOB PRIMARY KEY, operator TEXT NOT NULL, at_ms INTEGER NOT NULL);
    CREATE TABLE suspension (digest BLOB PRIMARY KEY, envelope BLOB NOT NULL);
    """,
)
