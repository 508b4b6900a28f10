"""Work beside the event loop; in it, where the work is short (docs/decisions/0005-one-thread-beside-the-loop.md)."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SHORT_MS: Final = 1.0
"""What takes no more is not handed over and back, which wakes two threads. At 5 a busy machine spent less still, and answered later."""


async def beside(about_ms: float, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """The work's result: from the role's one thread beside the loop, or from the loop itself where it takes no more than SHORT_MS."""
    return work(*args, **named) if about_ms <= SHORT_MS else await asyncio.to_thread(work, *args, **named)
