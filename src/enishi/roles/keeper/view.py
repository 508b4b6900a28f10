"""Use case: a person's own look.  The look is recorded first; then the person's part of the log is returned, bodies still sealed to the exchange."""

import asyncio
import sqlite3
from collections.abc import Sequence

import msgspec

from enishi import clock
from enishi.errors import Conflict, Denied, Tampered
from enishi.linkage.convert import admit_tag, beta, commit_tag
from enishi.linkage.forms import decode_blinded, decode_tag_rows
from enishi.protocol.record import RecordBody
from enishi.protocol.statement import check_window, item_id_of
from enishi.protocol.view import Labels, LogView, SealedRecord, View, labels_info, read_view, view_txid
from enishi.protocol.wire import BlindRow, ViewAdmitted, ViewCommit, ViewCommitted, ViewMessage
from enishi.roles.keeper.bodies import seal_body
from enishi.roles.keeper.chain import Entry, Placed, append_person
from enishi.roles.keeper.keys import AUDIT
from enishi.roles.keeper.log import Published
from enishi.roles.keeper.state import State
from enishi.seal.dsse import Envelope
from enishi.seal.hpke import seal
from enishi.seal.many import Sender
from enishi.seal.pad import pad
from enishi.store import crash
from enishi.terms import Txid
from enishi.tlog.labels import label, person_key
from enishi.tlog.leaf import LeafKind

OWN = (
    "SELECT leaf.idx, leaf.data, leaf.sealed, item.late_index < 0 AND item.withheld_until > :now AND substr(leaf.data, 14, 1) <> x'08'"
    " AND COALESCE((SELECT MIN(note_idx) FROM withheld_note WHERE withheld_note.idx = leaf.idx AND until_ms > :now), -1) < :size"
    " FROM chain JOIN leaf ON leaf.idx = chain.idx LEFT JOIN item ON item.item_id = leaf.item_id"
    " WHERE chain.epoch = :epoch AND chain.tag = :tag AND leaf.idx < :size ORDER BY chain.n"
)
"""The person's own chain under a checkpoint, and of each leaf whether it is withheld: if its note stands under that same checkpoint.

A note itself (kind 8) is always shown, and so is what a late entry has brought in: a mark that comes later withholds what comes with it.
A mark of an older version that has no note yet withholds all the same.
"""
REPRESENTED = (
    "SELECT leaf.idx, leaf.data, leaf.sealed, 0 FROM chain JOIN leaf ON leaf.idx = chain.idx JOIN item ON item.item_id = leaf.item_id"
    " JOIN leaf AS first ON first.idx = item.leaf_index"
    " WHERE chain.epoch = :epoch AND chain.tag = :tag AND leaf.idx < :size AND substr(leaf.data, 14, 1) IN (x'01', x'02', x'03')"
    " AND substr(first.data, 14, 1) IN (x'01', x'03') AND item.withheld_until = 0 AND item.state NOT IN ('open', 'held', 'closed')"
    " ORDER BY chain.n"
)
"""What a representative is shown of their principal's chain: inquiries and refusals that have ended, and on which no mark ever was.

Left out are what is withheld, was, or might yet be (an outcome may bring the mark), with notes and late entries, so that nothing that was seen goes
missing later and nothing tells that something is missing; and the principal's own looks, requests and letters, and those of other representatives.
"""

Row = tuple[int, bytes, bytes, int]
"""Position, leaf and sealed body, and whether it is withheld."""


