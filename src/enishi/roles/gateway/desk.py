"""Use case: the officials' desk. Held items are listed, decided by a person, recorded, signed and brought to the log."""

import asyncio
import sqlite3
from collections.abc import Collection, Sequence
from typing import Annotated, Final, Literal

import msgspec

from enishi import clock
from enishi.errors import Conflict, Fault, Malformed, Tampered
from enishi.mesh import logs
from enishi.mesh.metrics import Meter
from enishi.protocol.outcome import check_transition, claimed_outcome
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway import answered, people
from enishi.roles.gateway.answered import HeldItem
from enishi.roles.gateway.answering.refusals import check_citation, check_citation_for
from enishi.roles.gateway.answers import Asked, Finding, collect, compose, item_of, lawful_mark, wanted_of
from enishi.roles.gateway.live.asking import ask_live
from enishi.roles.gateway.live.heard import Heard, wishes_of, with_heard
from enishi.roles.gateway.notices import check_standing, read_notice
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.pushing import Pusher
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.returned import Told
from enishi.roles.gateway.tenant import Tenant
from enishi.seal.many import Senders
from enishi.store import crash
from enishi.terms import ItemId, Outcome

LISTED: Final = 500
HELD: Final = "/v1/held"
PAUSE_S: Final = 2.0
REMINDERS: Final = "enishi_held_reminders_total"


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an official decides: to provide, or to refuse on one of the provisions that allow it (Art. 22(1): none at discretion)."""

    decision: Literal["provide", "refuse"]
    citation: Annotated[str, msgspec.Meta(max_length=100)] = ""


def read_decision(body: bytes) -> Decision:
    """Read a decision; Malformed("request-unreadable", "citation-missing", "citation-not-allowed")."""
    try:
        decision = msgspec.json.decode(body, type=Decision)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error
    if decision.decision == "refuse":
        check_citation(decision.citation)
    return decision


class Waiting(msgspec.Struct, frozen=True):
    """What a desk has before it: the items to list (at most 500), and of all that are held, how many are near and past their deadline."""

    items: tuple[HeldItem, ...]
    due_soon: int
    overdue: int
    at_ms: int


class Desk:
    """Lists and decides for all tenants. `meter` counts reminders and what was returned, of all institutions and reasons together."""

    def __init__(self, registry: Registry, peers: Peers) -> None:
        """Decide under this registry; bring outcomes to the log through these peers."""
        self._registry = registry
        self._reminded: dict[str, int] = {}
        self.meter = Meter()
        self._pusher = Pusher(peers, answered.unrecorded, self._confirm, self.meter, HELD)

    async def waiting(self, tenant: Tenant) -> Waiting:
        """What waits for an official of the tenant, overdue first, with the counts of what is urgent."""
        at_ms = clock.now_ms()
        return await tenant.database.read(lambda connection: _waiting(connection, at_ms, tenant.rules.reminder_ms))

    async def remind(self, tenant: Tenant) -> None:
        """Say in log and counters what came near or past its deadline since the last time; after a start, all that is."""
        at_ms, since_ms = clock.now_ms(), self._reminded.get(tenant.id, 0)
        came = await tenant.database.read(lambda connection: answered.crossed(connection, since_ms, at_ms, tenant.rules.reminder_ms))
        self._reminded[tenant.id] = at_ms
        for event, count in (("held-due-soon", came.due_soon), ("held-overdue", came.overdue)):
            if count:
                logs.warn(event, peer=tenant.id, count=count)
                self.meter.add(REMINDERS, HELD, event, count)

    async def held(self, tenant: Tenant) -> list[HeldItem]:
        """Items that wait for an official of the tenant, the most urgent first."""
        return await tenant.database.read(lambda connection: answered.held_items(connection, LISTED))

    async def decide(self, tenant: Tenant, item_id: ItemId, decision: Decision, officer: str) -> Outcome:
        """Decide one held item; Unknown("item-id-unknown"), Conflict("outcome-final"), Denied where a party no longer stands.

        Unavailable("source-silent") where it is to be provided and a live source does not answer: it stays held.
        """
        at_ms = clock.now_ms()
        notice, number = await tenant.database.read(lambda connection: answered.notice_of(connection, item_id))
        claimed = read_notice(notice)
        # Standing is checked again now: the inquirer may have been suspended while the item waited.
        check_standing(claimed.asked.statement, self._registry.current())
        wishes = wishes_of(number, wanted_of(claimed.asked), tenant.live) if decision.decision == "provide" else ()
        heard = await ask_live(tenant, wishes)
        finding, reply = await asyncio.to_thread(_compose, tenant, claimed.asked, number, decision, heard, at_ms)
        crash.point("gateway.desk.before_store")
        await tenant.database.write(lambda connection: answered.decide(connection, item_id, finding, reply, officer, at_ms))
        # Durable: the decision is taken and will reach the log, now or by the background push after a crash.
        crash.point("gateway.desk.after_store")
        await self._pusher.push_now(tenant)
        return finding.kind

    async def push(self, tenant: Tenant) -> int:
        """Bring decided outcomes to the log; returns how many the log confirmed."""
        return await self._pusher.push(tenant)

    async def _confirm(self, tenant: Tenant, told: Sequence[Told]) -> None:
        at_ms = clock.now_ms()
        crash.point("gateway.desk.before_confirm")
        await tenant.database.write(lambda connection: answered.confirm(connection, told, at_ms))

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Push what a crash or an unreachable exchange left behind; ends when cancelled."""
        while True:
            for tenant in tenants:
                await self._pusher.push_now(tenant)
                await self._remind_now(tenant)
            await asyncio.sleep(PAUSE_S)

    async def _remind_now(self, tenant: Tenant) -> None:
        try:
            await self.remind(tenant)
        except Fault as fault:
            logs.warn("reminder-failed", peer=tenant.id, code=fault.code)


