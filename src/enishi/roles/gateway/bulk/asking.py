"""Use case: accept a message, tell where it stands, take it back; and everything that goes on in the background for it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from enishi import clock
from enishi.errors import Busy, Conflict, Denied
from enishi.roles.gateway.ask import Ask
from enishi.roles.gateway.bulk import store
from enishi.roles.gateway.bulk.callbacks import callbacks_of
from enishi.roles.gateway.bulk.calling import Calling
from enishi.roles.gateway.bulk.store import Incoming, Standing
from enishi.roles.gateway.bulk.working import Working
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash

READERS: Final = 4
"""Messages that are being read at once: each may hold tens of megabytes."""


class Bulk:
    """Asks many at once, for all tenants."""

    def __init__(self, registry: Registry, ask: Ask) -> None:
        """Feed `ask`."""
        self._registry, self._ask = registry, ask
        self._working: dict[str, Working] = {}
        self._reading: set[tuple[str, str, str]] = set()
        self._readers = 0

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Work for these tenants until cancelled, from what an earlier run left on."""
        errands = [self._of(tenant).run() for tenant in tenants] + [Calling(tenant).run() for tenant in tenants]
        await asyncio.gather(*errands)

    async def close(self) -> None:
        """Finish the messages under way."""
        await asyncio.gather(*(working.close() for working in self._working.values()))

    @contextmanager
    def reading(self, caller: Caller, repeat_key: str) -> Iterator[None]:
        """A place to read one message; Busy("bulk-reading-busy"), Conflict("repeat-under-way") while another is read under that key."""
        mine = (caller.tenant, caller.system, repeat_key)
        if repeat_key and mine in self._reading:
            raise Conflict("repeat-under-way", field="Idempotency-Key")
        if self._readers >= READERS:
            raise Busy("bulk-reading-busy", f"{READERS}", "body")
        self._readers += 1
        self._reading.add(mine)
        try:
            yield
        finally:
            self._readers -= 1
            self._reading.discard(mine)

    async def accept(self, tenant: Tenant, caller: Caller, incoming: Incoming) -> bytes:
        """Store a message and give its number; Busy("bulk-queue-full"), Tampered("repeat-key-reused"), Denied("callback-not-allowed")."""
        check_callback(tenant, incoming.callback)
        crash.point("gateway.bulk.before_accept")
        number = await tenant.database.write(lambda connection: store.accept(connection, caller, incoming))
        # Durable: every row, good or bad, and the key. Whoever has the number can come back for it, whatever happens to this process.
        crash.point("gateway.bulk.after_accept")
        self._of(tenant).wake()
        return number

    async def standing(self, tenant: Tenant, caller: Caller, number: bytes) -> Standing:
        """Where a message stands; Unknown("bulk-unknown")."""
        return await tenant.database.read(lambda connection: store.standing(connection, number, caller.system))

    async def worked(self, tenant: Tenant, caller: Caller, number: bytes, seconds: float) -> Standing:
        """The same once it has ended or waits for others, or the time is up."""
        until = clock.monotonic() + seconds
        while (standing := await self.standing(tenant, caller, number)).state == "working" and (left := until - clock.monotonic()) > 0:
            await self._of(tenant).settled(left)
        return standing

    async def cancel(self, tenant: Tenant, caller: Caller, number: bytes) -> Standing:
        """Take back what is not sent yet; what was sent stays, and is told as before."""
        async with self._of(tenant).gate:
            await self.standing(tenant, caller, number)
            crash.point("gateway.bulk.before_cancel")
            await tenant.database.write(lambda connection: store.cancel(connection, number, clock.now_ms()))
            # Durable: rows taken back are never asked.
            crash.point("gateway.bulk.after_cancel")
        return await self.standing(tenant, caller, number)

    def _of(self, tenant: Tenant) -> Working:
        if tenant.id not in self._working:
            self._working[tenant.id] = Working(tenant, self._registry, self._ask)
        return self._working[tenant.id]


def check_callback(tenant: Tenant, callback: str) -> None:
    """Denied("callback-not-allowed") unless there is none to call, or the institution's file allows it."""
    if not callback:
        return
    allowed = callbacks_of(tenant.folder)
    if allowed is None:
        raise Denied("callback-not-allowed", field="callback")
    allowed.check(callback)
