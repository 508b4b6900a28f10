"""Tables of the commission's database: what it signed, the draft that waits, what its operator approved, its own suspension notes, and letters."""

from typing import Final

MIGRATIONS: Final = (
    "CREATE TABLE signed (serial INTEGER PRIMARY KEY, digest BLOB NOT NULL, envelope BLOB NOT NULL, at_ms INTEGER NOT NULL);",
    # Since 0.1.0: approval by the commission's operator, and suspension by the commission alone.
    """
    CREATE TABLE offered (serial INTEGER PRIMARY KEY, digest BLOB NOT NULL, envelope BLOB NOT NULL, at_ms INTEGER NOT NULL);
    CREATE TABLE approved (digest BLOB PRIMARY KEY, operator TEXT NOT NULL, at_ms INTEGER NOT NULL);
    CREATE TABLE suspension (digest BLOB PRIMARY KEY, envelope BLOB NOT NULL);
    """,
    # Letters without a card: sealed as they came; the answer sealed to who wrote, and once more to the commission.
    """
    CREATE TABLE letter (
        number TEXT PRIMARY KEY, look BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL, at_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL,
        answered_ms INTEGER NOT NULL DEFAULT 0, sealed_answer BLOB NOT NULL DEFAULT x'', own_answer BLOB NOT NULL DEFAULT x''
    );
    CREATE INDEX letter_waiting ON letter (at_ms) WHERE answered_ms = 0;
    """,
)
