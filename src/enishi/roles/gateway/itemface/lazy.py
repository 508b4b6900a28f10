"""The pages as a part of the gateway's API, made when the first reader comes: what draws them costs a start more than its other imports."""

from functools import partial
from typing import Final

from starlette.routing import BaseRoute, Route

from enishi.mesh.asgi import App
from enishi.mesh.lazy import LazyFace

PATHS: Final = ("/", "/items", "/items/{rest:path}", "/static/{rest:path}", "/assets/{rest:path}", "/language/{rest:path}")


def _build(origin: str) -> App:
    from enishi.roles.gateway.itemface.pages import build_pages

    return build_pages(origin)


def routes(origin: str) -> list[BaseRoute]:
    """The paths of the pages; every other path stays with the API."""
    pages = LazyFace(partial(_build, origin))
    return [Route(path, pages) for path in PATHS]
