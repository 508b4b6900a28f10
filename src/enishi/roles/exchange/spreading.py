"""Everybody is told of the registry and of suspensions, and the next snapshot carries what a note said, now and whenever there is news."""

import asyncio
from typing import Final

from enishi.errors import Fault
from enishi.mesh import logs
from enishi.roles.exchange.publishing import Publishing
from enishi.roles.exchange.suspending import Suspending

EVERY_S: Final = 20.0
"""Pause before those are told again who could not be reached."""


async def spread(publishing: Publishing, suspending: Suspending) -> None:
    """One round: first tell, since a note holds at once; then carry.  A fault of one part waits for the next round."""
    try:
        await suspending.tell()
        await publishing.carry()
    except Fault as fault:
        logs.warn("registry-waits", code=fault.code)


async def keep_spreading(publishing: Publishing, suspending: Suspending, wake: asyncio.Event) -> None:
    """A round at once, at each wake, and every 20 seconds; ends when cancelled."""
    while True:
        wake.clear()
        await spread(publishing, suspending)
        try:
            await asyncio.wait_for(wake.wait(), EVERY_S)
        except TimeoutError:
            continue
