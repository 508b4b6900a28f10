"""Bringing a person's request to its holder and the outcome to the log; also again, after a crash, from what the keeper holds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from enishi.errors import Denied, Fault, Malformed, Tampered
from enishi.linkage.enrol import prove_factor
from enishi.linkage.group import G
from enishi.linkage.hop import RootHop, prove_hop
from enishi.mesh import logs
from enishi.protocol.outcome import answer_hash, claimed_outcome
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.registry import Institution
from enishi.protocol.seed import seed_bytes
from enishi.protocol.self_disclosure import SelfNotice, SelfSeed, SelfStatement, claimed_self
from enishi.protocol.wire import ItemReply, NoticeReply, OutcomeForm, Recorded, StoredItem
from enishi.roles.exchange.deliver import blinded_of, waiting
from enishi.roles.exchange.state import State
from enishi.store import crash
from enishi.terms import ItemId, Outcome


@dataclass(frozen=True)
class SelfDeliveryDoors:
    """The calls that bring a request to its end."""

    notify: Callable[[str, SelfNotice], Awaitable[NoticeReply]]
    """(platform, notice)."""
    record: Callable[[OutcomeForm], Awaitable[Recorded]]


class SelfDelivery:
    """Brings a recorded request to its holder and its outcome to the log."""

    def __init__(self, state: State, doors: SelfDeliveryDoors) -> None:
        """Work on the exchange's state through these doors."""
        self._state = state
        self._doors = doors

    async def deliver(self, seed: SelfSeed, receipt: SignedReceipt) -> ItemReply:
        """Ask the holder and record what it says; without an answer the item waits."""
        try:
            return await self._exchanged(seed, receipt)
        except Fault as fault:
            # Whatever went wrong behind the record, the record stands: the person is told that it waits, and it is delivered again.
            logs.warn("delivery-refused", code=fault.code)
            return waiting(receipt)

    async def again(self, stored: StoredItem) -> ItemReply:
        """The notice once more, from what the keeper kept sealed; the key that the answer goes to may have ended with its session, the record not."""
        opened = seed_bytes(self._state.secrets.disclosure, stored.item_id, stored.notice)
        return await self.deliver(read_self_seed(opened), stored.receipt)

    async def _exchanged(self, seed: SelfSeed, receipt: SignedReceipt) -> ItemReply:
        said = claimed_self(seed.statement.payload)
        holder = standing(self._state, said)
        notice = SelfNotice(statement=seed.statement, receipt=receipt, pair_r=seed.pair_r, pair_c=seed.pair_c, letter=seed.letter)
        crash.point("exchange.self.before_notice")
        reply = await self._doors.notify(holder.platform, notice)
        crash.point("exchange.self.after_answer")
        claim = claimed_outcome(reply.outcome)
        if claim.answer_hash != answer_hash(reply.sealed):
            raise Tampered("answer-differs", "the sealed answer is not the one that was signed", "sealed")
        hop = await asyncio.to_thread(self._hop, said, seed, claim.item_id) if claim.kind is Outcome.NO_SUCH_PERSON else b""
        recorded = await self._doors.record(OutcomeForm(reply.outcome, hop))
        # Recorded: the outcome is durable at the keeper; only now does the person learn it.
        return ItemReply(receipt=receipt, refusal=b"", outcome=reply.outcome, outcome_index=recorded.index, sealed=reply.sealed)

    def _hop(self, said: SelfStatement, seed: SelfSeed, item_id: ItemId) -> bytes:
        secrets, context = self._state.secrets, bytes(item_id)
        factor, proof = prove_factor(secrets.s_root, self._state.shares.of(said.holder, said.holder_epoch), context)
        delta = self._state.shares.root_hop(said.holder, said.holder_epoch)
        hop = prove_hop(blinded_of(seed.given), blinded_of(seed.returned), delta, G, secrets.layer, context)
        return msgspec.msgpack.encode(RootHop(factor, proof, hop))


def standing(state: State, said: SelfStatement) -> Institution:
    """The holder while it stands with the key epoch of the statement; Denied or Unknown otherwise."""
    holder = state.snapshot.institution(said.holder, "holder")
    if holder.suspended:
        raise Denied("institution-suspended", holder.id, "holder")
    holder.epoch(said.holder_epoch)
    return holder


def read_self_seed(opened: bytes) -> SelfSeed:
    """Read an opened seed; Malformed("form-unreadable")."""
    try:
        return msgspec.msgpack.decode(opened, type=SelfSeed)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("form-unreadable", "notice", "notice") from error
