"""Tables of a tenant's database.  Times are milliseconds UTC; ids and forms are bytes as the protocol writes them."""

from typing import Final

from enishi.store.moving import moved

_GIVEN: Final = "item_id, place, kind, deadline_ms, officer, at_ms, recorded_index, reason, reply"
_OUTCOME: Final = "item_id, rank, kind, outcome_index, deadline_ms, at_ms, outcome, answer, sealed"
_EVIDENCE: Final = "item_id, registry, affair, at_ms, checkpoint, proven"
MIGRATIONS: Final = (
    """
    CREATE TABLE marker (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;

    CREATE TABLE person (
        addressee_number TEXT PRIMARY KEY, ref BLOB NOT NULL UNIQUE, answering TEXT NOT NULL CHECK (answering IN ('automatic', 'review')),
        nondisclosure_ground TEXT NOT NULL, nondisclosure_until_ms INTEGER NOT NULL
    );
    CREATE TABLE number (
        ref BLOB PRIMARY KEY, individual_number TEXT NOT NULL, acquisition_number TEXT NOT NULL, unknown_at_ms INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE linkage_code (epoch INTEGER NOT NULL, code BLOB NOT NULL, ref BLOB NOT NULL, PRIMARY KEY (epoch, code)) WITHOUT ROWID;
    CREATE UNIQUE INDEX linkage_code_of ON linkage_code (ref, epoch);
    CREATE TABLE held_copy (
        addressee_number TEXT NOT NULL, item TEXT NOT NULL, period TEXT NOT NULL, document BLOB NOT NULL,
        PRIMARY KEY (addressee_number, item, period)
    ) WITHOUT ROWID;

    CREATE TABLE asked (
        txid BLOB PRIMARY KEY, message BLOB NOT NULL, reply_key BLOB NOT NULL, officer_salt BLOB NOT NULL,
        system TEXT NOT NULL, officer TEXT NOT NULL, provider TEXT NOT NULL, at_ms INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('sending', 'waiting', 'ended', 'failed', 'renewed')),
        fault BLOB NOT NULL DEFAULT x'', renewed_as BLOB NOT NULL DEFAULT x''
    );
    CREATE INDEX asked_open ON asked (state) WHERE state IN ('sending', 'waiting');
    CREATE TABLE asked_item (
        item_id BLOB PRIMARY KEY, txid BLOB NOT NULL, place INTEGER NOT NULL, addressee_number TEXT NOT NULL, case_reference TEXT NOT NULL,
        case_salt BLOB NOT NULL, receipt BLOB NOT NULL DEFAULT x'', refusal BLOB NOT NULL DEFAULT x'', UNIQUE (txid, place)
    );
    CREATE INDEX asked_person ON asked_item (addressee_number);
    CREATE TABLE asked_outcome (
        item_id BLOB NOT NULL, rank INTEGER NOT NULL, kind TEXT NOT NULL, outcome BLOB NOT NULL, outcome_index INTEGER NOT NULL, sealed BLOB NOT NULL,
        answer BLOB NOT NULL, deadline_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (item_id, rank)
    ) WITHOUT ROWID;

    CREATE TABLE answered (
        item_id BLOB PRIMARY KEY, txid BLOB NOT NULL, inquirer TEXT NOT NULL, notice BLOB NOT NULL,
        addressee_number TEXT NOT NULL, at_ms INTEGER NOT NULL
    );
    CREATE INDEX answered_person ON answered (addressee_number);
    CREATE TABLE given (
        item_id BLOB NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, reply BLOB NOT NULL, deadline_ms INTEGER NOT NULL, officer TEXT NOT NULL,
        at_ms INTEGER NOT NULL, recorded_index INTEGER NOT NULL, PRIMARY KEY (item_id, place)
    ) WITHOUT ROWID;
    CREATE INDEX given_interim ON given (kind) WHERE kind IN ('held', 'closed');
    CREATE INDEX given_unrecorded ON given (recorded_index) WHERE recorded_index = -1;
    """,
    """
    ALTER TABLE held_copy ADD COLUMN as_of_ms INTEGER NOT NULL DEFAULT 0;
    UPDATE held_copy SET as_of_ms = COALESCE((SELECT at_ms FROM marker WHERE name = 'import'), 0);

    CREATE TABLE edition (
        id INTEGER PRIMARY KEY, adapter TEXT NOT NULL, source BLOB NOT NULL, item TEXT NOT NULL, period TEXT NOT NULL,
        mode TEXT NOT NULL CHECK (mode IN ('full', 'corrections')), state TEXT NOT NULL CHECK (state IN ('loading', 'answering', 'refused')),
        place INTEGER NOT NULL DEFAULT 0, good INTEGER NOT NULL DEFAULT 0, bad INTEGER NOT NULL DEFAULT 0,
        begun_ms INTEGER NOT NULL, turn INTEGER NOT NULL DEFAULT 0, answering_since_ms INTEGER NOT NULL DEFAULT 0
    );
    CREATE UNIQUE INDEX edition_loading ON edition (adapter) WHERE state = 'loading';
    CREATE INDEX edition_answering ON edition (item, turn) WHERE state = 'answering';
    CREATE TABLE loaded_copy (
        edition INTEGER NOT NULL, addressee_number TEXT NOT NULL, period TEXT NOT NULL, document BLOB NOT NULL, as_of_ms INTEGER NOT NULL,
        PRIMARY KEY (edition, addressee_number, period)
    ) WITHOUT ROWID;
    CREATE TABLE bad_row (
        edition INTEGER NOT NULL, row INTEGER NOT NULL, column_name TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (edition, row)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE asked_item ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX asked_gathering ON asked_item (txid) WHERE evidence = 0 AND receipt <> x'';
    CREATE INDEX asked_case ON asked_item (case_reference);
    CREATE INDEX asked_at ON asked (at_ms);
    CREATE TABLE evidence (
        item_id BLOB PRIMARY KEY, registry BLOB NOT NULL, affair TEXT NOT NULL, proven BLOB NOT NULL, checkpoint TEXT NOT NULL, at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX evidence_affair ON evidence (affair);
    """,
    """
    ALTER TABLE given ADD COLUMN reason TEXT NOT NULL DEFAULT '';

    CREATE TABLE mark (
        id BLOB PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('nondisclosure', 'dispute')), addressee_number TEXT NOT NULL,
        item TEXT NOT NULL, period TEXT NOT NULL, ground TEXT NOT NULL, until_ms INTEGER NOT NULL,
        set_by TEXT NOT NULL CHECK (set_by IN ('officer', 'system')), setter TEXT NOT NULL, set_at_ms INTEGER NOT NULL,
        lifted_by TEXT NOT NULL DEFAULT '', lifted_at_ms INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX mark_standing ON mark (addressee_number) WHERE lifted_at_ms = 0;
    INSERT INTO mark (id, kind, addressee_number, item, period, ground, until_ms, set_by, setter, set_at_ms)
        SELECT randomblob(16), 'nondisclosure', addressee_number, '', '', nondisclosure_ground, nondisclosure_until_ms, 'system', 'import',
            COALESCE((SELECT at_ms FROM marker WHERE name = 'import'), 0)
        FROM person WHERE nondisclosure_ground != '';
    UPDATE person SET nondisclosure_ground = '', nondisclosure_until_ms = 0;
    """,
    """
    CREATE TABLE bulk (
        number BLOB PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('case', 'ndjson', 'comma', 'fixed')), charset TEXT NOT NULL,
        system TEXT NOT NULL, officer TEXT NOT NULL, at_ms INTEGER NOT NULL, repeat_key TEXT NOT NULL, digest BLOB NOT NULL,
        rows INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('working', 'waiting', 'ended')),
        cancelled_ms INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL, callback TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX bulk_repeated ON bulk (system, repeat_key) WHERE repeat_key <> '';
    CREATE INDEX bulk_working ON bulk (at_ms) WHERE state = 'working';
    CREATE TABLE bulk_row (
        bulk BLOB NOT NULL, row INTEGER NOT NULL, line INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('accepted', 'sending', 'waiting', 'ended', 'failed', 'cancelled')),
        told INTEGER NOT NULL, txid BLOB NOT NULL DEFAULT x'', place INTEGER NOT NULL DEFAULT 0, fault BLOB NOT NULL DEFAULT x'',
        PRIMARY KEY (bulk, row)
    ) WITHOUT ROWID;
    CREATE INDEX bulk_row_accepted ON bulk_row (bulk, row) WHERE state = 'accepted';
    CREATE INDEX bulk_row_sending ON bulk_row (bulk, txid) WHERE state = 'sending';
    CREATE INDEX bulk_row_waiting ON bulk_row (bulk, txid) WHERE state = 'waiting';
    CREATE TABLE bulk_line (bulk BLOB NOT NULL, row INTEGER NOT NULL, question BLOB NOT NULL, fields BLOB NOT NULL, PRIMARY KEY (bulk, row));
    CREATE TABLE callback (
        id BLOB PRIMARY KEY, bulk BLOB NOT NULL, state TEXT NOT NULL, at_ms INTEGER NOT NULL, tries INTEGER NOT NULL, next_ms INTEGER NOT NULL
    );
    CREATE INDEX callback_due ON callback (next_ms) WHERE next_ms >= 0;
    """,
    """
    CREATE TABLE subscription (
        item_id BLOB PRIMARY KEY, system TEXT NOT NULL, until_ms INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('asking', 'on', 'ending', 'ended', 'changed', 'refused')),
        message BLOB NOT NULL, fault BLOB NOT NULL, changed_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX subscription_waiting ON subscription (at_ms) WHERE state IN ('asking', 'ending');
    CREATE TABLE watched (
        item_id BLOB PRIMARY KEY, until_ms INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('on', 'telling', 'told', 'ended', 'refused')), message BLOB NOT NULL DEFAULT x'', at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX watched_on ON watched (item_id) WHERE state = 'on';
    CREATE INDEX watched_telling ON watched (at_ms) WHERE state = 'telling';
    """,
    """
    CREATE TABLE self_asked (
        item_id BLOB PRIMARY KEY, notice BLOB NOT NULL, addressee_number TEXT NOT NULL, items TEXT NOT NULL, period TEXT NOT NULL,
        at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX self_asked_person ON self_asked (addressee_number);
    CREATE TABLE self_given (
        item_id BLOB NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, reply BLOB NOT NULL, deadline_ms INTEGER NOT NULL, reason TEXT NOT NULL,
        officer TEXT NOT NULL, citation TEXT NOT NULL, at_ms INTEGER NOT NULL, recorded_index INTEGER NOT NULL, PRIMARY KEY (item_id, place)
    ) WITHOUT ROWID;
    CREATE INDEX self_given_held ON self_given (kind) WHERE kind = 'held';
    CREATE INDEX self_given_unrecorded ON self_given (recorded_index) WHERE recorded_index = -1;
    """,
    """
    CREATE TABLE offer (
        reference BLOB PRIMARY KEY, ref BLOB NOT NULL, source TEXT NOT NULL, row TEXT NOT NULL, purpose_item TEXT NOT NULL, signed BLOB NOT NULL,
        handed_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX offer_of ON offer (ref);
    CREATE INDEX number_individual ON number (individual_number) WHERE individual_number <> '';
    """,
    """
    CREATE TABLE letter (
        letter_id BLOB PRIMARY KEY, addressee_number TEXT NOT NULL, letter BLOB NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('why', 'correction', 'suspension', 'complaint')),
        known INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('received', 'answered')),
        arrived_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX letter_of ON letter (addressee_number, arrived_ms);
    CREATE INDEX letter_waiting ON letter (deadline_ms) WHERE state = 'received';
    CREATE TABLE letter_answer (
        letter_id BLOB PRIMARY KEY, decision TEXT NOT NULL CHECK (decision IN ('', 'granted', 'granted_in_part', 'refused')), answer TEXT NOT NULL,
        reason TEXT NOT NULL, appeal TEXT NOT NULL, officer TEXT NOT NULL, answered_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE returned (
        id INTEGER PRIMARY KEY, item_id BLOB NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, reply BLOB NOT NULL, officer TEXT NOT NULL,
        given_ms INTEGER NOT NULL, fault TEXT NOT NULL, at_ms INTEGER NOT NULL
    );
    CREATE INDEX returned_of ON returned (item_id);
    """,
    """
    CREATE TABLE agent_number (reference BLOB PRIMARY KEY, individual_number TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE agent_mandate (
        reference BLOB PRIMARY KEY, digest BLOB NOT NULL, signed BLOB NOT NULL, recipient TEXT NOT NULL, source TEXT NOT NULL, row TEXT NOT NULL,
        purpose_item TEXT NOT NULL, part TEXT NOT NULL, given_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
        ended_ms INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', deleted_ms INTEGER NOT NULL DEFAULT 0,
        told_ms INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX agent_mandate_until ON agent_mandate (until_ms) WHERE deleted_ms = 0;
    CREATE INDEX agent_mandate_untold ON agent_mandate (deleted_ms) WHERE deleted_ms > 0 AND told_ms = 0;
    """,
    # Since 0.1.0: who represents whom by law, and what the registrar is told of it; people marked for harm until now are protected from now on.
    """
    CREATE TABLE representation (
        entry BLOB PRIMARY KEY, principal TEXT NOT NULL, representative TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('parent', 'guardian')),
        citation TEXT NOT NULL, principal_name TEXT NOT NULL, representative_name TEXT NOT NULL, until_day TEXT NOT NULL, until_ms INTEGER NOT NULL
    );
    CREATE TABLE representation_told (
        id INTEGER PRIMARY KEY, entry BLOB NOT NULL, act TEXT NOT NULL CHECK (act IN ('enter', 'end', 'confirm', 'protect')), officer TEXT NOT NULL,
        at_ms INTEGER NOT NULL, told_ms INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL DEFAULT 0, fault TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX representation_told_of ON representation_told (entry);
    CREATE INDEX representation_owed ON representation_told (next_ms) WHERE told_ms = 0;
    INSERT INTO representation_told (entry, act, officer, at_ms)
        SELECT id, 'protect', setter, set_at_ms FROM mark
        WHERE kind = 'nondisclosure' AND lifted_at_ms = 0 AND ground IN ('415AC0000000057#78-1-1', 'dv-protection');
    """,
    # Since 0.1.0: the keeper's receipt that a notice of change was recorded before it came; what came before then has none.
    """
    ALTER TABLE subscription ADD COLUMN told BLOB NOT NULL DEFAULT x'';
    """,
    # Representatives ask for a person's own data: by which mandate, and by what they act; and what an entered one may do.
    """
    ALTER TABLE self_asked ADD COLUMN mandate BLOB NOT NULL DEFAULT x'';
    ALTER TABLE self_asked ADD COLUMN represents TEXT NOT NULL DEFAULT '';
    CREATE INDEX self_asked_represented ON self_asked (mandate, at_ms) WHERE mandate <> x'';
    ALTER TABLE representation ADD COLUMN scope TEXT NOT NULL DEFAULT 'records';
    """,
    # Rows of some kilobytes stand in the order in which they came, not in one tree by random ids; and what is looked at most before what is large.
    """
    CREATE TABLE given_in_order (
        item_id BLOB NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, deadline_ms INTEGER NOT NULL, officer TEXT NOT NULL,
        at_ms INTEGER NOT NULL, recorded_index INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '', reply BLOB NOT NULL, UNIQUE (item_id, place)
    );
    DROP INDEX given_interim;
    DROP INDEX given_unrecorded;
    """
    + moved("given", "given_in_order", _GIVEN, "item_id")
    + """
    DROP TABLE given;
    ALTER TABLE given_in_order RENAME TO given;
    CREATE INDEX given_interim ON given (kind) WHERE kind IN ('held', 'closed');
    CREATE INDEX given_unrecorded ON given (recorded_index) WHERE recorded_index = -1;
    CREATE TABLE outcome_in_order (
        item_id BLOB NOT NULL, rank INTEGER NOT NULL, kind TEXT NOT NULL, outcome_index INTEGER NOT NULL, deadline_ms INTEGER NOT NULL,
        at_ms INTEGER NOT NULL, outcome BLOB NOT NULL, answer BLOB NOT NULL, sealed BLOB NOT NULL, UNIQUE (item_id, rank)
    );
    """
    + moved("asked_outcome", "outcome_in_order", _OUTCOME, "item_id")
    + """
    DROP TABLE asked_outcome;
    ALTER TABLE outcome_in_order RENAME TO asked_outcome;
    CREATE TABLE evidence_in_order (
        item_id BLOB NOT NULL UNIQUE, registry BLOB NOT NULL, affair TEXT NOT NULL, at_ms INTEGER NOT NULL, checkpoint TEXT NOT NULL,
        proven BLOB NOT NULL
    );
    DROP INDEX evidence_affair;
    """
    + moved("evidence", "evidence_in_order", _EVIDENCE, "item_id")
    + """
    DROP TABLE evidence;
    ALTER TABLE evidence_in_order RENAME TO evidence;
    CREATE INDEX evidence_affair ON evidence (affair);
    """,
)
"""`number` is read and written by enrolment.py alone.  `asked`, `asked_item` and `asked_outcome` are the inquirer's record of Art. 23, `answered` and
`given` the provider's; with the messages in them they hold everything that an evidence bundle needs.  In `given`, recorded_index is -1 while a
decided outcome still has to be pushed to the log, -2 where the reply to the notice itself carried it, and -3 where a later one overtook it.

A `edition` is one load of one adapter; `period` is "*" where it covers every period. Answers come from the editions in state `answering`, the
highest `turn` first, down to the last full one, and from `held_copy` (the first import) where none is full. An empty document says that the source
took it back.

In `given`, `reason` says why an item is held, for the desk alone. `mark` holds what `person` said of non-disclosure in 0.1.0, and the history since;
the two columns there stay empty.

In `bulk_row`, `told` is the place in the order of a message's results, 0 before there is one; `txid` and `place` lead to the row's `asked_item`. In
`callback`, next_ms is -1 once it was told and -2 where it was given up.

`evidence` is what the log adds to the record of an item that was asked: leaves with their paths, under one cosigned checkpoint; `asked_item.evidence`
says whether it is there (evidence/kept.py). It is made later than the record, and deleted with it.

`self_asked` and `self_given` are people's requests for their own data and what was answered (self_disclosure/), as `answered` and `given` are
those of institutions; `citation` is the provision of a refusal, as the official named it. `mandate` is by which a representative asked.

`subscription` is what this institution subscribed to at others, `watched` what others subscribed to of its answers (events/); `message` is the note
that waits to be taken, `told` the keeper's receipt that a change stands in the person's record.

`letter` is what people wrote to the institution by their card, and `letter_answer` the one answer to each (letters/); the id is that of the request,
which stands in `self_asked` without the letter.

`returned` are outcomes that the log did not take for good, with the slug of the fault; until then they stood in `given` or `self_given`.

`offer` is what people handed over by their card, with what proves it (offers/); the number itself stands in `number`, under `ref`.

`agent_mandate` is what people gave to an organisation (agents/): whole while it stands, with the number in `agent_number`; once deleted_ms is set
only digest, times and reason are left. told_ms is when the registrar had the organisation's word of it.

`representation` is who represents whom by law, as officers entered it; `representation_told` is what the registrar is told, in its order: an act on
an entry, or the protection by a mark (representing/)."""
