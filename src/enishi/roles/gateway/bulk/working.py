"""Use case: ask what was accepted, in the background, a few messages at a time; the same at every start as after every acceptance."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Final

from enishi import clock
from enishi.errors import Fault, Unavailable
from enishi.mesh import logs
from enishi.roles.gateway.ask import Ask
from enishi.roles.gateway.bulk import picking, settling, store
from enishi.roles.gateway.bulk.picking import Group
from enishi.roles.gateway.drafting import Draft
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.sending import Posting
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash

FLIGHTS: Final = 4
"""Messages of one institution that are with the exchange at once, those included that wait for it to come back."""
PAUSE_S: Final = 2.0
"""Between looks at what is with the exchange."""
WAITING_PAUSE_S: Final = 5.0
"""Between looks at what waits for officials; where nothing is open there is nothing to look at."""


class Working:
    """Asks for one tenant."""

    def __init__(self, tenant: Tenant, registry: Registry, ask: Ask) -> None:
        """Feed the questions of this tenant to `ask`."""
        self._tenant, self._registry, self._ask = tenant, registry, ask
        self._flights: set[asyncio.Task[None]] = set()
        self._more, self._changed = asyncio.Event(), asyncio.Condition()
        self.gate = asyncio.Lock()
        """Held while rows are turned into a message, and while they are taken back."""

    def wake(self) -> None:
        """Something was accepted."""
        self._more.set()

    async def settled(self, seconds: float) -> None:
        """Wait until some row's state has changed, but no longer than this."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait()

    async def run(self) -> None:
        """Work until cancelled; what an earlier run left is taken up first."""
        while True:
            pause: float | None = PAUSE_S
            try:
                await self._settle_open()
                await self._all()
                pause = await self._pause()
            except Fault as fault:
                logs.warn("bulk-waits", peer=self._tenant.id, code=fault.code)
            except Exception as error:
                logs.fail("bulk-failed", peer=self._tenant.id, kind=type(error).__name__, where=logs.where(error.__traceback__))
            await self._rest(pause)

    async def close(self) -> None:
        """Wait for the messages under way."""
        if self._flights:
            await asyncio.wait(self._flights)

    async def _pause(self) -> float | None:
        standing = await self._tenant.database.read(settling.still_open)
        if standing.sending or standing.changed:
            return PAUSE_S
        return WAITING_PAUSE_S if standing.waiting else None

    async def _rest(self, pause: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._more.wait()

    async def _all(self) -> None:
        while True:
            self._more.clear()
            most = picking.SHARED if self._ask.waited_for() else picking.GROUP
            groups = await self._tenant.database.read(partial(picking.pick, most=most))
            if not groups:
                return
            for group in groups:
                await self._free()
                await self._one(group)
                # Something new may be a case, which goes before the rest of this message.
                if self._more.is_set():
                    break

    async def _free(self) -> None:
        """Wait until fewer messages are under way; Unavailable where those that are do not get through."""
        while await self._tenant.database.read(settling.sending) >= FLIGHTS:
            if not self._flights:
                raise Unavailable("peer-unreachable", "exchange")
            await asyncio.wait(self._flights, return_when=asyncio.FIRST_COMPLETED)

    async def _one(self, group: Group) -> None:
        async with self.gate:
            ready = await self._tenant.database.read(lambda connection: picking.still(connection, group))
            posting = await self._write_down(ready) if ready.rows else None
        if posting is not None:
            flight = asyncio.create_task(self._fly(ready.number, posting))
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)

    async def _write_down(self, group: Group) -> Posting | None:
        database = self._tenant.database
        caller = await database.read(lambda connection: store.caller_of(connection, group.number, self._tenant.id))
        try:
            # Message and marks are durable together: no row is ever asked twice, and none is marked that was not asked.
            return await self._ask.write_down(Draft(self._tenant, caller, group.question(), None, group.keep))
        except Unavailable:
            raise
        except Fault as fault:
            return await self._without(group, fault)

    async def _without(self, group: Group, fault: Fault) -> Posting | None:
        """A row at fault fails alone: whose person cannot be asked about falls out, and the rest is asked; what is wrong with all fails them all."""
        database, epoch = self._tenant.database, self._registry.current().standing(self._tenant.id, "inquirer").current().epoch
        strangers = await database.read(lambda connection: picking.strangers(connection, group, epoch))
        failed = strangers or [(row, fault) for row in group.rows]
        crash.point("gateway.bulk.before_fail")
        await database.write(lambda connection: store.fail(connection, group.number, failed, clock.now_ms()))
        await self._tell()
        rest = group.only(sorted(set(group.rows) - {row for row, _ in failed}))
        return await self._write_down(rest) if rest.rows else None

    async def _fly(self, number: bytes, posting: Posting) -> None:
        try:
            await self._ask.post(posting)
        except Fault as fault:
            # Refused for good, or a reply that does not hold and is asked for again: the record says which.
            logs.warn("bulk-refused", peer=self._tenant.id, code=fault.code)
        try:
            await self._settle([(number, bytes(posting.txid))])
        except Fault as fault:
            # The record stands; the rows are brought up to it in the next round.
            logs.warn("bulk-waits", peer=self._tenant.id, code=fault.code)

    async def _settle_open(self) -> None:
        standing = await self._tenant.database.read(settling.still_open)
        if standing.changed:
            await self._settle(standing.changed)

    async def _settle(self, messages: Sequence[tuple[bytes, bytes]]) -> None:
        crash.point("gateway.bulk.before_settle")
        await self._tenant.database.write(lambda connection: settling.settle(connection, messages, clock.now_ms()))
        # Durable: the rows' states, and with the last of them that somebody is to be told.
        crash.point("gateway.bulk.after_settle")
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
