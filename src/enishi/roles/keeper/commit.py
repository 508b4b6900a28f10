"""Use case: commit a message.  The record becomes durable here, and only then the provider's pair and the receipt leave this process."""

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from enishi import clock
from enishi.encoding import digest
from enishi.errors import Conflict, Denied, Fault, Unavailable
from enishi.law import Permit
from enishi.linkage.convert import beta, unblind_pair, unblind_tag, unblindings
from enishi.linkage.forms import Blinded, decode_blinded, raw_blinded
from enishi.mesh import logs
from enishi.mesh.beside import beside
from enishi.protocol.receipt import Receipt, RecordedAs, SignedReceipt, pair_hash, sign_receipts
from enishi.protocol.rows import Row, row_paths
from enishi.protocol.seed import seed_info, seed_plain
from enishi.protocol.statement import Statement, item_id_of, read_inquiry
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import Batch, BlindRow, Commit, Committed, CommittedItem, FaultForm, NoticeSeed, Result, Results
from enishi.roles.keeper.bodies import SealedBody, inquiry_body, seal_body
from enishi.roles.keeper.chain import Entry, Placed, append_person, append_withheld
from enishi.roles.keeper.hops import Steps
from enishi.roles.keeper.keys import AUDIT
from enishi.roles.keeper.state import State
from enishi.roles.keeper.stored import by_txid
from enishi.seal.many import Sender
from enishi.store import crash
from enishi.terms import ItemId, Txid
from enishi.tlog.leaf import LeafKind
from enishi.tlog.tree import leaf_hash


class Item(msgspec.Struct, frozen=True):
    """One row after the keeper's arithmetic, not yet recorded."""

    item_id: ItemId
    place: int
    verdict: Verdict
    tag: bytes
    pair: tuple[bytes, bytes]
    row: Row
    given: BlindRow
    returned: BlindRow

    def steps(self) -> Steps:
        """What the hop proofs are about."""
        row = BlindRow(self.row.r, self.row.b, self.row.u)
        return Steps(row, self.given, self.returned, *self.pair)


class Prepared(msgspec.Struct, frozen=True):
    """One message ready for the append transaction, its bodies sealed."""

    txid: Txid
    statement: Statement
    items: tuple[Item, ...]
    bodies: tuple[SealedBody, ...]
    seeds: tuple[bytes, ...]
    at_ms: int


ROW_MS: Final = 1.5
"""Processor time of one row before the record, about."""
UNPLACED: Final = "enishi_rows_unplaced_total"
Converted = tuple[Txid, Statement, tuple[Item, ...]]


