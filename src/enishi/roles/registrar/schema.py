"""Tables of the registrar's database.  Numbers stand here and, for their own people, at institutions; nowhere else in the mesh."""

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE person (individual_number TEXT PRIMARY KEY, handle BLOB NOT NULL UNIQUE, audited INTEGER NOT NULL);
    CREATE INDEX person_unaudited ON person (audited) WHERE audited = 0;
    CREATE TABLE acquisition (acquisition_number TEXT PRIMARY KEY, individual_number TEXT NOT NULL);
    CREATE TABLE card (serial TEXT PRIMARY KEY, individual_number TEXT NOT NULL, revoked INTEGER NOT NULL);
    CREATE TABLE enrolment (
        individual_number TEXT NOT NULL, institution TEXT NOT NULL, epoch INTEGER NOT NULL, basis TEXT NOT NULL, at_ms INTEGER NOT NULL,
        PRIMARY KEY (individual_number, institution, epoch)
    ) WITHOUT ROWID;
    CREATE TABLE enrolment_batch (request BLOB PRIMARY KEY, institution TEXT NOT NULL, basis TEXT NOT NULL, count INTEGER NOT NULL, at_ms
    INTEGER NOT NULL);
    CREATE TABLE look (request BLOB PRIMARY KEY, individual_number TEXT NOT NULL, face TEXT NOT NULL, at_ms INTEGER NOT NULL);
    CREATE TABLE imported (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL);
    """,
    # Since 0.1.0: the ref that an acquisition number was first used under, and how many people each institution asked for on a day.
    """
    ALTER TABLE acquisition ADD COLUMN ref BLOB NOT NULL DEFAULT x'';
    CREATE TABLE enrolment_day (institution TEXT NOT NULL, day TEXT NOT NULL, asked INTEGER NOT NULL, PRIMARY KEY (institution, day)) WITHOUT ROWID;
    """,
    # Cards have a signature certificate, too; what was handed over by it waits for its institution.
    """
    ALTER TABLE card ADD COLUMN use TEXT NOT NULL DEFAULT 'authentication' CHECK (use IN ('authentication', 'signature'));
    CREATE INDEX card_signature ON card (individual_number) WHERE use = 'signature';
    CREATE TABLE offer (
        reference BLOB PRIMARY KEY, digest BLOB NOT NULL UNIQUE, individual_number TEXT NOT NULL, institution TEXT NOT NULL, source TEXT NOT NULL,
        row TEXT NOT NULL, purpose_item TEXT NOT NULL, signed BLOB NOT NULL, at_ms INTEGER NOT NULL, taken_ms INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX offer_waiting ON offer (institution, at_ms) WHERE taken_ms = 0;
    CREATE INDEX offer_of ON offer (individual_number, at_ms);
    """,
)
"""`card` holds a row for each certificate: looks go by those for authentication alone, hand-overs by those for signature alone. In `offer`, `signed`
is empty once the institution has confirmed; the rest is kept for seven years, so that the person sees it."""
