"""Use case: put an inquiry. What has no final reply is sent again, the same bytes, until it has one."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Final

from enishi import clock
from enishi.errors import Denied, Fault, Unavailable
from enishi.mesh import logs
from enishi.protocol.wire import FaultForm
from enishi.roles.gateway import asked
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.drafting import Draft, Drafting
from enishi.roles.gateway.each import fault_from
from enishi.roles.gateway.message import Message
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.question import Question
from enishi.roles.gateway.received import Sent
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.rhythm import Rhythm
from enishi.roles.gateway.sending import Kept, Posting, Refused, Sending
from enishi.roles.gateway.tenant import Tenant
from enishi.store import Quiet, crash
from enishi.terms import Txid

RENEWALS: Final = 3
RENEWED: Final = frozenset({"snapshot-stale", "outside-time-window"})
"""Faults after which a new message is made: both say that the log holds nothing under this txid, because it is looked up first."""
UNDER_WAY: Final = "commit-under-way"
PAUSE_S: Final = 2.0
PATIENCE_S: Final = 20.0
"""How long a caller waits for a first reply: a little longer than one call to the exchange may take."""
WAITING_EVERY: Final = 15
"""Every so many rounds of the background retry held and closed inquiries are asked for again, those whose turn it is."""
WAITED_S: Final = 5.0
"""How long after somebody's question another one is expected: who asks about one person soon asks about the next."""
SWEEP: Final = 500
WAITING: Final = 100_000


class Ask:
    """Puts inquiries for all tenants."""

    def __init__(self, registry: Registry, peers: Peers) -> None:
        """Work under this registry through these peers."""
        self._registry = registry
        self._drafting = Drafting(registry)
        self._sending = Sending(registry, peers)
        self._flying: set[Txid] = set()
        self._rhythms: dict[str, Rhythm] = {}
        self._quiet = Quiet()
        self._asked_s = -WAITED_S

    def waited_for(self) -> bool:
        """Whether somebody waits for an answer here, or did a moment ago; what nobody waits for then goes in smaller portions."""
        return clock.monotonic() - self._asked_s < WAITED_S

    async def ask(self, tenant: Tenant, caller: Caller, question: Question) -> Txid:
        """Put an inquiry and wait for its first reply; the id leads to what came of it, now or later.

        Raises what the message was refused with before anything was recorded, and Tampered where a reply does not hold.  Where the exchange cannot be
        reached, or keeps us waiting, nothing is raised: the message is durable and is sent until it arrives.
        """
        self._asked_s = clock.monotonic()
        return await self._patiently(await self.write_down(Draft(tenant, caller, question, None)))

    async def write_down(self, draft: Draft) -> Posting:
        """Make a message durable, ready to be posted; raises what made none of it.  From here on it is sent until it arrives, whoever posts it."""
        return _first(draft.tenant, await self._drafting.write_down(draft))

    async def again(self, tenant: Tenant, txid: Txid) -> None:
        """Send an open message once more, the same bytes; nothing for one that has ended."""
        stored = await tenant.database.read(lambda connection: asked.load(connection, txid))
        if stored.state in ("sending", "waiting"):
            await self._patiently(Posting(tenant, stored.txid, stored.message))

    async def _patiently(self, posting: Posting) -> Txid:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self.post(posting)
        except TimeoutError:
            # Behind a peer that hangs a queue grows, and whoever stands in it would wait for all before them. What is durable needs nobody to wait.
            return posting.txid

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Send again what has no final reply: everything at start, then at intervals; ends when cancelled."""
        turn = 0
        while True:
            for tenant in tenants:
                await self._sweep(tenant, self._unsent(tenant))
                if turn % WAITING_EVERY == 0:
                    rhythm = self._rhythms.setdefault(tenant.id, Rhythm())
                    await self._sweep(tenant, tenant.database.read(partial(_due, rhythm=rhythm)))
            turn += 1
            await asyncio.sleep(PAUSE_S)

    async def close(self) -> None:
        """Finish the calls under way."""
        await self._drafting.close()
        await self._sending.close()

    def _unsent(self, tenant: Tenant) -> Awaitable[Sequence[Txid]]:
        return self._quiet.look(tenant.database, lambda connection: asked.open_ids(connection, ("sending",), SWEEP))

    async def _sweep(self, tenant: Tenant, found: Awaitable[Sequence[Txid]]) -> None:
        try:
            waiting = await found
        except Fault as fault:
            logs.warn("retry-failed", peer=tenant.id, code=fault.code)
            return
        await asyncio.gather(*(self._retry(tenant, txid) for txid in waiting if txid not in self._flying))

    async def _retry(self, tenant: Tenant, txid: Txid) -> None:
        try:
            await self.again(tenant, txid)
        except Fault as fault:
            logs.warn("retry-failed", peer=tenant.id, code=fault.code)

    async def post(self, posting: Posting) -> Txid:
        """Send a stored message and keep its reply; the id of the message that answers now. Raises as `ask` does."""
        for _ in range(RENEWALS):
            answer = await self._fly(posting)
            if isinstance(answer, Kept):
                break
            if answer.fault.code == UNDER_WAY:
                # A sweep sent the same bytes beside this one: the record that they made answers them now.
                continue
            if answer.fault.code not in RENEWED:
                await self._give_up(posting, fault_from(answer.fault))
                break
            renewed = await self._renew(posting)
            if renewed is None:
                break
            posting = renewed
        return posting.txid

    async def _fly(self, posting: Posting) -> Kept | Refused:
        self._flying.add(posting.txid)
        try:
            return await self._sending.send(posting)
        except Unavailable as fault:
            return Refused(FaultForm.of(fault))
        finally:
            self._flying.discard(posting.txid)

    async def _give_up(self, posting: Posting, fault: Fault) -> None:
        # A peer that cannot answer now is asked again later. Standing lost after the first sending does not unmake a record: that stays open too.
        if fault.status >= 500 or isinstance(fault, Unavailable) or (isinstance(fault, Denied) and posting.fresh is None):
            return
        crash.point("gateway.ask.before_fail")
        await posting.tenant.database.write(lambda connection: asked.fail(connection, posting.txid, fault))
        raise fault

    async def _renew(self, posting: Posting) -> Posting | None:
        """A new message, with a new nonce and new randomness, for a question whose message no log took; None for one that has failed meanwhile."""
        await self._registry.refresh()
        database = posting.tenant.database

        def load(connection: sqlite3.Connection) -> tuple[Caller, Question]:
            return asked.caller_of(connection, posting.txid, posting.tenant.id), asked.question_of(connection, posting.txid)

        caller, question = await database.read(load)
        message = await self._drafting.write_down(Draft(posting.tenant, caller, question, posting.txid))
        stands = await database.read(lambda connection: asked.load(connection, posting.txid))
        if stands.txid == message.txid:
            return _first(posting.tenant, message)
        return Posting(posting.tenant, stands.txid, stands.message) if stands.state == "sending" else None


def _due(connection: sqlite3.Connection, rhythm: Rhythm) -> list[Txid]:
    return rhythm.due(asked.waiting(connection, WAITING), clock.now_ms(), SWEEP)


def _first(tenant: Tenant, message: Message) -> Posting:
    return Posting(tenant, message.txid, message.wire, Sent(message.txid, message.statement, message.reply_key, {}))
