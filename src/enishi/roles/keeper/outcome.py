"""Use case: record an outcome.  The provider's signature and the transition are checked, the leaf becomes durable, and only then the
inquirer is told."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from enishi.errors import Denied, Fault, Malformed, Unknown
from enishi.mesh.beside import beside
from enishi.protocol.letters import RIGHTS
from enishi.protocol.nondisclosure import check_mark
from enishi.protocol.outcome import GivenOutcome, check_outcome, check_transition
from enishi.protocol.receipt import RELEASED, Receipt, SignedReceipt
from enishi.protocol.record import RecordBody
from enishi.protocol.refusals import ALLOWED
from enishi.protocol.represented import BASIS, ENDS, NEUTRAL
from enishi.protocol.self_disclosure import EXCEPTIONS, ROOT
from enishi.protocol.statement import Nondisclosure
from enishi.protocol.wire import Batch, FaultForm, ItemIds, OutcomeForm, Pending, Recorded, Result, Results
from enishi.roles.keeper.bodies import SealedBody, seal_body
from enishi.roles.keeper.chain import Entry, Placed, append_person, append_withheld
from enishi.roles.keeper.hops import Steps, prove_hops
from enishi.roles.keeper.roothops import prove_root_hops
from enishi.roles.keeper.state import State
from enishi.roles.keeper.stored import open_items
from enishi.roles.keeper.withholding import Note, Owner, append_note, ground_of, own_leaves, seal_note
from enishi.seal.many import Sender
from enishi.store import crash
from enishi.terms import Outcome, Txid
from enishi.tlog.leaf import LeafKind

CHECK_MS: Final = 1.0
"""Processor time of one outcome before the record, about; the proofs of a missing person are rare."""
UNGIVEN = frozenset({Outcome.CANCELLED, Outcome.EXPIRED, Outcome.UNAVAILABLE})
"""Kinds that no provider says: the first two are reserved, the last is the keeper's own, in the body of an unplaced row."""
INTERIM = {Outcome.HELD: "held", Outcome.CLOSED: "closed"}


class Standing(msgspec.Struct, frozen=True):
    """An item as recorded, opened for the checks an outcome needs."""

    txid: Txid
    place: int
    state: str
    epoch: int
    tag: bytes
    withheld_until: int
    late_index: int
    receipt: Receipt
    steps: Steps | None
    outcome_index: int
    leaf_index: int
    own: tuple[int, ...]
    """Its leaves in the person's own chain that a mark would take out of sight; read only where the outcome brings one."""


class Checked(msgspec.Struct, frozen=True):
    """An outcome that may be recorded: what is signed, the item, the proof of both hops, its sealed body, and the notes of its mark by leaf."""

    claim: GivenOutcome
    form: OutcomeForm
    item: Standing
    hop: bytes
    body: SealedBody
    notes: Mapping[int, Note]


