"""Tables of the exchange's database: its conversion shares, the snapshots it published, the suspensions on top of them, who joins, how far
the log was seen."""

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
    # Since 0.2.0: platforms that join, and certificates that wait for the authority or are ready.
    """
    CREATE TABLE joining (
        digest BLOB PRIMARY KEY, envelope BLOB NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'declined')),
        because TEXT NOT NULL DEFAULT '', at_ms INTEGER NOT NULL
    );
    CREATE TABLE certificate (
        digest BLOB PRIMARY KEY, csr BLOB NOT NULL, name TEXT NOT NULL, host TEXT NOT NULL, tenants TEXT NOT NULL,
        certificate BLOB NOT NULL DEFAULT x'', authority BLOB NOT NULL DEFAULT x'', revoked BLOB NOT NULL DEFAULT x'', at_ms INTEGER NOT NULL
    );
    """,
    # Since 0.2.0: how far the keeper's log was seen.
    """
    CREATE TABLE log_seen (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, place INTEGER NOT NULL, leaf_hash BLOB NOT NULL);
    """,
)
