"""Use case: record that an institution is told of a change.  It stands under the person first; only then does the note go on.

Decided here as by the exchange: the note is the provider's, it rests on an item that was recorded and has ended, both parties stand, and law permits
today what was asked.  The person is found by the item.  An item is told of once; the same note again gets the first receipt.
"""

import sqlite3

import msgspec

from enishi import clock
from enishi.errors import Denied, Malformed, Unknown
from enishi.law import Permit
from enishi.mesh.beside import beside
from enishi.protocol.event import Believed, Event, check_event
from enishi.protocol.receipt import Receipt, SignedReceipt, sign_receipts
from enishi.protocol.record import RecordBody
from enishi.protocol.statement import txid_of
from enishi.roles.keeper.bodies import SealedBody, seal_body
from enishi.roles.keeper.chain import Entry, Placed, append_person, append_withheld
from enishi.roles.keeper.state import State
from enishi.roles.keeper.withholding import ground_of
from enishi.seal.many import Sender
from enishi.store import crash
from enishi.terms import ItemId
from enishi.tlog.leaf import LeafKind
from enishi.tlog.tree import leaf_hash

CHECK_MS = 1.5
"""Processor time of one note before the record, about."""
ENDED = "final"


class Prepared(msgspec.Struct, frozen=True):
    """A note that may be recorded: what it rests on, the provisions of today's permit, and the sealed body with its time."""

    believed: Believed
    item_id: ItemId
    basis: tuple[str, ...]
    body: SealedBody
    at_ms: int


class Changes:
    """Records notes of change."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state

    async def handle(self, event: Event) -> SignedReceipt:
        """Record, and only then sign; Malformed("kind-wrong"), Denied("event-not-lawful", "institution-suspended", "event-not-yours"),
        Unknown("item-unknown"), and what `check_event` raises."""
        made = await beside(CHECK_MS, self._prepare, event)
        await self._state.may_record()
        crash.point("keeper.event.before_append")
        receipt = await self._state.database.write(lambda connection: self._append(connection, made))
        # Durable: that the inquirer is told.  Only from here on does the note go on, for no platform takes it without this receipt.
        crash.point("keeper.event.after_append")
        self._state.log.dirty()
        return receipt

    def _prepare(self, event: Event) -> Prepared:
        snapshot, now_ms = self._state.snapshot, clock.now_ms()
        believed = check_event(event, snapshot.signing_keys, snapshot.keeper.signing, now_ms)
        if believed.note.kind != "changed":
            raise Malformed("kind-wrong", believed.note.kind, "kind")
        said = believed.statement
        for name, field in ((said.inquirer, "inquirer"), (said.provider, "provider")):
            if snapshot.institution(name, field).suspended:
                raise Denied("institution-suspended", name, field)
        decision = self._state.jurist.decide(said, event.row, snapshot, self._state.day(now_ms))
        if not isinstance(decision, Permit):
            raise Denied("event-not-lawful", "", "statement")
        return self._permitted(decision, event, believed)

    def _permitted(self, permit: Permit, event: Event, believed: Believed) -> Prepared:
        # Telling demands a Permit of today, as converting did of then.
        assert isinstance(permit, Permit)
        at_ms, said, basis = self._state.log.moments.now_ms(), believed.statement, permit.basis
        body = RecordBody(
            kind="change",
            item_id=believed.note.item_id,
            txid=txid_of(event.statement.payload),
            at_ms=at_ms,
            inquirer=said.inquirer,
            provider=said.provider,
            affair=said.affair,
            affair_name=self._state.jurist.affair_name(said.affair, said.purpose_item, self._state.snapshot),
            purpose_item=said.purpose_item,
            items=said.items,
            period=event.row.period,
            relation=event.row.relation,
            basis=basis,
        )
        return Prepared(believed, believed.note.item_id, basis, seal_body(body, Sender(self._state.snapshot.disclosure)), at_ms)

    def _append(self, connection: sqlite3.Connection, made: Prepared) -> SignedReceipt:
        told = connection.execute("SELECT rest_receipt FROM change WHERE item_id = ?", (made.item_id,)).fetchone()
        if told is not None:
            return msgspec.msgpack.decode(self._state.rest.open("change", made.item_id, told[0]), type=SignedReceipt)
        placed, epoch = self._place(connection, made)
        (receipt,) = sign_receipts([_receipt(made, placed, epoch)], self._state.secrets.signing, clock.now_ms())
        closed = self._state.rest.close("change", made.item_id, msgspec.msgpack.encode(receipt))
        connection.execute("INSERT INTO change (item_id, idx, rest_receipt) VALUES (?, ?, ?)", (made.item_id, placed.index, closed))
        return receipt

    def _place(self, connection: sqlite3.Connection, made: Prepared) -> tuple[Placed, int]:
        query = "SELECT state, epoch, tag, withheld_until, leaf_index, outcome_index FROM item WHERE item_id = ?"
        row = connection.execute(query, (made.item_id,)).fetchone()
        if row is None:
            raise Unknown("item-unknown", "no such item was recorded", "item_id")
        state, epoch, tag, until_ms, leaf_index, outcome_index = row
        if state != ENDED:
            raise Denied("event-not-yours", "the item has not ended", "item_id")
        entry = Entry(LeafKind.CHANGE, epoch, tag, made.at_ms, made.body.commitment, made.body.sealed, made.item_id)
        if until_ms <= made.at_ms:
            return append_person(connection, self._state.secrets, entry), epoch
        # The item's mark runs: what was told of it is kept from its person as the item is, and enters late with it.
        return append_withheld(connection, self._state.secrets, entry, ground_of(connection, leaf_index, outcome_index), until_ms), epoch


def _receipt(made: Prepared, placed: Placed, epoch: int) -> Receipt:
    said = made.believed.statement
    return Receipt(
        v=1,
        item_id=made.item_id,
        inquirer=said.inquirer,
        provider=said.provider,
        inquirer_epoch=said.inquirer_epoch,
        provider_epoch=said.provider_epoch,
        audit_epoch=epoch,
        verdict="change",
        basis=made.basis,
        pair_hash=b"",
        leaf_hash=leaf_hash(placed.leaf),
        index=placed.index,
        at_ms=made.at_ms,
    )
