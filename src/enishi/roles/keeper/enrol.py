"""Use case: the keeper's step of an enrolment.  An institution's transcript goes straight to its gateway, a tag of the audit epoch into ValidTags."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import msgspec

from enishi.errors import Denied, Malformed
from enishi.linkage.enrol import Step, check_step, open_element, operate
from enishi.linkage.forms import Element
from enishi.protocol.enrol import EnrolBatch, Transcript, read_batch, step_context
from enishi.protocol.wire import Deliver, Empty, EnrolOperate
from enishi.roles.keeper.keys import AUDIT
from enishi.roles.keeper.state import State
from enishi.store import crash
from enishi.terms import Kind

Send = Callable[[str, Deliver], Awaitable[Empty]]


class Enrolling:
    """Takes batches from the exchange, which took them from the registrar; both signatures and proofs are checked."""

    def __init__(self, state: State, send: Send) -> None:
        """Work on the keeper's state; `send` delivers a transcript to the gateway of a platform."""
        self._state = state
        self._send = send

    async def handle(self, asked: EnrolOperate) -> Empty:
        """Check the exchange's step, make the keeper's, and deliver or open."""
        batch = read_batch(asked.batch, self._state.snapshot.registrar)
        if batch.kind is Kind.ENROL and self._state.snapshot.institution(batch.target, "target").suspended:
            raise Denied("institution-suspended", batch.target, "target")
        elements, step = await asyncio.to_thread(self._step, asked, batch)
        if batch.kind is Kind.ENROL_AUDIT:
            return await self._open(batch, elements)
        platform = self._state.snapshot.institution(batch.target, "target").platform
        transcript = Transcript(asked.batch, asked.exchange, msgspec.msgpack.encode(step))
        return await self._send(platform, Deliver(transcript))

    def _step(self, asked: EnrolOperate, batch: EnrolBatch) -> tuple[tuple[Element, ...], Step]:
        snapshot = self._state.snapshot
        keys = (
            snapshot.audit_epoch(batch.epoch) if batch.kind is Kind.ENROL_AUDIT else snapshot.institution(batch.target, "target").epoch(batch.epoch)
        )
        first = tuple(Element(r, c) for r, c in zip(batch.r, batch.c, strict=True))
        exchange = read_step(asked.exchange)
        theirs = step_context(asked.batch, "exchange")
        elements = check_step(first, exchange, snapshot.exchange.s_root, keys.share_exchange, snapshot.exchange.layer, theirs)
        name = AUDIT if batch.kind is Kind.ENROL_AUDIT else batch.target
        secrets = self._state.secrets
        step = operate(elements, secrets.s_root, self._state.shares.of(name, batch.epoch), secrets.layer, step_context(asked.batch, "keeper"))
        return step.elements(), step

    async def _open(self, batch: EnrolBatch, elements: tuple[Element, ...]) -> Empty:
        tags = await asyncio.to_thread(lambda: [open_element(self._state.secrets.audit, element) for element in elements])

        def store(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT OR IGNORE INTO valid_tag (epoch, tag) VALUES (?, ?)", [(batch.epoch, tag) for tag in tags])

        crash.point("keeper.enrol.before_tags")
        await self._state.database.write(store)
        return Empty()


def read_step(encoded: bytes) -> Step:
    """Read an operator's step; Malformed("step-unreadable") otherwise."""
    try:
        return msgspec.msgpack.decode(encoded, type=Step)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("step-unreadable", str(error), "step") from error
