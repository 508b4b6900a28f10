"""From a question to a stored message: many callers' drafts share one thread, one read and one durable write per tenant."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Fault
from enishi.mesh.batch import Batcher
from enishi.mesh.beside import beside
from enishi.protocol.statement import Nondisclosure
from enishi.roles.gateway import asked, people
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.each import each, grouped
from enishi.roles.gateway.message import Asking, Message, make_message
from enishi.roles.gateway.question import Question
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash
from enishi.terms import Txid

BATCH: Final = 64
PARALLEL: Final = 2
DRAFT_MS: Final = 1.0
ROW_MS: Final = 0.3
"""Processor time of a message and of each of its rows, about."""


class Draft(msgspec.Struct, frozen=True):
    """A question on its way to become a message; `renews` names the message whose place it takes, if any.

    `beside` is what becomes durable together with the message or not at all; it must not raise, for other callers' messages share the transaction.
    """

    tenant: Tenant
    caller: Caller
    question: Question
    renews: Txid | None
    beside: Callable[[sqlite3.Connection, Message], None] | None = None


class Drafting:
    """Makes messages and stores them; a message that this returns is durable, but for one that came second to renew another: it is not kept."""

    def __init__(self, registry: Registry) -> None:
        """Make messages under this registry."""
        self._registry = registry
        self._batcher: Batcher[Draft, Message] = Batcher(self._all, BATCH, PARALLEL)

    async def write_down(self, draft: Draft) -> Message:
        """Make and store one message; Unknown("person-unknown"), Conflict("person-not-enrolled"), and what `make_message` raises.

        Unavailable("registry-too-old") and Denied("gateway-leaving") while no new inquiry may be put.
        """
        self._registry.freshness.demand()
        return await self._batcher.submit(draft)

    async def close(self) -> None:
        """Finish what is under way."""
        await self._batcher.close()

    async def _all(self, drafts: list[Draft]) -> list[Message | Fault]:
        known = self._registry.current()
        groups = grouped(drafts, lambda draft: draft.tenant.id)
        written = await asyncio.gather(*(self._tenant([drafts[i] for i in places], known) for places in groups))
        done = {i: message for places, messages in zip(groups, written, strict=True) for i, message in zip(places, messages, strict=True)}
        return [done[i] for i in range(len(drafts))]

    async def _tenant(self, drafts: Sequence[Draft], known: Known) -> list[Message | Fault]:
        try:
            messages = await beside(_about_ms(drafts), each, lambda draft: _make(draft, known, clock.now_ms()), drafts)
            ready = [(draft, message) for draft, message in zip(drafts, messages, strict=True) if not isinstance(message, Fault)]
            crash.point("gateway.ask.before_store")
            await drafts[0].tenant.database.write(lambda connection: _store(connection, ready))
            # Durable: from here the very same bytes are sent until there is a final reply, whatever happens to this process.
            crash.point("gateway.ask.after_store")
            return messages
        except Fault as fault:
            return [fault] * len(drafts)


def _about_ms(drafts: Sequence[Draft]) -> float:
    return sum(DRAFT_MS + ROW_MS * len(draft.question.people) for draft in drafts)


def _make(draft: Draft, known: Known, at_ms: int) -> Message:
    epoch = known.standing(draft.tenant.id, "inquirer").current().epoch
    names = [subject.person for subject in draft.question.people]

    def look(connection: sqlite3.Connection) -> tuple[list[bytes], Nondisclosure | None]:
        return people.codes_of(connection, epoch, names), people.mark_for(connection, names, at_ms)

    codes, mark = draft.tenant.database.read_now(look)
    return make_message(Asking(draft.tenant, draft.caller, draft.question, mark), codes, known, at_ms)


def _store(connection: sqlite3.Connection, ready: Sequence[tuple[Draft, Message]]) -> None:
    for draft, message in ready:
        # Sent from two sides at once a message is refused twice. One new message takes its place, or the question would be asked twice.
        if draft.renews is not None and not asked.renew(connection, draft.renews, message.txid):
            continue
        asked.store(connection, message, draft.caller, draft.question.people)
        if draft.beside is not None:
            draft.beside(connection, message)
