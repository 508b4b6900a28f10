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
    # Who may act for whom: mandates, each use of them, wrong codes, and people under protection.
    """
    CREATE TABLE mandate (
        id BLOB PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('parent', 'guardian', 'voluntary')), principal TEXT NOT NULL,
        representative TEXT NOT NULL, scope TEXT NOT NULL, principal_name TEXT NOT NULL, representative_name TEXT NOT NULL, institution TEXT NOT NULL,
        entry BLOB NOT NULL, citation TEXT NOT NULL, offer BLOB NOT NULL, signed BLOB NOT NULL, made_ms INTEGER NOT NULL, from_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL, code BLOB NOT NULL, code_until_ms INTEGER NOT NULL, claimed_by TEXT NOT NULL, suspended_ms INTEGER NOT NULL,
        ended_ms INTEGER NOT NULL, ended_by TEXT NOT NULL, CHECK (principal <> representative)
    ) WITHOUT ROWID;
    CREATE INDEX mandate_of_principal ON mandate (principal, made_ms);
    CREATE INDEX mandate_of_representative ON mandate (representative, made_ms) WHERE representative <> '';
    CREATE UNIQUE INDEX mandate_by_code ON mandate (code) WHERE code <> x'';
    CREATE UNIQUE INDEX mandate_by_offer ON mandate (offer) WHERE offer <> x'';
    CREATE UNIQUE INDEX mandate_by_entry ON mandate (institution, entry) WHERE entry <> x'';
    CREATE TABLE mandate_use (mandate BLOB NOT NULL, at_ms INTEGER NOT NULL, request BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE INDEX mandate_use_of ON mandate_use (mandate, at_ms);
    CREATE TABLE mandate_try (individual_number TEXT NOT NULL, at_ms INTEGER NOT NULL);
    CREATE INDEX mandate_try_of ON mandate_try (individual_number, at_ms);
    CREATE TABLE protection (
        institution TEXT NOT NULL, entry BLOB NOT NULL, individual_number TEXT NOT NULL, at_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
        PRIMARY KEY (institution, entry)
    ) WITHOUT ROWID;
    CREATE INDEX protection_of ON protection (individual_number, until_ms);
    """,
    # Mandates to organisations: number and what was signed go to an employer or an agent, for a time, and both ends confirm that they are gone.
    """
    CREATE TABLE agent_mandate (
        reference BLOB PRIMARY KEY, digest BLOB NOT NULL UNIQUE, individual_number TEXT NOT NULL, agent TEXT NOT NULL, recipient TEXT NOT NULL,
        source TEXT NOT NULL, row TEXT NOT NULL, purpose_item TEXT NOT NULL, part TEXT NOT NULL CHECK (part IN ('employment', 'commission')),
        signed BLOB NOT NULL, at_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, taken_ms INTEGER NOT NULL DEFAULT 0,
        ended_ms INTEGER NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT '' CHECK (reason IN ('', 'withdrawn', 'expired', 'given_up', 'standing', 'basis')),
        deleted_ms INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX agent_mandate_open ON agent_mandate (agent) WHERE deleted_ms = 0;
    CREATE INDEX agent_mandate_until ON agent_mandate (until_ms) WHERE ended_ms = 0;
    CREATE INDEX agent_mandate_of ON agent_mandate (individual_number, at_ms);
    """,
)
"""`card` holds a row for each certificate: looks go by those for authentication alone, hand-overs by those for signature alone. In `offer`, `signed`
is empty once the institution has confirmed; the rest is kept for seven years, so that the person sees it.

`mandate`: numbers of both people (mandates.py says what the columns hold); `signed` is the proof that both declared it. In `mandate_use` the look by
which it was used. `protection` is a mark that a municipality set on a person for protection; `entry` is its mark's id there.

In `agent_mandate`, `signed` is empty once the organisation has confirmed, or the mandate is over; deleted_ms is when the organisation's word came
that it had deleted number and mandate."""
