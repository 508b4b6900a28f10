"""From a stored message to a stored reply: many messages share one call to the exchange; replies are checked, then durable, then shown."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Fault, Unavailable
from enishi.mesh.batch import Batcher
from enishi.mesh.beside import beside
from enishi.protocol.wire import FaultForm, InquiryReply, Result
from enishi.roles.gateway import asked
from enishi.roles.gateway.each import each, grouped
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.received import Received, Sent, check_reply
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash
from enishi.terms import Txid

BATCH: Final = 64
PARALLEL: Final = 4
LONE_BYTES: Final = 8 * 1024
"""A message longer than this (some 30 rows) travels alone: single inquiries do not wait for it, and replies do not outgrow a call."""
LONE_PARALLEL: Final = 3
CHECK_MS: Final = 0.7
"""Processor time of one item of a reply, about."""


class Posting(msgspec.Struct, frozen=True):
    """A stored message on its way to the exchange; `fresh` is what its reply is checked against, at hand at the first sending only."""

    tenant: Tenant
    txid: Txid
    wire: bytes
    fresh: Sent | None = None


class Refused(msgspec.Struct, frozen=True):
    """What the exchange answered in place of a reply."""

    fault: FaultForm


class Kept(msgspec.Struct, frozen=True):
    """A reply that was checked and is durable."""

    txid: Txid


Reply = tuple[Posting, InquiryReply]
Checked = tuple[Txid, tuple[Received, ...]]


class Sending:
    """Sends messages and keeps replies."""

    def __init__(self, registry: Registry, peers: Peers) -> None:
        """Check replies under this registry; send through these peers."""
        self._registry = registry
        self._peers = peers
        self._batcher: Batcher[Posting, Kept | Refused] = Batcher(self._all, BATCH, PARALLEL)
        self._lone: Batcher[Posting, Kept | Refused] = Batcher(self._all, 1, LONE_PARALLEL)

    async def send(self, posting: Posting) -> Kept | Refused:
        """Send one message; Unavailable where the exchange cannot be reached, Tampered or Malformed where its reply does not hold."""
        return await (self._lone if len(posting.wire) > LONE_BYTES else self._batcher).submit(posting)

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.gather(self._batcher.close(), self._lone.close())

    async def _all(self, postings: list[Posting]) -> list[Kept | Refused | Fault]:
        replies = (await self._peers.inquire([posting.wire for posting in postings])).results
        if len(replies) != len(postings):
            raise Unavailable("peer-answer-unreadable", "exchange")
        done = [_refused(reply) for reply in replies]
        arrived = [(posting, reply.value) for posting, reply in zip(postings, replies, strict=True) if reply.value is not None]
        kept = await self._keep_all(arrived)
        return [kept[posting.txid] if refused is None else refused for posting, refused in zip(postings, done, strict=True)]

    async def _keep_all(self, arrived: Sequence[Reply]) -> dict[Txid, Kept | Fault]:
        known = self._registry.current()
        groups = grouped(arrived, lambda reply: reply[0].tenant.id)
        kept = await asyncio.gather(*(self._keep([arrived[i] for i in places], known) for places in groups))
        return {txid: one for group in kept for txid, one in group.items()}

    async def _keep(self, replies: Sequence[Reply], known: Known) -> dict[Txid, Kept | Fault]:
        database = replies[0][0].tenant.database
        checked = await beside(CHECK_MS * sum(len(reply.items) for _, reply in replies), each, lambda reply: _check(reply, known), replies)
        good = [one for one in checked if not isinstance(one, Fault)]
        crash.point("gateway.ask.before_keep")
        await database.write(lambda connection: _keep(connection, good, clock.now_ms()))
        # Durable: receipt, outcome and answer; only what is in the record is shown to the caller.
        crash.point("gateway.ask.after_keep")
        pairs = zip(replies, checked, strict=True)
        return {posting.txid: one if isinstance(one, Fault) else Kept(posting.txid) for (posting, _), one in pairs}


def _refused(reply: Result[InquiryReply]) -> Refused | None:
    if reply.value is not None:
        return None
    return Refused(reply.fault or FaultForm(Unavailable.status, "peer-answer-unreadable", "exchange", ""))


def _check(reply: Reply, known: Known) -> Checked:
    posting, answer = reply
    # Reading back would parse the one-time key again, which costs as much as opening the answer.
    sent = posting.fresh or posting.tenant.database.read_now(lambda connection: asked.sent_of(connection, posting.txid))
    return posting.txid, check_reply(sent, answer, known)


def _keep(connection: sqlite3.Connection, good: Sequence[Checked], at_ms: int) -> None:
    for txid, items in good:
        asked.keep(connection, txid, items, at_ms)