class Viewing:
    """Admits and answers looks; both the face's and the registrar's signature are demanded each time."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state

    async def admit(self, message: ViewMessage) -> ViewAdmitted:
        """Check the View and hand out the blinded element."""
        view, txid = self._read(message.view)
        check_window(view.at_ms, clock.now_ms())
        if view.audit_epoch != self._state.snapshot.current_audit.epoch:
            raise Conflict("snapshot-stale", "another audit epoch", "audit_epoch")
        row = await asyncio.to_thread(self._blind, view, txid)
        return ViewAdmitted(self._state.tickets.issue(txid, view.face, (), (row,), clock.now_ms()), row)

    async def commit(self, commit: ViewCommit) -> ViewCommitted:
        """Record the look, wait for the checkpoint that covers it, and return the person's log."""
        view, txid = self._read(commit.view)
        given = await asyncio.to_thread(self._blind, view, txid)
        self._state.tickets.redeem(commit.ticket, txid, (), (given,), clock.now_ms())
        blinded = decode_blinded((commit.row.r, None, commit.row.u))
        tag = commit_tag(blinded, beta(self._state.secrets.beta, txid, 0), self._state.shares.root_hop(AUDIT, view.audit_epoch))
        placed = await self._record(view, txid, tag)
        self._state.tickets.committed(txid)
        self._state.log.dirty()
        published = await self._state.log.covering(placed.index)
        return ViewCommitted(await self._state.database.read(lambda connection: self._log_of(connection, view, tag, published)))

    def _read(self, envelope: Envelope) -> tuple[View, Txid]:
        snapshot = self._state.snapshot
        return read_view(envelope, snapshot.portal, snapshot.registrar), view_txid(envelope)

    def _blind(self, view: View, txid: Txid) -> BlindRow:
        (row,) = decode_tag_rows([(view.r, view.u)])
        blinded = admit_tag(row, beta(self._state.secrets.beta, txid, 0), self._state.secrets.layer, self._state.secrets.audit)
        return BlindRow(blinded.R, b"", blinded.U)

    async def _record(self, view: View, txid: Txid, tag: bytes) -> Placed:
        await self._state.may_record()
        item_id, at_ms = item_id_of(txid, 0), self._state.log.moments.now_ms()
        body = RecordBody(kind="look", item_id=item_id, txid=txid, at_ms=at_ms, face=view.face, request=view.request, mandate=view.mandate)
        sealed = seal_body(body, Sender(self._state.snapshot.disclosure))

        def append(connection: sqlite3.Connection) -> Placed:
            if connection.execute("SELECT 1 FROM valid_tag WHERE epoch = ? AND tag = ?", (view.audit_epoch, tag)).fetchone() is None:
                raise Denied("tag-unknown", "this person is not enrolled in the audit epoch")
            if connection.execute("SELECT 1 FROM tx WHERE txid = ?", (txid,)).fetchone() is not None:
                raise Conflict("look-repeated", "each look needs a fresh signature of the card", "nonce")
            connection.execute("INSERT INTO tx (txid, nonce, at_ms) VALUES (?, ?, ?)", (txid, txid, at_ms))
            entry = Entry(LeafKind.LOOK, view.audit_epoch, tag, at_ms, sealed.commitment, sealed.sealed, item_id)
            return append_person(connection, self._state.secrets, entry)

        crash.point("keeper.view.before_append")
        placed = await self._state.database.write(append)
        # Durable: the look.  Only from here on may the person's records leave.
        crash.point("keeper.view.after_append")
        return placed

    def _log_of(self, connection: sqlite3.Connection, view: View, tag: bytes, published: Published) -> LogView:
        # Not before the time of the look: what is kept back now was kept back then, which is what the note is held against.
        under = {"epoch": view.audit_epoch, "tag": tag, "size": published.size, "now": self._state.log.moments.now_ms()}
        if view.mandate is not msgspec.UNSET:
            return self._shown(connection, connection.execute(REPRESENTED, under).fetchall(), published, b"")
        own = connection.execute(OWN, under).fetchall()
        late = connection.execute(
            "SELECT leaf.idx, leaf.data, leaf.sealed, 0 FROM second_chain JOIN leaf ON leaf.idx = second_chain.idx"
            " JOIN item ON item.item_id = leaf.item_id WHERE item.epoch = ? AND item.tag = ? AND second_chain.late_index BETWEEN 0 AND ?",
            (view.audit_epoch, tag, published.size - 1),
        ).fetchall()
        return self._shown(connection, own + late, published, self._labels(view, tag, len(own), published))

    def _shown(self, connection: sqlite3.Connection, rows: Sequence[Row], published: Published, sealed_labels: bytes) -> LogView:
        paths = self._state.log.inclusions(connection, [row[0] for row in rows] + [published.map_index], published.size)
        records = tuple(
            SealedRecord(index, leaf, b"" if hidden else sealed, path) for (index, leaf, sealed, hidden), path in zip(rows, paths, strict=False)
        )
        (map_leaf,) = connection.execute("SELECT data FROM leaf WHERE idx = ?", (published.map_index,)).fetchone()
        return LogView(
            size=published.size,
            checkpoint=published.cosigned.encode().decode(),
            records=records,
            map_index=published.map_index,
            map_leaf=map_leaf,
            map_root=published.labels.root,
            map_inclusion=paths[-1],
            sealed_labels=sealed_labels,
        )

    def _labels(self, view: View, tag: bytes, count: int, published: Published) -> bytes:
        # K_T shows a person's future leaves, so it goes to the person's own device and to nobody else.
        if not view.device_key:
            return b""
        kt = person_key(self._state.secrets.labels, tag)
        present = tuple(published.labels.prove(label(kt, n)) for n in range(count))
        labels = Labels(kt, count, present, published.labels.prove(label(kt, count)))
        if any(proof.found != label(kt, n) for n, proof in enumerate(present)):
            raise Tampered("label-absent", "the map lacks a label of the log")
        return seal(view.device_key, labels_info(view.request), pad(msgspec.json.encode(labels)))