class Outcomes:
    """Records providers' outcomes, and lists the items that still wait for one."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state

    async def handle(self, batch: Batch[OutcomeForm]) -> Results[Recorded]:
        """Record each outcome of a batch for itself, all in one transaction."""
        checked = await beside(CHECK_MS * len(batch.each), self._all_checked, batch.each)
        await self._state.may_record()
        crash.point("keeper.outcome.before_append")
        results = await self._state.database.write(lambda connection: tuple(self._append(connection, one) for one in checked))
        # Durable: the outcome.  Only from here on may the inquirer be answered.
        crash.point("keeper.outcome.after_append")
        self._state.log.dirty()
        return Results(results)

    async def pending(self, asked: ItemIds) -> Pending:
        """Items without any outcome, oldest first: what the exchange delivers again after a crash."""
        return Pending(await self._state.database.read(lambda connection: open_items(connection, self._state.rest, 500)))

    def _all_checked(self, forms: Sequence[OutcomeForm]) -> list[Checked | Fault]:
        claims = [self._claim(form) for form in forms]
        standing = self._state.database.read_now(lambda connection: [self._standing(connection, claim) for claim in claims])
        # All bodies and notes of the batch are for one reader, and share one encapsulation.
        sender = Sender(self._state.snapshot.disclosure)
        return [self._check(form, claim, item, sender) for form, claim, item in zip(forms, claims, standing, strict=True)]

    def _claim(self, form: OutcomeForm) -> GivenOutcome | Fault:
        # (1) The provider's signature, under the key of its registered epoch.
        try:
            return check_outcome(form.outcome, self._state.snapshot.signing_keys)
        except Fault as fault:
            return fault

    def _standing(self, connection: sqlite3.Connection, claim: GivenOutcome | Fault) -> Standing | None:
        if isinstance(claim, Fault):
            return None
        row = connection.execute(
            "SELECT txid, place, state, epoch, tag, withheld_until, late_index, rest_receipt, rest_steps, outcome_index, leaf_index"
            " FROM item WHERE item_id = ?",
            (claim.item_id,),
        ).fetchone()
        if row is None:
            return None
        txid, place, state, epoch, tag, until, late, receipt, steps, outcome_index, leaf_index = row
        signed = msgspec.msgpack.decode(self._state.rest.open("receipt", claim.item_id, receipt), type=SignedReceipt)
        opened = self._state.rest.open("steps", claim.item_id, steps)
        rows = msgspec.msgpack.decode(opened, type=Steps) if opened else None
        own = own_leaves(connection, Owner(epoch, tag, claim.item_id)) if claim.nondisclosure else ()
        told = msgspec.json.decode(signed.receipt, type=Receipt)
        return Standing(txid, place, state, epoch, tag, until, late, told, rows, outcome_index, leaf_index, own)

    def _check(self, form: OutcomeForm, claim: GivenOutcome | Fault, item: Standing | None, to: Sender) -> Checked | Fault:
        if isinstance(claim, Fault):
            return claim
        try:
            if item is None:
                raise Unknown("item-unknown", "no such item was recorded", "item_id")
            # (2) Only the provider that the receipt names may end the item.
            if claim.provider != item.receipt.provider or item.receipt.verdict not in RELEASED:
                raise Denied("outcome-not-yours", claim.provider, "provider")
            _check_kind(claim, item.receipt)
            check_mark(claim.nondisclosure, claim.at_ms, self._state.day(claim.at_ms))
            # A provider that is suspended ends nothing, however old the inquiry is.
            if self._state.snapshot.institution(claim.provider, "provider").suspended:
                raise Denied("institution-suspended", claim.provider, "provider")
            # (3) "No such person" is believed only when both operators' hops are proven: a garbled pair must not pass for a missing person.
            hop = self._hops(form, item) if claim.kind is Outcome.NO_SUCH_PERSON else b""
            return Checked(claim, form, item, hop, seal_body(_body(claim, item), to), self._notes(claim, item, to))
        except Fault as fault:
            return fault

    def _hops(self, form: OutcomeForm, item: Standing) -> bytes:
        if item.receipt.verdict == "self" and item.steps is not None:
            return prove_root_hops(self._state, item.txid, item.receipt, item.steps, form.hop)
        return prove_hops(self._state, item.txid, item.place, item.receipt, item.steps, form.hop)

    def _append(self, connection: sqlite3.Connection, one: Checked | Fault) -> Result[Recorded]:
        if isinstance(one, Fault):
            return Result(fault=FaultForm.of(one))
        claim, item = one.claim, one.item
        state, closed, index, until, late = connection.execute(
            "SELECT state, rest_outcome, outcome_index, withheld_until, late_index FROM item WHERE item_id = ?", (claim.item_id,)
        ).fetchone()
        item = msgspec.structs.replace(item, outcome_index=index, withheld_until=until, late_index=late)
        written = msgspec.msgpack.encode(one.form.outcome)
        if closed and self._state.rest.open("outcome", claim.item_id, closed) == written:
            return Result(Recorded(index))
        try:
            # (4) The transition is checked against what is durable now, inside the transaction: no item ends twice.
            check_transition(_outcome_of(state), claim.kind)
        except Fault as fault:
            return Result(fault=FaultForm.of(fault))
        placed = self._place(connection, claim, item, one.body)
        self._note(connection, claim, item, one.notes)
        connection.execute(
            "UPDATE item SET state = ?, rest_outcome = ?, outcome_index = ?, rest_hop = ?, rest_notice = CASE WHEN ? THEN rest_notice ELSE x'' END,"
            " withheld_until = MAX(withheld_until, ?) WHERE item_id = ?",
            (
                INTERIM.get(claim.kind, "final"),
                self._state.rest.close("outcome", claim.item_id, written),
                placed.index,
                self._state.rest.close("hop", claim.item_id, one.hop),
                # A letter is not kept here while it waits for its answer: the holder has it.
                claim.kind.interim and item.receipt.basis != RIGHTS,
                claim.nondisclosure.until_ms if claim.nondisclosure else 0,
                claim.item_id,
            ),
        )
        return Result(Recorded(placed.index))

    def _place(self, connection: sqlite3.Connection, claim: GivenOutcome, item: Standing, body: SealedBody) -> Placed:
        entry = Entry(LeafKind.OUTCOME, item.epoch, item.tag, self._state.log.moments.now_ms(), body.commitment, body.sealed, claim.item_id)
        # The item's earlier mark counts while it runs; once it has ended there is nothing left that this outcome could be withheld with.
        marked, running = claim.nondisclosure.until_ms if claim.nondisclosure else 0, item.withheld_until if item.withheld_until > entry.at_ms else 0
        if not marked and not running:
            return append_person(connection, self._state.secrets, entry)
        if claim.nondisclosure is not None and marked >= running:
            ground = self._state.rest.close("ground", claim.item_id, claim.nondisclosure.ground.encode())
        else:
            ground = ground_of(connection, item.leaf_index, item.outcome_index)
        return append_withheld(connection, self._state.secrets, entry, ground, max(marked, running))

    def _notes(self, claim: GivenOutcome, item: Standing, to: Sender) -> dict[int, Note]:
        mark = claim.nondisclosure
        sealed = {index: self._sealed_note(index, mark, to) for index in item.own} if mark and _hides(mark, item) else {}
        return {index: note for index, note in sealed.items() if note is not None}

    def _sealed_note(self, index: int, mark: Nondisclosure, to: Sender) -> Note | None:
        return seal_note(index, mark.ground, mark.until_ms, self._state.log.moments.now_ms(), to)

    def _note(self, connection: sqlite3.Connection, claim: GivenOutcome, item: Standing, sealed: Mapping[int, Note]) -> None:
        mark, owner = claim.nondisclosure, Owner(item.epoch, item.tag, claim.item_id)
        if mark is None or not _hides(mark, item):
            return
        for index in own_leaves(connection, owner):
            # Another outcome of the same item may have come between reading and writing; only its note is sealed in here.
            note = sealed.get(index) or self._sealed_note(index, mark, Sender(self._state.snapshot.disclosure))
            if note is not None:
                append_note(connection, self._state.secrets, owner, note)


def _hides(mark: Nondisclosure, item: Standing) -> bool:
    """Whether a mark takes what stands in the person's own chain out of sight for longer; what a late entry has brought in stays shown."""
    return mark.until_ms > item.withheld_until and item.late_index < 0


