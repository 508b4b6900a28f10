"""Use case: a person asks an institution for their own data.  It is recorded under the person first; only then does the holder's pair leave."""

import asyncio
import sqlite3

import msgspec

from enishi import clock
from enishi.errors import Conflict, Denied, Malformed
from enishi.linkage.convert import admit_pair, beta, check_rows, commit_pair, commit_tag, decode_pi
from enishi.linkage.forms import Pair, Row3, decode_blinded, decode_rows
from enishi.protocol.letters import check_carried
from enishi.protocol.receipt import Receipt, SignedReceipt, pair_hash, sign_receipts
from enishi.protocol.record import RecordBody
from enishi.protocol.seed import seed_info
from enishi.protocol.self_disclosure import ROOT, SelfCommit, SelfMessage, SelfSeed, SelfStatement, read_self, self_txid
from enishi.protocol.self_legal import SelfDisclosure, decide_self
from enishi.protocol.statement import check_window, item_id_of
from enishi.protocol.wire import BlindRow, CommittedItem, ViewAdmitted
from enishi.roles.keeper.bodies import SealedBody, seal_body
from enishi.roles.keeper.chain import Entry, Placed, append_person
from enishi.roles.keeper.hops import Steps
from enishi.roles.keeper.keys import AUDIT
from enishi.roles.keeper.state import State
from enishi.seal.many import Sender
from enishi.seal.pad import pad
from enishi.store import crash
from enishi.terms import ItemId, Txid
from enishi.tlog.leaf import LeafKind
from enishi.tlog.tree import leaf_hash


class Converted(msgspec.Struct, frozen=True):
    """A request after the keeper's arithmetic, not yet recorded; the body and the seed are sealed."""

    said: SelfStatement
    txid: Txid
    item_id: ItemId
    tag: bytes
    pair: Pair
    steps: Steps
    basis: tuple[str, ...]
    body: SealedBody
    seed: bytes
    at_ms: int


