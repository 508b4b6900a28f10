"""Waiting for peers that are not up yet, which is the ordinary course of a start."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from enishi.errors import Unavailable
from enishi.mesh import logs

T = TypeVar("T")


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work, again and again while a peer is not up; the supervisor's own limit ends a wait without hope."""
    last = ""
    while True:
        try:
            return await work()
        except Unavailable as fault:
            if fault.code + fault.detail != last:
                last = fault.code + fault.detail
                logs.info("waiting-for-peer", code=fault.code, peer=fault.detail)
            await asyncio.sleep(0.1)