class Committing:
    """Applies the last step and records."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state
        self.unplaced = 0

    async def handle(self, batch: Batch[Commit]) -> Results[Committed]:
        """Commit each message of a batch for itself, all in one transaction."""
        ready = await beside(ROW_MS * sum(len(commit.inquiry.rows) for commit in batch.each), self._ready, batch.each)
        await self._state.may_record()
        crash.point("keeper.commit.before_append")
        results = await self._state.database.write(lambda connection: self._append(connection, ready))
        # Durable: intent or refusal, its label and number, the receipt.  Only from here on may a pair leave this process.
        crash.point("keeper.commit.after_append")
        for prepared in ready:
            if not isinstance(prepared, Fault):
                self._state.tickets.committed(prepared.txid)
        self._state.log.dirty()
        return Results(results)

    def _ready(self, commits: Sequence[Commit]) -> list[Prepared | Fault]:
        """Everything up to the record, in one thread and one turn: changing threads costs more than a look-up by key."""
        converted = [self._try_convert(commit) for commit in commits]
        valid = self._state.database.read_now(lambda connection: self._valid(connection, converted))
        # All bodies and seeds of the batch are for one reader, and share one encapsulation.
        sender, pairs = Sender(self._state.snapshot.disclosure), zip(commits, converted, strict=True)
        return [one if isinstance(one, Fault) else self._prepare(commit, *one, valid, sender) for commit, one in pairs]

    def _try_convert(self, commit: Commit) -> Converted | Fault:
        try:
            return self._convert(commit)
        except Fault as fault:
            return fault

    def _convert(self, commit: Commit) -> Converted:
        # (1) The ticket binds txid, verdicts and the very rows that were handed out; it stands for all checks of the admission.
        txid, statement = read_inquiry(commit.inquiry)
        if not len(commit.given) == len(commit.rows) == len(commit.verdicts) == statement.count:
            raise Conflict("rows-count", "rows, verdicts and statement differ", "rows")
        self._state.tickets.redeem(commit.ticket, txid, commit.verdicts, commit.given, clock.now_ms())
        # (2) Divide by β, take off nothing more, apply the keeper's own shares: the tag, and for a permit the provider's pair.
        masks = unblindings([beta(self._state.secrets.beta, txid, place) for place in range(statement.count)])
        return txid, statement, tuple(self._item(commit, txid, statement, place, mask) for place, mask in enumerate(masks))

    def _item(self, commit: Commit, txid: Txid, statement: Statement, place: int, mask: bytes) -> Item:
        verdict, returned = commit.verdicts[place], commit.rows[place]
        # With a permit all three points are multiplied here, and what is none is refused there.
        with_pair = verdict.permit and returned.b
        blinded = raw_blinded((returned.r, returned.b, returned.u)) if with_pair else decode_blinded((returned.r, returned.b or None, returned.u))
        source, target = (statement.inquirer, statement.inquirer_epoch), (statement.provider, statement.provider_epoch)
        tag = unblind_tag(blinded, mask, self._state.shares.hop(source, (AUDIT, statement.audit_epoch)))
        pair = (b"", b"")
        if verdict.permit:
            row = commit.inquiry.rows[place]
            decision = self._state.jurist.decide(statement, row, self._state.snapshot, self._state.day(statement.at_ms))
            if not isinstance(decision, Permit):
                raise Denied("ticket-false", "the law no longer permits what the ticket says")
            pair = self._pair(decision, blinded, mask, self._state.shares.hop(source, target))
        return Item(item_id_of(txid, place), place, verdict, tag, pair, commit.inquiry.rows[place], commit.given[place], returned)

    @staticmethod
    def _pair(permit: Permit, blinded: Blinded, mask: bytes, hop: bytes) -> tuple[bytes, bytes]:
        # Converting demands a Permit: there is no other way to this line.
        assert isinstance(permit, Permit)
        made = unblind_pair(blinded, mask, hop)
        return made.R, made.C

    def _valid(self, connection: sqlite3.Connection, converted: Sequence[Converted | Fault]) -> frozenset[bytes]:
        found = set()
        for one in converted:
            if isinstance(one, Fault):
                continue
            _, statement, items = one
            for item in items:
                row = connection.execute("SELECT 1 FROM valid_tag WHERE epoch = ? AND tag = ?", (statement.audit_epoch, item.tag)).fetchone()
                if row:
                    found.add(item.tag)
        return frozenset(found)

    def _prepare(self, commit: Commit, txid: Txid, statement: Statement, items: Sequence[Item], valid: frozenset[bytes], to: Sender) -> Prepared:
        # (3) A tag outside ValidTags ends its item: no pair leaves, the attempt is recorded under whatever it was, and alarmed.
        at_ms = self._state.log.moments.now_ms()
        placed = tuple(item if item.tag in valid else self._without_pair(item, statement.inquirer) for item in items)
        affair = self._state.jurist.affair_name(statement.affair, statement.purpose_item, self._state.snapshot)
        bodies, seeds, paths = [], [], row_paths(commit.inquiry.rows)
        for item in placed:
            body = inquiry_body(txid, item.item_id, statement, item.row, item.verdict, affair, at_ms)
            if item.verdict.permit and not item.pair[0]:
                body = msgspec.structs.replace(body, kind="refusal", outcome="unavailable")
            bodies.append(seal_body(body, to))
            seeds.append(self._seed(commit, item, paths[item.place], to) if item.pair[0] else b"")
        return Prepared(txid, statement, placed, tuple(bodies), tuple(seeds), at_ms)

    def _without_pair(self, item: Item, inquirer: str) -> Item:
        # The operator's alarm: this institution asks about a point that is nobody's code.
        self.unplaced += 1
        self._state.meter.add(UNPLACED, "/keeper/commit", "")
        logs.warn("tag-unknown", peer=inquirer)
        return msgspec.structs.replace(item, pair=(b"", b""))

    @staticmethod
    def _seed(commit: Commit, item: Item, path: tuple[bytes, ...], to: Sender) -> bytes:
        seed = NoticeSeed(
            statement=commit.inquiry.statement,
            place=item.place,
            row=item.row.shown(),
            path=path,
            pair_r=item.pair[0],
            pair_c=item.pair[1],
            given=item.given,
            returned=item.returned,
        )
        return to.seal(seed_info(item.item_id), seed_plain(seed))

    def _append(self, connection: sqlite3.Connection, ready: Sequence[Prepared | Fault]) -> tuple[Result[Committed], ...]:
        # (4) One transaction for the batch: positions and numbers are given by the only writer, receipts are signed over what they got.
        staged: list[list[tuple[Item, Placed, Receipt]] | None] = []
        faults: dict[int, Fault] = {}
        again: dict[int, Committed] = {}
        under_way: set[Txid] = set()
        for i, prepared in enumerate(ready):
            staged.append(None)
            if isinstance(prepared, Fault):
                faults[i] = prepared
            elif prepared.txid in under_way:
                # The same message twice in one batch: the record is on its way, and the next try is answered from it.
                faults[i] = Unavailable("commit-under-way", "", "txid")
            elif (stored := self._recorded(connection, prepared)) is not None:
                if isinstance(stored, Fault):
                    faults[i] = stored
                else:
                    again[i] = stored
            elif self._nonce_taken(connection, prepared):
                faults[i] = Conflict("nonce-reused", "the same nonce came with another statement", "nonce")
            else:
                staged[i] = self._append_one(connection, prepared)
                under_way.add(prepared.txid)
        receipts = [receipt for one in staged if one for _, _, receipt in one]
        signed = iter(sign_receipts(receipts, self._state.secrets.signing, clock.now_ms()) if receipts else ())
        results: list[Result[Committed]] = []
        for i, prepared in enumerate(ready):
            one = staged[i]
            if one is not None and not isinstance(prepared, Fault):
                results.append(Result(self._store(connection, prepared, one, [next(signed) for _ in one])))
            else:
                results.append(Result(again[i]) if i in again else Result(fault=FaultForm.of(faults[i])))
        return tuple(results)

    def _recorded(self, connection: sqlite3.Connection, prepared: Prepared) -> Committed | Fault | None:
        stored = by_txid(connection, self._state.rest, prepared.txid)
        if not stored:
            return None
        items = []
        for item, old in zip(prepared.items, stored, strict=True):
            # A repeated commit must reproduce the pair's hash, or somebody garbled it on the way.
            receipt = msgspec.json.decode(old.receipt.receipt, type=Receipt)
            if receipt.pair_hash != (pair_hash(*item.pair) if item.pair[0] else b""):
                return Conflict("pair-differs", "a repeated commit came to another pair", "rows")
            items.append(CommittedItem(item_id=item.item_id, receipt=old.receipt, refusal=old.refusal, pair_r=item.pair[0], pair_c=item.pair[1]))
        return Committed(tuple(items))

    @staticmethod
    def _nonce_taken(connection: sqlite3.Connection, prepared: Prepared) -> bool:
        return connection.execute("SELECT 1 FROM tx WHERE nonce = ?", (nonce_key(prepared.statement),)).fetchone() is not None

    def _append_one(self, connection: sqlite3.Connection, prepared: Prepared) -> list[tuple[Item, Placed, Receipt]]:
        statement = prepared.statement
        connection.execute("INSERT INTO tx (txid, nonce, at_ms) VALUES (?, ?, ?)", (prepared.txid, nonce_key(statement), prepared.at_ms))
        staged = []
        for item, body in zip(prepared.items, prepared.bodies, strict=True):
            kind = LeafKind.INTENT if item.pair[0] else LeafKind.REFUSAL
            entry = Entry(kind, statement.audit_epoch, item.tag, prepared.at_ms, body.commitment, body.sealed, item.item_id)
            placed = self._place(connection, statement, entry)
            staged.append((item, placed, self._receipt(statement, item, placed, prepared.at_ms)))
        return staged

    def _place(self, connection: sqlite3.Connection, statement: Statement, entry: Entry) -> Placed:
        mark = statement.nondisclosure
        if mark is None:
            return append_person(connection, self._state.secrets, entry)
        ground = self._state.rest.close("ground", entry.item_id, mark.ground.encode())
        return append_withheld(connection, self._state.secrets, entry, ground, mark.until_ms)

    @staticmethod
    def _receipt(statement: Statement, item: Item, placed: Placed, at_ms: int) -> Receipt:
        verdict: RecordedAs = "refusal" if not item.verdict.permit else "permit" if item.pair[0] else "unplaced"
        citations = item.verdict.basis if item.verdict.permit else tuple(ground.citation for ground in item.verdict.grounds)
        return Receipt(
            v=1,
            item_id=item.item_id,
            inquirer=statement.inquirer,
            provider=statement.provider,
            inquirer_epoch=statement.inquirer_epoch,
            provider_epoch=statement.provider_epoch,
            audit_epoch=statement.audit_epoch,
            verdict=verdict,
            basis=citations,
            pair_hash=pair_hash(*item.pair) if item.pair[0] else b"",
            leaf_hash=leaf_hash(placed.leaf),
            index=placed.index,
            at_ms=at_ms,
        )

    def _store(
        self, connection: sqlite3.Connection, prepared: Prepared, staged: Sequence[tuple[Item, Placed, Receipt]], signed: Sequence[SignedReceipt]
    ) -> Committed:
        rest, mark = self._state.rest, prepared.statement.nondisclosure
        items = []
        for (item, placed, _), receipt, seed in zip(staged, signed, prepared.seeds, strict=True):
            refusal = b"" if item.verdict.permit else msgspec.json.encode(item.verdict)
            closed = [
                rest.close("receipt", item.item_id, msgspec.msgpack.encode(receipt)),
                rest.close("refusal", item.item_id, refusal),
                seed,
                rest.close("steps", item.item_id, msgspec.msgpack.encode(item.steps()) if item.pair[0] else b""),
            ]
            connection.execute(
                "INSERT INTO item (item_id, txid, place, state, epoch, tag, leaf_index, outcome_index, withheld_until, late_index,"
                " rest_receipt, rest_refusal, rest_notice, rest_steps, rest_outcome, rest_hop)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, -1, ?, -1, ?, ?, ?, ?, x'', x'')",
                (
                    item.item_id,
                    prepared.txid,
                    item.place,
                    "open" if item.pair[0] else "refused",
                    prepared.statement.audit_epoch,
                    item.tag,
                    placed.index,
                    mark.until_ms if mark else 0,
                    *closed,
                ),
            )
            items.append(CommittedItem(item_id=item.item_id, receipt=receipt, refusal=refusal, pair_r=item.pair[0], pair_c=item.pair[1]))
        return Committed(tuple(items))


def nonce_key(statement: Statement) -> bytes:
    """32 bytes that are unique per inquirer and nonce, and show neither."""
    return digest("nonce", statement.inquirer.encode(), statement.nonce)
