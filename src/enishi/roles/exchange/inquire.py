"""Use case: one inquiry from an inquirer's gateway to its answer.  The exchange keeps nothing on the way; the keeper's rows are its outbox."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from enishi.errors import Fault, Tampered, Unavailable
from enishi.law import Permit, Refusal
from enishi.linkage.convert import exchange_step
from enishi.linkage.forms import Blinded, decode_blinded, raw_blinded
from enishi.mesh.beside import beside
from enishi.protocol.rows import row_paths
from enishi.protocol.statement import Inquiry
from enishi.protocol.wire import (
    Admit,
    Admitted,
    Batch,
    BlindRow,
    Commit,
    Committed,
    CommittedItem,
    FaultForm,
    InquiryReply,
    ItemReply,
    NoticeSeed,
    Result,
    Results,
)
from enishi.roles.exchange.deliver import Delivery
from enishi.roles.exchange.examine import Examined, check_new, examine
from enishi.roles.exchange.state import AUDIT, State
from enishi.store import crash

ROW_MS: Final = 0.5
"""Processor time of the exchange's step for one row, about."""


@dataclass(frozen=True)
class KeeperDoors:
    """The keeper's two doors, each already micro-batched."""

    admit: Callable[[Admit], Awaitable[Admitted]]
    commit: Callable[[Commit], Awaitable[Committed]]


class Inquiring:
    """Runs messages through examination, admission, conversion, commit and delivery."""

    def __init__(self, state: State, keeper: KeeperDoors, delivery: Delivery) -> None:
        """Work on the exchange's state through these doors."""
        self._state = state
        self._keeper = keeper
        self._delivery = delivery

    async def handle(self, batch: Batch[Inquiry], tenants: frozenset[str]) -> Results[InquiryReply]:
        """Answer each message of a batch for itself."""
        return Results(tuple(await asyncio.gather(*(self._result(inquiry, tenants) for inquiry in batch.each))))

    async def _result(self, inquiry: Inquiry, tenants: frozenset[str]) -> Result[InquiryReply]:
        try:
            return Result(await self._inquire(inquiry, tenants))
        except Fault as fault:
            return Result(fault=FaultForm.of(fault))

    async def _inquire(self, inquiry: Inquiry, tenants: frozenset[str]) -> InquiryReply:
        examined = examine(self._state, inquiry, tenants)
        crash.point("exchange.admit.before_send")
        admitted = await self._keeper.admit(examined.admit())
        if admitted.stored:
            items = await asyncio.gather(*(self._delivery.again(stored) for stored in admitted.stored))
            return InquiryReply(examined.txid, tuple(items))
        check_new(self._state, examined.statement)
        rows = await beside(ROW_MS * len(admitted.rows), self._step, examined, admitted)
        crash.point("exchange.commit.before_send")
        commit = Commit(inquiry=inquiry, verdicts=admitted.verdicts, ticket=admitted.ticket, given=admitted.rows, rows=rows)
        committed = await self._keeper.commit(commit)
        crash.point("exchange.commit.after_recorded")
        if len(committed.items) != len(inquiry.rows):
            # The record may stand: the inquirer sends the same bytes again and is answered from what the keeper has stored.
            raise Unavailable("peer-answer-unreadable", "the keeper answered for other rows", "items")
        paths = row_paths(inquiry.rows)
        items = await asyncio.gather(*(self._finish(examined, commit, place, item, paths[place]) for place, item in enumerate(committed.items)))
        return InquiryReply(examined.txid, tuple(items))

    def _step(self, examined: Examined, admitted: Admitted) -> tuple[BlindRow, ...]:
        statement = examined.statement
        if len(admitted.rows) != statement.count or len(admitted.verdicts) != statement.count:
            raise Tampered("admission-differs", "the keeper answered for other rows", "rows")
        source = (statement.inquirer, statement.inquirer_epoch)
        delta_u = self._state.shares.hop(source, (AUDIT, statement.audit_epoch))
        delta_b = self._state.shares.hop(source, (statement.provider, statement.provider_epoch))
        return tuple(self._step_row(examined, admitted, i, delta_b, delta_u) for i in range(statement.count))

    def _step_row(self, examined: Examined, admitted: Admitted, i: int, delta_b: bytes, delta_u: bytes) -> BlindRow:
        row, decision = admitted.rows[i], examined.decisions[i]
        if admitted.verdicts[i].permit and row.b:
            # All three points are multiplied, and what is none is refused there.
            return self._convert(decision, raw_blinded((row.r, row.b, row.u)), delta_b, delta_u)
        blinded = decode_blinded((row.r, row.b or None, row.u))
        stepped = exchange_step(blinded, self._state.secrets.layer, None, delta_u)
        return BlindRow(stepped.R, b"", stepped.U)

    def _convert(self, decision: Permit | Refusal, blinded: Blinded, delta_b: bytes, delta_u: bytes) -> BlindRow:
        # Converting demands a Permit of this exchange's own decision, whatever the keeper says.
        if not isinstance(decision, Permit):
            raise Tampered("permit-not-joint", "the keeper permits what this exchange refused", "verdicts")
        stepped = exchange_step(blinded, self._state.secrets.layer, delta_b, delta_u)
        return BlindRow(stepped.R, stepped.B or b"", stepped.U)

    async def _finish(self, examined: Examined, commit: Commit, place: int, item: CommittedItem, path: tuple[bytes, ...]) -> ItemReply:
        decision = examined.decisions[place]
        if item.pair_r and isinstance(decision, Permit):
            return await self._delivery.deliver(decision, seed_of(commit, place, item, path), item.receipt)
        return ItemReply(receipt=item.receipt, refusal=item.refusal, outcome=None, outcome_index=-1, sealed=b"")


def seed_of(commit: Commit, place: int, item: CommittedItem, path: tuple[bytes, ...]) -> NoticeSeed:
    """Everything a notice needs but the receipt."""
    rows = commit.inquiry.rows
    return NoticeSeed(
        statement=commit.inquiry.statement,
        place=place,
        row=rows[place].shown(),
        path=path,
        pair_r=item.pair_r,
        pair_c=item.pair_c,
        given=commit.given[place],
        returned=commit.rows[place],
    )