class SelfDisclosing:
    """Admits and records; both the face's and the registrar's signature are demanded each time."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state

    async def admit(self, message: SelfMessage) -> ViewAdmitted:
        """Check the statement and hand out the blinded row."""
        said, txid = self._read(message)
        check_window(said.at_ms, clock.now_ms())
        self._check_standing(said)
        row = await asyncio.to_thread(self._blind, said, txid, message)
        return ViewAdmitted(self._state.tickets.issue(txid, said.face, (), (row,), clock.now_ms()), row)

    async def commit(self, commit: SelfCommit) -> CommittedItem:
        """Record the request, and only then give the holder's pair; Denied("tag-unknown"), Conflict("look-repeated")."""
        said, txid = self._read(commit.message)
        self._state.tickets.redeem(commit.ticket, txid, (), (commit.given,), clock.now_ms())
        made = await asyncio.to_thread(self._converted, said, txid, commit)
        await self._state.may_record()
        crash.point("keeper.self.before_append")
        receipt = await self._state.database.write(lambda connection: self._append(connection, made))
        # Durable: the person asked.  Only from here on may the holder's pair leave this process.
        crash.point("keeper.self.after_append")
        self._state.tickets.committed(txid)
        self._state.log.dirty()
        return CommittedItem(item_id=made.item_id, receipt=receipt, refusal=b"", pair_r=made.pair.R, pair_c=made.pair.C)

    def _read(self, message: SelfMessage) -> tuple[SelfStatement, Txid]:
        snapshot = self._state.snapshot
        said = read_self(message.statement, snapshot.portal, snapshot.registrar)
        check_carried(said.letter, message.letter)
        return said, self_txid(message.statement)

    def _check_standing(self, said: SelfStatement) -> None:
        holder = self._state.snapshot.institution(said.holder, "holder")
        if holder.suspended:
            raise Denied("institution-suspended", holder.id, "holder")
        holder.epoch(said.holder_epoch)
        if said.audit_epoch != self._state.snapshot.current_audit.epoch:
            raise Conflict("snapshot-stale", "another audit epoch", "audit_epoch")

    def _blind(self, said: SelfStatement, txid: Txid, message: SelfMessage) -> BlindRow:
        (row,) = decode_rows([(said.r, said.b, said.u)])
        snapshot = self._state.snapshot
        z_b = self._state.layered(snapshot.institution(said.holder, "holder").epoch(said.holder_epoch).elgamal)
        z_u = self._state.layered(snapshot.audit_epoch(said.audit_epoch).elgamal)
        # π: the row that goes to the holder and the one that is recorded hold one and the same person.
        check_rows(txid, z_b, z_u, [row], decode_pi(message.pi))
        return self._given(decide_self(said, self._state.day(said.at_ms)), row, txid)

    def _given(self, disclosure: SelfDisclosure, row: Row3, txid: Txid) -> BlindRow:
        assert isinstance(disclosure, SelfDisclosure)
        secrets = self._state.secrets
        blinded = admit_pair(row, beta(secrets.beta, txid, 0), secrets.layer, secrets.audit)
        return BlindRow(blinded.R, blinded.B or b"", blinded.U)

    def _converted(self, said: SelfStatement, txid: Txid, commit: SelfCommit) -> Converted:
        if not commit.row.b:
            raise Malformed("row-without-pair", "the exchange returned no element for the holder", "row")
        blinded, mask = decode_blinded((commit.row.r, commit.row.b, commit.row.u)), beta(self._state.secrets.beta, txid, 0)
        disclosure = decide_self(said, self._state.day(said.at_ms))
        # Converting from @root demands the law's value for a person's own data; a Permit is none.
        assert isinstance(disclosure, SelfDisclosure)
        tag = commit_tag(blinded, mask, self._state.shares.root_hop(AUDIT, said.audit_epoch))
        pair = commit_pair(blinded, mask, self._state.shares.root_hop(said.holder, said.holder_epoch))
        item_id, at_ms, to = item_id_of(txid, 0), self._state.log.moments.now_ms(), Sender(self._state.snapshot.disclosure)
        message = commit.message
        # A letter, sealed to the holder, rests here sealed once more until the holder has it: a crash between record and delivery must not lose it.
        seed = SelfSeed(statement=message.statement, pair_r=pair.R, pair_c=pair.C, given=commit.given, returned=commit.row, letter=message.letter)
        return Converted(
            said=said,
            txid=txid,
            item_id=item_id,
            tag=tag,
            pair=pair,
            steps=Steps(BlindRow(said.r, said.b, said.u), commit.given, commit.row, pair.R, pair.C),
            basis=disclosure.basis,
            body=seal_body(_body(said, txid, item_id, disclosure, at_ms), to),
            seed=to.seal(seed_info(item_id), pad(msgspec.msgpack.encode(seed))),
            at_ms=at_ms,
        )

    def _append(self, connection: sqlite3.Connection, made: Converted) -> SignedReceipt:
        said = made.said
        if connection.execute("SELECT 1 FROM valid_tag WHERE epoch = ? AND tag = ?", (said.audit_epoch, made.tag)).fetchone() is None:
            raise Denied("tag-unknown", "this person is not enrolled in the audit epoch")
        if connection.execute("SELECT 1 FROM tx WHERE txid = ?", (made.txid,)).fetchone() is not None:
            raise Conflict("look-repeated", "each request needs a fresh signature of the card", "nonce")
        connection.execute("INSERT INTO tx (txid, nonce, at_ms) VALUES (?, ?, ?)", (made.txid, made.txid, made.at_ms))
        entry = Entry(LeafKind.SELF, said.audit_epoch, made.tag, made.at_ms, made.body.commitment, made.body.sealed, made.item_id)
        placed = append_person(connection, self._state.secrets, entry)
        (receipt,) = sign_receipts([_receipt(made, placed)], self._state.secrets.signing, clock.now_ms())
        self._store(connection, made, placed, receipt)
        return receipt

    def _store(self, connection: sqlite3.Connection, made: Converted, placed: Placed, receipt: SignedReceipt) -> None:
        rest = self._state.rest
        closed = (
            rest.close("receipt", made.item_id, msgspec.msgpack.encode(receipt)),
            rest.close("refusal", made.item_id, b""),
            made.seed,
            rest.close("steps", made.item_id, msgspec.msgpack.encode(made.steps)),
        )
        connection.execute(
            "INSERT INTO item (item_id, txid, place, state, epoch, tag, leaf_index, outcome_index, withheld_until, late_index,"
            " rest_receipt, rest_refusal, rest_notice, rest_steps, rest_outcome, rest_hop)"
            " VALUES (?, ?, 0, 'open', ?, ?, ?, -1, 0, -1, ?, ?, ?, ?, x'', x'')",
            (made.item_id, made.txid, made.said.audit_epoch, made.tag, placed.index, *closed),
        )


def _body(said: SelfStatement, txid: Txid, item_id: ItemId, disclosure: SelfDisclosure, at_ms: int) -> RecordBody:
    return RecordBody(
        kind="self",
        item_id=item_id,
        txid=txid,
        at_ms=at_ms,
        provider=said.holder,
        items=said.items,
        period=said.period,
        basis=disclosure.basis,
        face=said.face,
        request=said.request,
        mandate=said.mandate,
    )


def _receipt(made: Converted, placed: Placed) -> Receipt:
    said = made.said
    return Receipt(
        v=1,
        item_id=made.item_id,
        inquirer=ROOT,
        provider=said.holder,
        inquirer_epoch=0,
        provider_epoch=said.holder_epoch,
        audit_epoch=said.audit_epoch,
        verdict="self",
        basis=made.basis,
        pair_hash=pair_hash(made.pair.R, made.pair.C),
        leaf_hash=leaf_hash(placed.leaf),
        index=placed.index,
        at_ms=made.at_ms,
    )
