"""Withheld notes: each stands in its person's chain, names a leaf of its item there and ends when the mark did; and none is missing."""

import sqlite3
from typing import Any, Final

import msgspec

from enishi.cli.walk.chains import LATE_MS, newest_ms
from enishi.cli.walk.findings import Findings
from enishi.cli.walk.sealed import open_body
from enishi.cli.walk.sources import Keys
from enishi.errors import Tampered
from enishi.protocol.nondisclosure import HARM, note_of
from enishi.protocol.record import read_body, withheld_note
from enishi.roles.keeper.rest import Rest
from enishi.roles.keeper.withholding import MAY_BE_WITHHELD, Owner, own_leaves
from enishi.terms import ItemId
from enishi.tlog.leaf import Leaf, LeafKind, decode_leaf

TABLE: Final = "keeper.withheld_note"


class Mark(msgspec.Struct, frozen=True):
    """A leaf of the second chain: where it stands, its ground as it rests, its end, and its late entry (-1: none)."""

    index: int
    ground: bytes
    until_ms: int
    late: int


class NoteWalk:
    """One pass over the notes, and one over the items that are withheld now."""

    def __init__(self, connection: sqlite3.Connection, findings: Findings, keys: Keys) -> None:
        """Grounds are opened with the keeper's key at rest, bodies with the exchange's disclosure key."""
        self._connection, self._findings, self._keys = connection, findings, keys
        self._rest = Rest(keys.rest) if keys.rest is not None else None
        self._marks: dict[bytes, list[Mark]] = {}
        query = "SELECT leaf.item_id, second_chain.idx, rest_ground, until_ms, late_index FROM second_chain JOIN leaf ON leaf.idx = second_chain.idx"
        for item_id, *mark in connection.execute(query):
            self._marks.setdefault(item_id, []).append(Mark(*mark))

    def walk(self) -> None:
        """Check every note, then that none is missing; a folder of 0.1.0 that no keeper has taken up since has none."""
        if not has_notes(self._connection):
            return
        for note in self._findings.rows_of(self._connection, "withheld notes", TABLE, "note_idx, idx, until_ms", "ORDER BY note_idx"):
            with self._findings.watch("chain-broken", TABLE, note[0]):
                self._check(*note)
        newest = newest_ms(self._connection)
        withheld = "SELECT item_id, epoch, tag FROM item WHERE late_index < 0 AND withheld_until > ?"
        for item_id, epoch, tag in self._connection.execute(withheld, (newest,)):
            with self._findings.watch("chain-broken", TABLE, item_id):
                self._demand_notes(Owner(epoch, tag, ItemId(item_id)), newest)

    def _check(self, note_index: int, index: int, until_ms: int) -> None:
        (note, item_id), (leaf, same_id) = self._leaf(note_index), self._leaf(index)
        agree = self._agree
        agree(note.kind is LeafKind.WITHHELD and leaf.kind in MAY_BE_WITHHELD, note_index, f"leaf {note_index} is no note, or {index} may have none")
        agree(index < note_index and item_id == same_id, note_index, f"leaf {index} comes later, or is of another item")
        for place in (note_index, index):
            query = "SELECT 1 FROM item JOIN chain ON chain.epoch = item.epoch AND chain.tag = item.tag WHERE item_id = ? AND chain.idx = ?"
            agree(self._connection.execute(query, (item_id, place)).fetchone(), note_index, f"leaf {place} is not in the chain of its person")
        before = [mark for mark in self._marks.get(item_id, []) if mark.index < note_index]
        longest = max((mark.until_ms for mark in before), default=0)
        said = [note_of(index, ground, longest, note.at_ms) for ground in self._grounds(item_id, before, longest)]
        agree(all(one is not None and one.until_ms == until_ms for one in said), note_index, "the mark ends at another time")
        agree(not any(0 <= mark.late < note_index for mark in before), note_index, "the item was entered late before")
        if self._keys.disclosure is not None:
            opened = open_body(self._keys.disclosure, note, self._sealed(note_index))
            told = withheld_note(read_body(opened.body))
            same = told in said if self._rest is not None else (told.original_index, told.until_ms) == (index, until_ms)
            agree(same, note_index, "its body says another leaf, ground or end")

    def _grounds(self, item_id: bytes, marks: list[Mark], longest: int) -> list[str]:
        # Without the key any lawful ground gives the same end.
        if self._rest is None:
            return [HARM]
        return [self._rest.open("ground", item_id, mark.ground).decode() for mark in marks if mark.until_ms == longest] or [""]

    def _demand_notes(self, owner: Owner, newest: int) -> None:
        for index in own_leaves(self._connection, owner):
            query = "SELECT 1 FROM withheld_note WHERE idx = ? AND until_ms > ?"
            # A note that has just ended may be followed by another within the keeper's round.
            noted = self._connection.execute(query, (index, newest - LATE_MS)).fetchone()
            self._findings.demand(noted, "withheld-without-note", TABLE, owner.item_id, f"leaf {index}")

    def _agree(self, condition: object, note_index: int, detail: str) -> None:
        self._findings.demand(condition, "chain-broken", TABLE, note_index, detail)

    def _leaf(self, index: int) -> tuple[Leaf, bytes]:
        row: Any = self._connection.execute("SELECT data, item_id FROM leaf WHERE idx = ?", (index,)).fetchone()
        if row is None:
            raise Tampered("leaf-missing", f"leaf {index}")
        return decode_leaf(row[0]), row[1]

    def _sealed(self, index: int) -> bytes:
        return bytes(self._connection.execute("SELECT sealed FROM leaf WHERE idx = ?", (index,)).fetchone()[0])


def has_notes(connection: sqlite3.Connection) -> bool:
    """Whether the database is of a version that writes notes."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'withheld_note'").fetchone() is not None