def _waiting(connection: sqlite3.Connection, at_ms: int, reminder_ms: int) -> Waiting:
    overdue = answered.held_until(connection, at_ms)
    urgent = answered.held_until(connection, at_ms + reminder_ms)
    return Waiting(tuple(answered.held_items(connection, LISTED)), urgent - overdue, overdue, at_ms)


def _compose(tenant: Tenant, asked: Asked, number: str, decision: Decision, heard: Heard, at_ms: int) -> tuple[Finding, NoticeReply]:
    finding = tenant.database.read_now(lambda connection: _find(connection, tenant.live, asked, number, decision, heard, at_ms))
    return finding, compose(asked, finding, tenant.key(asked.statement.provider_epoch), at_ms, Senders())


def _find(connection: sqlite3.Connection, live: Collection[str], asked: Asked, number: str, decision: Decision, heard: Heard, at_ms: int) -> Finding:
    standing = claimed_outcome(answered.last_given(connection, asked.item_id).outcome).kind
    check_transition(standing, Outcome.REFUSED_WITH_CITATION)
    if answered.ends_by_itself(connection, asked.item_id):
        # What waits for the opening hours is answered by itself; whether a human must see it is decided then.
        raise Conflict("item-not-held", field="item_id")
    held = people.by_number(connection, number, wanted_of(asked))
    if held is None:
        raise Tampered("person-vanished", field="item_id")
    mark = lawful_mark(held, at_ms)
    if decision.decision == "refuse":
        check_citation(decision.citation)
        check_citation_for(decision.citation, frozenset(item_of(name).id for name in asked.statement.items), asked.statement.affair.source)
        return Finding(Outcome.REFUSED_WITH_CITATION, citation=decision.citation, nondisclosure=mark)
    try:
        return msgspec.structs.replace(collect(with_heard(held, wanted_of(asked), live, heard), asked), nondisclosure=mark)
    except Malformed as fault:
        raise Conflict("held-copy-invalid", fault.detail, "item_id") from fault
