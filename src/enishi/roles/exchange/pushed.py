"""Use case: a provider brings the final outcome of an item that it had held or that came while it was closed."""

import asyncio

from enishi.errors import Denied, Fault, Tampered
from enishi.protocol.outcome import answer_hash, claimed_outcome
from enishi.protocol.wire import Batch, FaultForm, NoticeReply, OutcomeForm, Recorded, Result, Results
from enishi.roles.exchange.deliver import Delivery
from enishi.terms import Outcome


class Pushed:
    """Takes outcomes from gateways; the keeper checks the provider's signature and the transition."""

    def __init__(self, delivery: Delivery) -> None:
        """Use delivery's door to the log."""
        self._delivery = delivery

    async def handle(self, batch: Batch[NoticeReply], tenants: frozenset[str]) -> Results[Recorded]:
        """Record each outcome for itself."""
        return Results(tuple(await asyncio.gather(*(self._result(reply, tenants) for reply in batch.each))))

    async def _result(self, reply: NoticeReply, tenants: frozenset[str]) -> Result[Recorded]:
        try:
            claim = claimed_outcome(reply.outcome)
            if claim.provider not in tenants:
                raise Denied("outcome-not-yours", claim.provider, "provider")
            if claim.answer_hash != answer_hash(reply.sealed):
                raise Tampered("answer-differs", "the sealed answer is not the one that was signed", "sealed")
            if claim.kind is Outcome.NO_SUCH_PERSON:
                raise Denied("hop-missing", "no such person is said at once or not at all", "kind")
            return Result(await self._delivery.record(OutcomeForm(reply.outcome, b"")))
        except Fault as fault:
            return Result(fault=FaultForm.of(fault))
