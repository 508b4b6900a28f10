"""Brings to the log what was decided after the reply to the notice, for both desks: many at a time, and none keeps the others from their turn."""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from enishi.errors import Fault, Malformed, Unavailable
from enishi.mesh import logs
from enishi.mesh.metrics import Meter
from enishi.protocol.wire import NoticeReply, Recorded, Result
from enishi.roles.gateway.each import attempt, fault_from
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.returned import Told, Unrecorded, read_reply
from enishi.roles.gateway.tenant import Tenant

PUSH: Final = 200
RETURNED: Final = "enishi_outcomes_returned_total"
FINAL: Final = "outcome-final"

Read = Callable[[sqlite3.Connection, int], list[Unrecorded]]
"""The decided outcomes that the log has not confirmed yet, at most so many."""
Keep = Callable[[Tenant, Sequence[Told]], Awaitable[None]]
"""Keeps durably what the log said of each."""


class Pusher:
    """The way of one desk's outcomes to the log. `meter` counts what came back, of all institutions together."""

    def __init__(self, peers: Peers, read: Read, keep: Keep, meter: Meter, path: str) -> None:
        """Send through these peers what `read` finds, and hand `keep` what was said of it; `path` is the desk's own in the counters."""
        self._peers = peers
        self._read = read
        self._keep = keep
        self._meter = meter
        self._path = path

    async def push(self, tenant: Tenant) -> int:
        """Bring decided outcomes to the log; returns how many the log confirmed. Unavailable where it cannot be reached: all of them stay."""
        waiting = await tenant.database.read(lambda connection: self._read(connection, PUSH))
        if not waiting:
            return 0
        results = await self._results(waiting)
        told = [_told(one, result) for one, result in zip(waiting, results, strict=True)]
        for fault in (result for result in results if isinstance(result, Fault)):
            logs.warn("outcome-not-recorded", peer=tenant.id, code=fault.code)
        for one in told:
            if one is not None and one.fault:
                self._meter.add(RETURNED, self._path, one.fault)
        await self._keep(tenant, [one for one in told if one is not None])
        return sum(isinstance(result, Recorded) for result in results)

    async def push_now(self, tenant: Tenant) -> None:
        """The same, where nobody waits for it: what fails is said in the log and comes again with the next round."""
        try:
            await self.push(tenant)
        except Fault as fault:
            logs.warn("outcome-not-pushed", peer=tenant.id, code=fault.code)

    async def _results(self, waiting: Sequence[Unrecorded]) -> list[Recorded | Fault]:
        """What the log says of each; of what cannot be read it is not asked."""
        replies = [attempt(read_reply, one.reply) for one in waiting]
        good = [reply for reply in replies if isinstance(reply, NoticeReply)]
        said = (await self._peers.outcome(good)).results if good else ()
        if len(said) != len(good):
            raise Unavailable("peer-answer-unreadable", "exchange")
        results = iter(said)
        return [reply if isinstance(reply, Fault) else _of(next(results)) for reply in replies]


def _of(result: Result[Recorded]) -> Recorded | Fault:
    if result.value is not None:
        return result.value
    return fault_from(result.fault) if result.fault is not None else Unavailable("peer-answer-unreadable", "exchange")


def _told(one: Unrecorded, result: Recorded | Fault) -> Told | None:
    """What is kept of it; None for what stays as it is and is sent again."""
    if isinstance(result, Recorded):
        return Told(one, result.index)
    if result.code == FINAL:
        # What is interim may be overtaken: the exchange has brought the item's end meanwhile, and this one says nothing any more.
        return Told(one, overtaken=True)
    # The bytes stay what they are, so what is wrong with them stays wrong. Everything else may be the present state of a peer.
    return Told(one, fault=result.code) if result.status == Malformed.status or result.code == "answer-differs" else None
