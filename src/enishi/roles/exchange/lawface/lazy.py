"""A face that is made when it is first asked for, so that the exchange's start waits for no template, sentence or index."""

import asyncio
from collections.abc import Callable

from enishi.mesh.asgi import App, Receive, Scope, Send


class LazyFace:
    """An ASGI application that stands for the one that `make` gives; it is made once, beside the event loop."""

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
                self._made = await asyncio.to_thread(self._make)
            return self._made
