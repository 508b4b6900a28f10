"""A face that is made when it is first asked for, so that a role's start waits for no template, sentence or index."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from enishi.mesh.asgi import App, Receive, Scope, Send


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
                with ThreadPoolExecutor(1) as aside:
                    self._made = await asyncio.get_running_loop().run_in_executor(aside, self._make)
            return self._made