def _check_kind(claim: GivenOutcome, receipt: Receipt) -> None:
    if claim.provider_epoch != receipt.provider_epoch:
        # The item was converted for one key epoch: what another epoch's key says is about another code.
        raise Denied("outcome-not-yours", f"epoch {claim.provider_epoch}", "provider_epoch")
    if claim.kind in UNGIVEN or (receipt.basis == BASIS and claim.kind not in ENDS):
        # What a representative is answered never says whether the person is known there.
        raise Denied("outcome-kind-not-yours", claim.kind, "kind")
    if (claim.kind is Outcome.REFUSED_WITH_CITATION) != bool(claim.citation):
        # Only where a provision of law lets it may a provider refuse, and it must name it; nothing else comes with one.
        raise Malformed("outcome-citation-wrong", claim.citation[:40] or "none", "citation")
    own = receipt.verdict == "self"
    if own and claim.nondisclosure is not None:
        # The person asked themselves: their own question is not taken out of their sight.
        raise Malformed("nondisclosure-unlawful", "a request for one's own data has no mark", "nondisclosure")
    if claim.citation and claim.citation not in _allowed(receipt):
        # Art. 22(1), and APPI Art. 78 towards the person, leave no discretion: who refuses on another provision has not answered, and the item stays.
        raise Malformed("outcome-citation-not-allowed", claim.citation[:60], "citation")


def _allowed(receipt: Receipt) -> frozenset[str]:
    if receipt.basis == BASIS:
        return frozenset({NEUTRAL})
    return EXCEPTIONS if receipt.verdict == "self" else ALLOWED


def _body(claim: GivenOutcome, item: Standing) -> RecordBody:
    return RecordBody(
        kind="outcome",
        item_id=claim.item_id,
        txid=item.txid,
        at_ms=claim.at_ms,
        inquirer="" if item.receipt.inquirer == ROOT else item.receipt.inquirer,
        provider=item.receipt.provider,
        outcome=claim.kind,
        deadline_ms=claim.deadline_ms,
        basis=(claim.citation,) if claim.citation else (),
    )


def _outcome_of(state: str) -> Outcome | None:
    if state == "open":
        return None
    return {"held": Outcome.HELD, "closed": Outcome.CLOSED}.get(state, Outcome.PROVIDED)
