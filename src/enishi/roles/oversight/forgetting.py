"""The errand that lets go of letters whose time is over."""

import asyncio
from typing import Final

from enishi.errors import Fault
from enishi.mesh import logs
from enishi.roles.oversight.letters import Letters

EVERY_S: Final = 3600.0


async def keep_forgetting(letters: Letters) -> None:
    """At once, and then every hour; ends when cancelled."""
    while True:
        try:
            count = await letters.forget()
            if count:
                logs.info("letters-forgotten", count=count)
        except Fault as fault:
            logs.warn("letters-not-forgotten", code=fault.code)
        await asyncio.sleep(EVERY_S)
