"""Use case: an official decides on a person's request that the machine may not answer (開示決定), and the decision reaches the log."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Conflict, Tampered, Unknown
from enishi.mesh.metrics import Meter
from enishi.protocol.forms import demand
from enishi.protocol.letters import CARRYING
from enishi.protocol.self_disclosure import EXCEPTIONS, SelfStatement
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway import people
from enishi.roles.gateway.answers import Finding, compose_to
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.live.asking import ask_live
from enishi.roles.gateway.live.heard import Heard, wishes_of, with_heard
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.pushing import Pusher
from enishi.roles.gateway.returned import Told
from enishi.roles.gateway.self_disclosure import kept
from enishi.roles.gateway.self_disclosure.checking import read_self_notice, wanted_by
from enishi.roles.gateway.self_disclosure.finding import Decided, after_decision
from enishi.roles.gateway.self_disclosure.represented import REFUSED, given
from enishi.roles.gateway.tenant import Tenant
from enishi.seal.many import Senders
from enishi.store import crash
from enishi.terms import ItemId, Outcome

LISTED: Final = 500
PAUSE_S: Final = 2.0


class SelfDesk:
    """Lists and decides for all tenants, and brings decisions to the log."""

    def __init__(self, peers: Peers, meter: Meter) -> None:
        """Bring outcomes to the log through these peers; `meter` counts what it returns."""
        self._pusher = Pusher(peers, kept.unrecorded, self._confirm, meter, "/v1/disclosures")

    async def waiting(self, tenant: Tenant) -> list[kept.Waiting]:
        """Requests that wait for an official of the tenant, the most urgent first."""
        return await tenant.database.read(lambda connection: kept.waiting(connection, LISTED))

    async def represented(self, tenant: Tenant) -> list[kept.Represented]:
        """What representatives asked, the newest first."""
        return await tenant.database.read(lambda connection: kept.represented(connection, LISTED))

    async def decide(self, tenant: Tenant, item_id: ItemId, decision: Decision, officer: str) -> Outcome:
        """Decide one request; Unknown("item-id-unknown"), Conflict("outcome-final"), Malformed("citation-not-allowed").

        Conflict("represented-nothing-to-give") where it is to be provided to a representative, and nobody is known, a mark runs, or there is nothing.
        Unavailable("source-silent") where it is to be provided and a live source does not answer: it stays held.
        """
        at_ms = clock.now_ms()
        check_exception(decision)
        notice, number = await tenant.database.read(lambda connection: kept.notice_of(connection, item_id))
        said, _ = read_self_notice(notice)
        if CARRYING & set(said.items):
            # What people write is answered at another desk, by another office.
            raise Unknown("item-id-unknown", field="item_id")
        wishes = wishes_of(number, wanted_by(said), tenant.live) if decision.decision == "provide" and number else ()
        heard = await ask_live(tenant, wishes)
        finding, reply = await asyncio.to_thread(_compose, tenant, item_id, decision, heard, at_ms)
        crash.point("gateway.selfdesk.before_store")
        await tenant.database.write(lambda connection: kept.decide(connection, item_id, finding, reply, officer, at_ms))
        # Durable: the decision is taken, stands for the person's next request, and will reach the log, now or after a crash.
        crash.point("gateway.selfdesk.after_store")
        await self._pusher.push_now(tenant)
        return finding.kind

    async def push(self, tenant: Tenant) -> int:
        """Bring decided outcomes to the log; returns how many the log confirmed."""
        return await self._pusher.push(tenant)

    async def _confirm(self, tenant: Tenant, told: Sequence[Told]) -> None:
        at_ms = clock.now_ms()
        crash.point("gateway.selfdesk.before_confirm")
        await tenant.database.write(lambda connection: kept.confirm(connection, told, at_ms))

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Push what a crash or an unreachable exchange left behind; ends when cancelled."""
        while True:
            for tenant in tenants:
                await self._pusher.push_now(tenant)
            await asyncio.sleep(PAUSE_S)


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
    held = people.by_number(connection, number, wanted_by(said)) if number else None
    if held is None and said.mandate is msgspec.UNSET:
        raise Tampered("person-vanished", field="item_id")
    heard_too = with_heard(held, wanted_by(said), tenant.live, heard) if held is not None else None
    finding, told = _for_whom(heard_too, said, decision, at_ms)
    return finding, compose_to(addressed, told, tenant.key(said.holder_epoch), at_ms, Senders())


def _for_whom(held: people.Held | None, said: SelfStatement, decision: Decision, at_ms: int) -> tuple[Finding, Finding]:
    """What is kept, and what is told: to a representative no refusal says on which provision it rests."""
    decided = Decided(decision.decision == "provide", decision.citation, at_ms)
    if held is None or said.mandate is not msgspec.UNSET:
        told = given(held, said, at_ms) if decided.provide else REFUSED
        if decided.provide and told is REFUSED:
            raise Conflict("represented-nothing-to-give", "", "item_id")
        return (told if decided.provide else msgspec.structs.replace(REFUSED, citation=decision.citation)), told
    finding = after_decision(held, said, decided, at_ms)
    if finding.kind is Outcome.HELD:
        raise Conflict("held-copy-invalid", str(finding.reason or ""), "item_id")
    return finding, finding
