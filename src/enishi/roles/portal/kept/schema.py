"""Tables of the portal's database: rows that say nothing without the portal's key, and of nobody who left nothing here."""

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE kept (person BLOB PRIMARY KEY, stop BLOB UNIQUE, sealed BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE mail (id BLOB PRIMARY KEY, person BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
    CREATE INDEX mail_of ON mail (person);
    CREATE TABLE watched (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, turn INTEGER NOT NULL);
    CREATE TABLE consent (id BLOB PRIMARY KEY, person BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
    CREATE INDEX consent_of ON consent (person);
    """,
)
"""`person` is a keyed hash of issuer and `sub`, `stop` one of the token that ends the mails; `size` is how far the public log was looked through,
`turn` counts how often it was set back."""
