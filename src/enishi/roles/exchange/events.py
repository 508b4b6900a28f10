"""Use case: pass on a subscription or a notice of change, if the law permits on the day what the earlier inquiry asked; nothing is kept here.

A notice of change goes to the keeper first, which decides for itself and records it under the person; only with its receipt does it go on.
"""

from collections.abc import Awaitable, Callable

import msgspec

from enishi import clock
from enishi.errors import Denied
from enishi.law import Permit
from enishi.protocol.event import Believed, Event, check_event, check_told
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.wire import Empty
from enishi.roles.exchange.state import State
from enishi.store import crash


class Events:
    """Examines an event as an inquiry is examined, and brings it to the other party's platform."""

    def __init__(self, state: State, record: Callable[[Event], Awaitable[SignedReceipt]], send: Callable[[str, Event], Awaitable[Empty]]) -> None:
        """Work on the exchange's state; `record` is the keeper's door, `send` takes (platform, event)."""
        self._state = state
        self._record = record
        self._send = send

    async def handle(self, event: Event, tenants: frozenset[str]) -> Empty:
        """Pass one event on; Denied("event-not-your-tenant", "institution-suspended", "event-not-lawful"), and what `check_event` raises."""
        snapshot, now_ms = self._state.snapshot, clock.now_ms()
        believed = check_event(event, snapshot.signing_keys, snapshot.keeper.signing, now_ms)
        if believed.note.by not in tenants:
            raise Denied("event-not-your-tenant", believed.note.by, "by")
        platform = self._standing(believed)
        if believed.note.kind == "end":
            # Hearing no more needs no permission.
            return await self._pass(platform, event)
        decision = self._state.jurist.decide(believed.statement, event.row, snapshot, self._state.day(now_ms))
        if not isinstance(decision, Permit):
            raise Denied("event-not-lawful", "", "statement")
        return await self._permitted(decision, believed, platform, event)

    async def _permitted(self, permit: Permit, believed: Believed, platform: str, event: Event) -> Empty:
        assert isinstance(permit, Permit)
        if believed.note.kind != "changed":
            return await self._pass(platform, event)
        crash.point("exchange.event.before_record")
        told = await self._record(event)
        # Durable at the keeper: the person's record says who is told.  A receipt that is not the keeper's own goes no further.
        shown = msgspec.structs.replace(event, told=told)
        check_told(shown, believed, self._state.snapshot.keeper.signing)
        return await self._pass(platform, shown)

    async def _pass(self, platform: str, event: Event) -> Empty:
        # Nothing is kept here: the sender's own row is the outbox, and it sends until somebody has taken the note.
        crash.point("exchange.event.before_send")
        return await self._send(platform, event)

    def _standing(self, believed: Believed) -> str:
        for name, field in ((believed.statement.inquirer, "inquirer"), (believed.statement.provider, "provider")):
            if self._state.snapshot.institution(name, field).suspended:
                raise Denied("institution-suspended", name, field)
        return self._state.snapshot.institution(believed.to, "to").platform
