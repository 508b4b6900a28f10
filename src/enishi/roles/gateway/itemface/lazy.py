"""The pages as a part of the gateway's API, made when the first reader comes: what draws them costs a start more than its other imports."""

import asyncio
from typing import Final

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

PATHS: Final = ("/", "/items", "/items/{rest:path}", "/static/{rest:path}", "/assets/{rest:path}", "/language/{rest:path}")


class Later:
    """Stands for the pages; they are made once, beside the event loop."""

    def __init__(self, origin: str) -> None:
        """Take the address of the face, which says whether cookies are for https alone."""
        self._origin = origin
        self._made: ASGIApp | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve by the pages."""
        face = self._made or await self._first()
        await face(scope, receive, send)

    async def _first(self) -> ASGIApp:
        async with self._lock:
            if self._made is None:
                self._made = await asyncio.to_thread(_build, self._origin)
            return self._made


def _build(origin: str) -> ASGIApp:
    from enishi.roles.gateway.itemface.pages import build_pages

    return build_pages(origin)


def routes(origin: str) -> list[BaseRoute]:
    """The paths of the pages; every other path stays with the API."""
    pages = Later(origin)
    return [Route(path, pages) for path in PATHS]
