"""Delivering notices to providers and their outcomes to the log (Art. 21(2)); also again, after a crash, from what the keeper holds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from enishi.errors import Denied, Fault, Malformed, Tampered
from enishi.law import Permit
from enishi.linkage.forms import Blinded
from enishi.linkage.hop import prove_hop
from enishi.mesh import logs
from enishi.protocol.forms import read_payload
from enishi.protocol.nondisclosure import check_mark
from enishi.protocol.outcome import answer_hash, claimed_outcome
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.protocol.seed import seed_bytes
from enishi.protocol.statement import Statement, read_statement
from enishi.protocol.wire import BlindRow, Fetch, ItemReply, Notice, NoticeReply, NoticeSeed, OutcomeForm, Recorded, StoredItem
from enishi.roles.exchange.state import State
from enishi.store import crash
from enishi.terms import ItemId, Outcome


@dataclass(frozen=True)
class Doors:
    """The calls this use case makes, each already micro-batched."""

    notify: Callable[[str, Notice], Awaitable[NoticeReply]]
    """(platform, notice)."""
    fetch: Callable[[str, Fetch], Awaitable[NoticeReply]]
    record: Callable[[OutcomeForm], Awaitable[Recorded]]
    own: Callable[[StoredItem], Awaitable[ItemReply]] | None = None
    """Delivers a person's request for their own data again; None where there is no such door."""


class Delivery:
    """Brings a permitted item to its provider and its outcome to the log."""

    def __init__(self, state: State, doors: Doors) -> None:
        """Work on the exchange's state through these doors."""
        self._state = state
        self._doors = doors

    async def deliver(self, permit: Permit, seed: NoticeSeed, receipt: SignedReceipt) -> ItemReply:
        """Notify the provider and record its outcome; noticing demands the Permit."""
        assert isinstance(permit, Permit)
        return await self._deliver(seed, receipt)

    async def record(self, form: OutcomeForm) -> Recorded:
        """Bring an outcome to the log; Malformed where its mark of non-disclosure is not lawful."""
        claim = claimed_outcome(form.outcome)
        check_mark(claim.nondisclosure, claim.at_ms, self._state.day(claim.at_ms))
        return await self._doors.record(form)

    async def again(self, stored: StoredItem) -> ItemReply:
        """The reply for an item that was recorded before: from the provider's store, or by delivering the notice once more."""
        if stored.refusal:
            return ItemReply(receipt=stored.receipt, refusal=stored.refusal, outcome=None, outcome_index=-1, sealed=b"")
        receipt = read_payload(stored.receipt.receipt, Receipt, "receipt")
        if receipt.verdict == "self" and self._doors.own is not None:
            return await self._doors.own(stored)
        if receipt.verdict != "permit":
            return waiting(stored.receipt)
        if stored.outcome is None:
            return await self._deliver(self.open_seed(stored), stored.receipt)
        platform = self._state.snapshot.institution(receipt.provider, "provider").platform
        reply = await self._doors.fetch(platform, Fetch(receipt.provider, stored.item_id))
        index = stored.outcome_index
        if reply.outcome != stored.outcome:
            index = (await self._record(reply, stored)).index
        return ItemReply(receipt=stored.receipt, refusal=b"", outcome=reply.outcome, outcome_index=index, sealed=reply.sealed)

    def open_seed(self, stored: StoredItem) -> NoticeSeed:
        """Open what the keeper kept sealed for this moment; Tampered, Malformed where it is not what was sealed."""
        return read_seed(seed_bytes(self._state.secrets.disclosure, stored.item_id, stored.notice))

    async def _deliver(self, seed: NoticeSeed, receipt: SignedReceipt) -> ItemReply:
        try:
            return await self._exchanged(seed, receipt)
        except Fault as fault:
            if fault.status in (503, 429):
                raise
            # Whatever went wrong behind the record, the record stands: the inquirer gets its receipt, and the item waits to be delivered again.
            logs.warn("delivery-refused", code=fault.code)
            return waiting(receipt)

    async def _exchanged(self, seed: NoticeSeed, receipt: SignedReceipt) -> ItemReply:
        statement = read_statement(seed.statement.payload)
        platform = self._standing(statement)
        notice = Notice(
            statement=seed.statement, place=seed.place, row=seed.row, path=seed.path, receipt=receipt, pair_r=seed.pair_r, pair_c=seed.pair_c
        )
        crash.point("exchange.notice.before_send")
        try:
            reply = await self._doors.notify(platform, notice)
        except Fault as fault:
            if fault.status in (503, 429):
                # The intent stands, the keeper's row is the outbox: the item waits and is delivered again.
                return waiting(receipt)
            raise
        crash.point("exchange.notice.after_answer")
        claim = claimed_outcome(reply.outcome)
        if claim.answer_hash != answer_hash(reply.sealed):
            raise Tampered("answer-differs", "the sealed answer is not the one that was signed", "sealed")
        hop = await self._hop(statement, seed, claim.item_id) if claim.kind is Outcome.NO_SUCH_PERSON else b""
        recorded = await self.record(OutcomeForm(reply.outcome, hop))
        # Recorded: the outcome is durable at the keeper; only now does the inquirer learn it.
        crash.point("exchange.outcome.after_recorded")
        return ItemReply(receipt=receipt, refusal=b"", outcome=reply.outcome, outcome_index=recorded.index, sealed=reply.sealed)

    def _standing(self, statement: Statement) -> str:
        """The provider's platform; Denied or Unknown where a party was suspended or an epoch revoked while the item waited."""
        for name, epoch, field in (
            (statement.inquirer, statement.inquirer_epoch, "inquirer"),
            (statement.provider, statement.provider_epoch, "provider"),
        ):
            party = self._state.snapshot.institution(name, field)
            if party.suspended:
                raise Denied("institution-suspended", name, field)
            party.epoch(epoch)
        return party.platform

    async def _record(self, reply: NoticeReply, stored: StoredItem) -> Recorded:
        claim = claimed_outcome(reply.outcome)
        hop = b""
        if claim.kind is Outcome.NO_SUCH_PERSON and stored.notice:
            seed = self.open_seed(stored)
            hop = await self._hop(read_statement(seed.statement.payload), seed, stored.item_id)
        return await self.record(OutcomeForm(reply.outcome, hop))

    async def _hop(self, statement: Statement, seed: NoticeSeed, item_id: ItemId) -> bytes:
        source, target = (statement.inquirer, statement.inquirer_epoch), (statement.provider, statement.provider_epoch)
        base_from = self._state.snapshot.institution(*source[:1], "inquirer").epoch(source[1]).share_exchange
        proof = await asyncio.to_thread(
            prove_hop,
            blinded_of(seed.given),
            blinded_of(seed.returned),
            self._state.shares.hop(source, target),
            base_from,
            self._state.secrets.layer,
            bytes(item_id),
        )
        return msgspec.msgpack.encode(proof)


def read_seed(opened: bytes) -> NoticeSeed:
    """Read an opened seed; Malformed("form-unreadable"): one that is none must not keep the others from being delivered."""
    try:
        return msgspec.msgpack.decode(opened, type=NoticeSeed)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("form-unreadable", "notice", "notice") from error


def waiting(receipt: SignedReceipt) -> ItemReply:
    """The reply for a recorded item without an outcome."""
    return ItemReply(receipt=receipt, refusal=b"", outcome=None, outcome_index=-1, sealed=b"")


def blinded_of(row: BlindRow) -> Blinded:
    """Linkage's form of a blinded row."""
    return Blinded(row.r, row.b or None, row.u)
