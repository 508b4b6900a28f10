"""Work beside the event loop; in it, where the work is shorter than a turn of Python's lock (docs/decisions/0005-one-thread-beside-the-loop.md)."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

TURN_MS: Final = 5.0
"""How long a thread that has work keeps Python's lock (`sys.getswitchinterval`). What takes less holds the loop up no longer in it than beside it,
is not handed over and back, which wakes two threads."""


async def beside(about_ms: float, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """The work's result: from the role's one thread beside the loop, or from the loop itself where `about_ms` of processor time is within a turn."""
    return work(*args, **named) if about_ms <= TURN_MS else await asyncio.to_thread(work, *args, **named)
