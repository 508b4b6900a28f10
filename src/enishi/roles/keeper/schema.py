"""Tables of the keeper's database.  Columns named `rest_…` are encrypted under a key that is not in the database (rest.py)."""

from typing import Final

from enishi.store.moving import moved

_ITEM: Final = (
    "item_id, txid, place, state, epoch, tag, leaf_index, outcome_index, withheld_until, late_index,"
    " rest_outcome, rest_receipt, rest_steps, rest_refusal, rest_hop, rest_notice"
)
MIGRATIONS: Final = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE share (target TEXT NOT NULL, epoch INTEGER NOT NULL, rest_secret BLOB NOT NULL, PRIMARY KEY (target, epoch));
    CREATE TABLE snapshot (digest BLOB PRIMARY KEY, serial INTEGER NOT NULL UNIQUE, envelope BLOB NOT NULL, leaf_index INTEGER NOT NULL);
    CREATE TABLE valid_tag (epoch INTEGER NOT NULL, tag BLOB NOT NULL, PRIMARY KEY (epoch, tag)) WITHOUT ROWID;
    CREATE TABLE person (epoch INTEGER NOT NULL, tag BLOB NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (epoch, tag)) WITHOUT ROWID;
    CREATE TABLE tx (txid BLOB PRIMARY KEY, nonce BLOB NOT NULL UNIQUE, at_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE item (
        item_id BLOB PRIMARY KEY, txid BLOB NOT NULL, place INTEGER NOT NULL, state TEXT NOT NULL, epoch INTEGER NOT NULL, tag BLOB NOT NULL,
        leaf_index INTEGER NOT NULL, outcome_index INTEGER NOT NULL, withheld_until INTEGER NOT NULL, late_index INTEGER NOT NULL,
        rest_receipt BLOB NOT NULL, rest_refusal BLOB NOT NULL, rest_notice BLOB NOT NULL, rest_outcome BLOB NOT NULL, rest_steps BLOB NOT
        NULL, rest_hop BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX item_by_tx ON item (txid, place);
    CREATE INDEX item_open ON item (state) WHERE state IN ('open', 'held', 'closed');
    CREATE INDEX item_withheld ON item (withheld_until) WHERE withheld_until > 0 AND late_index < 0;
    CREATE TABLE leaf (idx INTEGER PRIMARY KEY, data BLOB NOT NULL, sealed BLOB NOT NULL, item_id BLOB NOT NULL);
    CREATE TABLE chain (epoch INTEGER NOT NULL, tag BLOB NOT NULL, n INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (epoch, tag, n))
    WITHOUT ROWID;
    CREATE TABLE second_chain (m INTEGER PRIMARY KEY, idx INTEGER NOT NULL, rest_ground BLOB NOT NULL, until_ms INTEGER NOT NULL);
    CREATE TABLE tile (level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, n)) WITHOUT ROWID;
    CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, map_index INTEGER NOT NULL, note BLOB NOT NULL, cosigned BLOB NOT NULL, at_ms
    INTEGER NOT NULL);
    """,
    # Since 0.1.0: where the late entry stands that brought a leaf of the second chain in; an item may be marked, and brought in, more than once.
    """
    ALTER TABLE second_chain ADD COLUMN late_index INTEGER NOT NULL DEFAULT -1;
    UPDATE second_chain SET late_index = COALESCE(
        (SELECT item.late_index FROM leaf JOIN item ON item.item_id = leaf.item_id WHERE leaf.idx = second_chain.idx), -1);
    CREATE UNIQUE INDEX second_chain_by_leaf ON second_chain (idx);
    CREATE INDEX second_chain_unentered ON second_chain (late_index) WHERE late_index < 0;
    DROP INDEX item_withheld;
    """,
    # Since 0.1.0: suspension notes, each with the leaf that logs it.
    """
    CREATE TABLE suspension (digest BLOB PRIMARY KEY, envelope BLOB NOT NULL, leaf_index INTEGER NOT NULL UNIQUE);
    """,
    # Since 0.1.0: the notes in the persons' own chains, each with the leaf that it takes out of sight and until when.
    """
    CREATE TABLE withheld_note (note_idx INTEGER PRIMARY KEY, idx INTEGER NOT NULL, until_ms INTEGER NOT NULL);
    CREATE INDEX withheld_note_by_leaf ON withheld_note (idx);
    """,
    # Since 0.1.0: the items of which the inquirer was told that something has changed, each with its leaf and its receipt.
    """
    CREATE TABLE change (item_id BLOB PRIMARY KEY, idx INTEGER NOT NULL UNIQUE, rest_receipt BLOB NOT NULL) WITHOUT ROWID;
    """,
    # Since 0.1.0: items in the order in which they came. In one tree by their random ids, rows of some kilobytes cost four times as much to write and
    # to find; and what is looked at most stands before what is large.
    """
    CREATE TABLE item_in_order (
        item_id BLOB NOT NULL UNIQUE, txid BLOB NOT NULL, place INTEGER NOT NULL, state TEXT NOT NULL, epoch INTEGER NOT NULL, tag BLOB NOT NULL,
        leaf_index INTEGER NOT NULL, outcome_index INTEGER NOT NULL, withheld_until INTEGER NOT NULL, late_index INTEGER NOT NULL,
        rest_outcome BLOB NOT NULL, rest_receipt BLOB NOT NULL, rest_steps BLOB NOT NULL, rest_refusal BLOB NOT NULL, rest_hop BLOB NOT NULL,
        rest_notice BLOB NOT NULL
    );
    DROP INDEX item_by_tx;
    DROP INDEX item_open;
    """
    + moved("item", "item_in_order", _ITEM, "item_id")
    + """
    DROP TABLE item;
    ALTER TABLE item_in_order RENAME TO item;
    CREATE UNIQUE INDEX item_by_tx ON item (txid, place);
    CREATE INDEX item_open ON item (state) WHERE state IN ('open', 'held', 'closed');
    """,
)
