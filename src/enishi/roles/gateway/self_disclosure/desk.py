"""Use case: an official decides on a person's request that the machine may not answer (開示決定), and the decision reaches the log."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final

from enishi import clock
from enishi.errors import Conflict, Fault, Tampered, Unavailable
from enishi.mesh import logs
from enishi.protocol.forms import demand
from enishi.protocol.self_disclosure import EXCEPTIONS
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway import people
from enishi.roles.gateway.answers import Finding, compose_to
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.each import fault_from
from enishi.roles.gateway.live.asking import ask_live
from enishi.roles.gateway.live.heard import Heard, wishes_of, with_heard
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.self_disclosure import kept
from enishi.roles.gateway.self_disclosure.checking import read_self_notice, wanted_by
from enishi.roles.gateway.self_disclosure.finding import Decided, after_decision
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash
from enishi.terms import ItemId, Outcome

LISTED: Final = 500
PUSH: Final = 200
PAUSE_S: Final = 2.0


class SelfDesk:
    """Lists and decides for all tenants, and brings decisions to the log."""

    def __init__(self, peers: Peers) -> None:
        """Bring outcomes to the log through these peers."""
        self._peers = peers

    async def waiting(self, tenant: Tenant) -> list[kept.Waiting]:
        """Requests that wait for an official of the tenant, the most urgent first."""
        return await tenant.database.read(lambda connection: kept.waiting(connection, LISTED))

    async def decide(self, tenant: Tenant, item_id: ItemId, decision: Decision, officer: str) -> Outcome:
        """Decide one request; Unknown("item-id-unknown"), Conflict("outcome-final"), Malformed("citation-not-allowed").

        Unavailable("source-silent") where it is to be provided and a live source does not answer: it stays held.
        """
        at_ms = clock.now_ms()
        check_exception(decision)
        notice, number = await tenant.database.read(lambda connection: kept.notice_of(connection, item_id))
        said, _ = read_self_notice(notice)
        wishes = wishes_of(number, wanted_by(said), tenant.live) if decision.decision == "provide" else ()
        heard = await ask_live(tenant, wishes)
        finding, reply = await asyncio.to_thread(_compose, tenant, item_id, decision, heard, at_ms)
        crash.point("gateway.selfdesk.before_store")
        await tenant.database.write(lambda connection: kept.decide(connection, item_id, finding, reply, officer, at_ms))
        # Durable: the decision is taken, stands for the person's next request, and will reach the log, now or after a crash.
        crash.point("gateway.selfdesk.after_store")
        await self._push_now(tenant)
        return finding.kind

    async def push(self, tenant: Tenant) -> int:
        """Bring decided outcomes to the log; returns how many the log confirmed."""
        waiting = await tenant.database.read(lambda connection: kept.unrecorded(connection, PUSH))
        if not waiting:
            return 0
        results = (await self._peers.outcome([reply for _, _, reply in waiting])).results
        if len(results) != len(waiting):
            raise Unavailable("peer-answer-unreadable", "exchange")
        for result in results:
            if result.fault is not None:
                logs.warn("outcome-not-recorded", peer=tenant.id, code=fault_from(result.fault).code)
        done = [(item, place, result.value.index) for (item, place, _), result in zip(waiting, results, strict=True) if result.value is not None]
        crash.point("gateway.selfdesk.before_confirm")
        await tenant.database.write(lambda connection: kept.confirm(connection, done))
        return len(done)

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Push what a crash or an unreachable exchange left behind; ends when cancelled."""
        while True:
            for tenant in tenants:
                await self._push_now(tenant)
            await asyncio.sleep(PAUSE_S)

    async def _push_now(self, tenant: Tenant) -> None:
        try:
            await self.push(tenant)
        except Fault as fault:
            logs.warn("outcome-not-pushed", peer=tenant.id, code=fault.code)


def check_exception(decision: Decision) -> None:
    """Malformed("citation-missing", "citation-not-allowed") unless a refusal names an item of APPI Art. 78(1): there is no discretion beside it."""
    if decision.decision == "refuse":
        demand(decision.citation, "citation-missing", "", "citation")
        demand(decision.citation in EXCEPTIONS, "citation-not-allowed", decision.citation[:60], "citation")


def _compose(tenant: Tenant, item_id: ItemId, decision: Decision, heard: Heard, at_ms: int) -> tuple[Finding, NoticeReply]:
    return tenant.database.read_now(lambda connection: _found(connection, tenant, item_id, decision, heard, at_ms))


def _found(
    connection: sqlite3.Connection, tenant: Tenant, item_id: ItemId, decision: Decision, heard: Heard, at_ms: int
) -> tuple[Finding, NoticeReply]:
    notice, number = kept.notice_of(connection, item_id)
    said, addressed = read_self_notice(notice)
    held = people.by_number(connection, number, wanted_by(said))
    if held is None:
        raise Tampered("person-vanished", field="item_id")
    decided = Decided(decision.decision == "provide", decision.citation, at_ms)
    finding = after_decision(with_heard(held, wanted_by(said), tenant.live, heard), said, decided, at_ms)
    if finding.kind is Outcome.HELD:
        raise Conflict("held-copy-invalid", str(finding.reason or ""), "item_id")
    return finding, compose_to(addressed, finding, tenant.key(said.holder_epoch), at_ms)
