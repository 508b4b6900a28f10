"""Use case: the exchange's step of an enrolment, taken from the registrar only."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from enishi.errors import Denied
from enishi.linkage.enrol import operate
from enishi.linkage.forms import Element
from enishi.protocol.enrol import EnrolBatch, read_batch, step_context
from enishi.protocol.wire import Empty, EnrolOperate
from enishi.roles.exchange.state import AUDIT, State
from enishi.store import crash
from enishi.terms import Kind


class Enrolling:
    """Multiplies, strips, proves, and hands on to the keeper."""

    def __init__(self, state: State, keeper: Callable[[EnrolOperate], Awaitable[Empty]]) -> None:
        """Work on the exchange's state; `keeper` is the keeper's door for enrolments."""
        self._state = state
        self._keeper = keeper

    async def handle(self, asked: EnrolOperate) -> Empty:
        """One batch: the registrar's signature is checked before a point is touched (a point that an institution chose would link databases)."""
        batch = read_batch(asked.batch, self._state.snapshot.registrar)
        if batch.kind is Kind.ENROL and self._state.snapshot.institution(batch.target, "target").suspended:
            raise Denied("institution-suspended", batch.target, "target")
        step = await asyncio.to_thread(self._step, asked, batch)
        crash.point("exchange.enrol.before_send")
        return await self._keeper(EnrolOperate(asked.batch, step))

    def _step(self, asked: EnrolOperate, batch: EnrolBatch) -> bytes:
        name = AUDIT if batch.kind is Kind.ENROL_AUDIT else batch.target
        elements = tuple(Element(r, c) for r, c in zip(batch.r, batch.c, strict=True))
        secrets, context = self._state.secrets, step_context(asked.batch, "exchange")
        return msgspec.msgpack.encode(operate(elements, secrets.s_root, self._state.shares.of(name, batch.epoch), secrets.layer, context))
