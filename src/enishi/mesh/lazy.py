"""A face that is made when it is first asked for, so that a role's start waits for no template, sentence or index."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from enishi.mesh.asgi import App, Receive, Scope, Send

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """Run long work in a thread of its own, so that what shares the role's other one does not wait for it."""
    with ThreadPoolExecutor(1) as own:
        return await asyncio.get_running_loop().run_in_executor(own, work)


class LazyFace:
    """An ASGI application that stands for the one that `make` gives; made once, in a thread of its own: inquiries share another."""

    def __init__(self, make: Callable[[], App]) -> None:
        """Take what makes the face; its imports are its own."""
        self._make = make
        self._made: App | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve by the face."""
        face = self._made or await self._first()
        await face(scope, receive, send)

    async def _first(self) -> App:
        async with self._lock:
            if self._made is None:
                self._made = await aside(self._make)
            return self._made
