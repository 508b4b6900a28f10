"""What law keeps from a person for now must say so itself: each record shown without its content has a note of the person's own chain.

Without it a keeper could hide any record by the word "withheld" (docs/threats.md).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from enishi.client.portal import Record
from enishi.errors import Tampered
from enishi.protocol.nondisclosure import covers
from enishi.protocol.record import bare_body, read_body, withheld_note
from enishi.tlog.checkpoint import Checkpoint
from enishi.tlog.leaf import Leaf, LeafKind, check_body, decode_leaf
from enishi.tlog.tree import leaf_hash, verify_inclusion

MAY_BE_WITHHELD: Final = frozenset({LeafKind.INTENT, LeafKind.OUTCOME})
"""What may be kept back: a refusal ends its item, and a look, a late entry and a note are the person's own to see."""


def is_bare(record: Record, leaf: Leaf) -> bool:
    """Whether a record is shown without its content: an empty salt, and a body that says `withheld`, the leaf's own time and nothing else."""
    return not record.salt and read_body(record.body) == bare_body(leaf.at_ms)


def check_withheld(own: Sequence[Record], checkpoint: Checkpoint, look_ms: int) -> None:
    """Each withheld record of the person's own chain has a note there that covers the time of the look; Tampered("withheld-without-note").

    Raises the faults of `check_body` and `verify_inclusion` for a note that is not in the log as shown.
    """
    leaves = {record.index: decode_leaf(record.leaf) for record in own}
    noted = set(_noted(own, leaves, checkpoint, look_ms))
    for record in own:
        leaf = leaves[record.index]
        if is_bare(record, leaf) and (leaf.kind not in MAY_BE_WITHHELD or record.index not in noted):
            raise Tampered("withheld-without-note", f"record at {record.index}", "records")


def _noted(own: Sequence[Record], leaves: dict[int, Leaf], checkpoint: Checkpoint, look_ms: int) -> Iterator[int]:
    for record in own:
        leaf, body = leaves[record.index], read_body(record.body)
        if leaf.kind is LeafKind.WITHHELD and body.kind == "withheld":
            check_body(leaf, record.salt, record.body)
            verify_inclusion(leaf_hash(record.leaf), record.index, checkpoint.size, record.inclusion, checkpoint.root)
            note = withheld_note(body)
            if body.at_ms == leaf.at_ms and note.original_index < record.index and covers(note, leaf.at_ms, look_ms):
                yield note.original_index
