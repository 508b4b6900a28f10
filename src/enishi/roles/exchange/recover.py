"""Use case: after a start, deliver again what the keeper holds without an outcome.  The keeper's rows are the outbox."""

import asyncio
from collections.abc import Awaitable, Callable

from enishi.errors import Fault
from enishi.mesh import logs
from enishi.protocol.wire import ItemIds, Pending
from enishi.roles.exchange.deliver import Delivery

EVERY_S = 20.0


async def redeliver(delivery: Delivery, pending: Callable[[ItemIds], Awaitable[Pending]]) -> int:
    """Deliver every open item once more; providers know by item id what they have answered. Returns how many got an outcome."""
    items = (await pending(ItemIds(()))).items
    replies = await asyncio.gather(*(delivery.again(item) for item in items), return_exceptions=True)
    for reply in replies:
        if isinstance(reply, BaseException) and not isinstance(reply, Fault):
            raise reply
    return sum(1 for reply in replies if not isinstance(reply, BaseException) and reply.outcome is not None)


async def keep_redelivering(delivery: Delivery, pending: Callable[[ItemIds], Awaitable[Pending]]) -> None:
    """Redeliver at once and then every 20 seconds; ends when cancelled."""
    while True:
        try:
            delivered = await redeliver(delivery, pending)
            if delivered:
                logs.info("redelivered", count=delivered)
        except Fault as fault:
            logs.warn("redelivery-waits", code=fault.code)
        await asyncio.sleep(EVERY_S)
