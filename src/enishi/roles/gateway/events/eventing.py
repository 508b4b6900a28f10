"""Use cases: subscribe and end (inquirer), take what the other party sent, find what changed and tell it (provider)."""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Final

import msgspec

from enishi import clock
from enishi.errors import Fault, Malformed, Unavailable
from enishi.mesh import logs
from enishi.mesh.pki import Peer
from enishi.protocol.event import Believed, Event, EventKind, EventNote, check_event, check_told, check_until, sign_note
from enishi.protocol.wire import Empty
from enishi.roles.gateway import answered
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.events import subscriptions, watched
from enishi.roles.gateway.events.subscriptions import Subscription
from enishi.roles.gateway.events.watched import Watched
from enishi.roles.gateway.peers import Peers
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.tenant import Tenant, hosted
from enishi.store import Quiet, crash
from enishi.terms import ItemId

PAUSE_S: Final = 2.0
SWEEP_EVERY: Final = 30
"""Rounds after which all running subscriptions are compared again, though no new edition answers: a mark may have been lifted."""
BATCH: Final = 200
LISTED: Final = 500
NEWEST: Final = "SELECT COALESCE(MAX(turn), 0) FROM edition WHERE state = 'answering'"


class SubscriptionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which item, by its id in hexadecimal, and until when (that day excluded, JST; a year off at most)."""

    item_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    until: date


def read_subscription(body: bytes) -> SubscriptionRequest:
    """Read a request; Malformed("request-unreadable")."""
    try:
        return msgspec.json.decode(body, type=SubscriptionRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error


class Events:
    """Notices of change for all tenants, as inquirers and as providers."""

    def __init__(self, tenants: dict[str, Tenant], registry: Registry, peers: Peers) -> None:
        """Work on these tenants under this registry; notes go through the exchange."""
        self._tenants = tenants
        self._registry = registry
        self._peers = peers
        self._quiet = Quiet()
        self._swept: dict[str, int] = {}

    # ---- the inquirer

    async def subscribe(self, tenant: Tenant, caller: Caller, asked: SubscriptionRequest) -> Subscription:
        """Subscribe to an item that this system asked; what the exchange refuses is raised, what it cannot take now is sent until it can."""
        at_ms, item_id = clock.now_ms(), ItemId(bytes.fromhex(asked.item_id))
        until_ms = int(datetime(asked.until.year, asked.until.month, asked.until.day, tzinfo=clock.JST).timestamp() * 1000)
        note = self._note(tenant, "subscribe", item_id, until_ms)
        check_until(note)
        message = await self._message(tenant, caller, note)
        made = Subscription(item_id, caller.system, until_ms, "asking", message, b"", 0)
        crash.point("gateway.subscribe.before_store")
        kept = await tenant.database.write(lambda connection: subscriptions.put(connection, made, at_ms))
        # Durable: the note is sent until the provider has taken it or it is refused.
        crash.point("gateway.subscribe.after_store")
        return await self._post(tenant, kept)

    async def end(self, tenant: Tenant, caller: Caller, item_id: ItemId) -> Subscription:
        """End a subscription; nothing for one that is over. Unknown("subscription-unknown"), Unknown("item-id-unknown")."""
        await tenant.database.read(lambda connection: subscriptions.find(connection, item_id))
        message = await self._message(tenant, caller, self._note(tenant, "end", item_id, 0))
        crash.point("gateway.subscribe.before_end")
        # Durable when this returns: the end is sent until the provider has taken it.
        kept = await tenant.database.write(lambda connection: subscriptions.end(connection, item_id, message))
        return await self._post(tenant, kept)

    async def listed(self, tenant: Tenant, caller: Caller) -> list[Subscription]:
        """What the caller's system subscribed to; what changed comes first."""
        return await tenant.database.read(lambda connection: subscriptions.listed(connection, caller.system, LISTED))

    async def _message(self, tenant: Tenant, caller: Caller, note: EventNote) -> bytes:
        envelope = sign_note(note, tenant.key(note.epoch).signing)
        event = await tenant.database.read(lambda connection: subscriptions.proof_of(connection, note.item_id, caller.system, envelope))
        return msgspec.msgpack.encode(event)

    async def _post(self, tenant: Tenant, one: Subscription) -> Subscription:
        if one.state not in subscriptions.OPEN:
            return one
        try:
            await self._peers.event(one.message)
        except Unavailable:
            return one
        except Fault as fault:
            refusal = fault
            crash.point("gateway.subscribe.before_refuse")
            await tenant.database.write(lambda connection: subscriptions.refused(connection, one.item_id, one.state, refusal))
            raise
        crash.point("gateway.subscribe.before_taken")
        await tenant.database.write(lambda connection: subscriptions.taken(connection, one.item_id, one.state))
        return await tenant.database.read(lambda connection: subscriptions.find(connection, one.item_id))

    async def send_waiting(self, tenant: Tenant) -> None:
        """Send again what the provider has not taken yet, the same bytes."""
        for one in await tenant.database.read(lambda connection: subscriptions.waiting(connection, BATCH)):
            try:
                await self._post(tenant, one)
            except Fault as fault:
                logs.warn("subscription-refused", peer=tenant.id, code=fault.code)

    # ---- what the other party sent

    async def take(self, event: Event, peer: Peer) -> Empty:
        """Take a note that the exchange passed on, for either side; it is durable when this returns, and the same again changes nothing."""
        known, at_ms = self._registry.current(), clock.now_ms()
        believed = check_event(event, known.snapshot.signing_keys, known.snapshot.keeper.signing, at_ms)
        known.standing(believed.note.by, "by")
        tenant = hosted(self._tenants, believed.to, "to")
        if believed.note.kind == "changed":
            # Nobody is told of a person's change that does not stand in that person's record.
            told = msgspec.msgpack.encode(check_told(event, believed, known.snapshot.keeper.signing))
            crash.point("gateway.event.before_changed")
            await tenant.database.write(lambda connection: subscriptions.changed(connection, believed.note.item_id, told, at_ms))
            return Empty()
        await self._watch(tenant, believed, at_ms)
        return Empty()

    async def _watch(self, tenant: Tenant, believed: Believed, at_ms: int) -> None:
        # An item that this institution never answered is no item to subscribe to.
        await tenant.database.read(lambda connection: answered.notice_of(connection, believed.note.item_id))
        crash.point("gateway.event.before_watch")
        await tenant.database.write(lambda connection: watched.take(connection, believed.note, at_ms))
        # What changed between the answer and the subscription is found by the next round.
        self._swept.pop(tenant.id, None)

    # ---- the provider

    async def sweep(self, tenant: Tenant) -> int:
        """Compare every running subscription, and put a note into the outbox for what changed; returns how many."""
        told, after = 0, b""
        while batch := await tenant.database.read(partial(watched.page, after=after)):
            after = batch[-1].item_id
            changed = await tenant.database.read(partial(watched.changed_among, batch=batch, rules=tenant.rules, at_ms=clock.now_ms()))
            if changed:
                await self._tell(tenant, changed)
            told += len(changed)
        return told

    async def push(self, tenant: Tenant) -> int:
        """Send what lies in the outbox; returns how many notes were taken."""
        await self._close_past(tenant)
        done = 0
        for item_id, message in await tenant.database.read(watched.outbox):
            try:
                await self._peers.event(message)
                state: watched.Settled = "told"
            except Unavailable:
                break
            except Fault as fault:
                # The law of today, or the standing of a party, no longer lets this be told: it stays untold.
                logs.warn("change-not-told", peer=tenant.id, code=fault.code)
                state = "refused"
            crash.point("gateway.event.before_settle")
            await tenant.database.write(partial(watched.settle, item_id=item_id, state=state))
            done += state == "told"
        return done

    async def _close_past(self, tenant: Tenant) -> None:
        at_ms = clock.now_ms()
        over = await tenant.database.read(lambda connection: watched.past(connection, at_ms))
        if over:
            crash.point("gateway.event.before_close")
            await tenant.database.write(lambda connection: watched.close(connection, over))

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Send what waits; compare whenever a new edition answers, and every so many rounds; ends when cancelled."""
        turn = 0
        while True:
            for tenant in tenants:
                try:
                    await self._round(tenant, turn)
                except Fault as fault:
                    logs.warn("events-wait", peer=tenant.id, code=fault.code)
            turn += 1
            await asyncio.sleep(PAUSE_S)

    async def _round(self, tenant: Tenant, turn: int) -> None:
        if not await self._quiet.look(tenant.database, _running):
            return
        (newest,) = await tenant.database.read(lambda connection: connection.execute(NEWEST).fetchone())
        if turn % SWEEP_EVERY == 0 or self._swept.get(tenant.id) != newest:
            self._swept[tenant.id] = newest
            await self.sweep(tenant)
        await self.push(tenant)
        await self.send_waiting(tenant)

    async def _tell(self, tenant: Tenant, changed: Sequence[Watched]) -> None:
        notes = [(one.item_id, self._changed(tenant, one)) for one in changed]
        crash.point("gateway.event.before_tell")
        await tenant.database.write(partial(watched.tell, notes=notes))
        # Durable: the rows are the outbox; each note is sent until it is taken or refused.
        crash.point("gateway.event.after_tell")

    def _changed(self, tenant: Tenant, one: Watched) -> bytes:
        note = self._note(tenant, "changed", one.item_id, 0)
        return msgspec.msgpack.encode(one.event(sign_note(note, tenant.key(note.epoch).signing)))

    def _note(self, tenant: Tenant, kind: EventKind, item_id: ItemId, ends_ms: int) -> EventNote:
        epoch = self._registry.current().standing(tenant.id, "by").current().epoch
        return EventNote(v=1, kind=kind, item_id=item_id, by=tenant.id, epoch=epoch, ends_ms=ends_ms, at_ms=clock.now_ms())


def _running(connection: sqlite3.Connection) -> list[str]:
    """The sides on which a subscription is not over, the provider's and the inquirer's; without one there is nothing to do at any time."""
    sides = {"watched": watched.any_running, "subscription": subscriptions.any_waiting}
    return [side for side, found in sides.items() if found(connection)]
