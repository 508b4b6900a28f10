"""The pages: the list of the items, and one page for each version of an item, with its JSON Schema beside it."""

from pathlib import Path
from secrets import token_bytes
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi import items
from enishi.errors import Unknown
from enishi.items import Item
from enishi.roles.gateway.itemface.fields import fields_of
from enishi.sentences.catalogue import Catalogue, name_of
from enishi.sentences.phrase import Phrase
from enishi.web.app import build_app
from enishi.web.cookies import Signer
from enishi.web.kit import Face, Kit

HOME: Final = Path(__file__).parent
HEADERS: Final = {"Cache-Control": "public, no-cache", "Access-Control-Allow-Origin": "*"}


class Shown(msgspec.Struct, frozen=True):
    """An item in the list: its plain name, and the item itself."""

    name: Phrase
    item: Item


class ItemPages:
    """Tells of the published forms; knows nobody."""

    def __init__(self, kit: Kit) -> None:
        """Take the kit."""
        self._kit = kit

    async def first(self, request: Request) -> Response:
        """The list: what the order names, and what it does not."""
        language = self._kit.language(request)
        shown = [Shown(name_of("items", item.id, language), item) for item in items.ITEMS.values()]
        context: dict[str, object] = {
            "named": [one for one in shown if one.item.law_name],
            "unnamed": [one for one in shown if not one.item.law_name],
        }
        return self._kit.page(request, "items.html", context)

    async def version(self, request: Request) -> Response:
        """One version of an item."""
        item, version = _asked(request)
        schema = items.schema(item.id, version)
        fields = fields_of(schema)
        lists = dict.fromkeys(field.code_list for field in fields if field.code_list)
        context: dict[str, object] = {
            "item": item,
            "name": name_of("items", item.id, self._kit.language(request)),
            "version": version,
            "versions": range(1, item.version + 1),
            "kept_under": schema.get("x-kept-under", ""),
            "fields": fields,
            "lists": {list_id: items.code_list(list_id) for list_id in lists},
            "breaks": _breaks(item, version),
        }
        return self._kit.page(request, "item.html", context)

    async def schema(self, request: Request) -> Response:
        """The JSON Schema of a version, for programs."""
        item, version = _asked(request)
        return Response(msgspec.json.encode(items.schema(item.id, version)), 200, HEADERS, "application/schema+json")

    async def codes(self, request: Request) -> Response:
        """A code list, for programs."""
        return Response(msgspec.json.encode(items.code_list(request.path_params["list_id"])), 200, HEADERS, "application/json")


def _asked(request: Request) -> tuple[Item, int]:
    """Item and version of the path; Unknown("item-unknown")."""
    item, version = items.find(request.path_params["slug"]), request.path_params["version"]
    if not 1 <= version <= item.version:
        raise Unknown("item-unknown", f"{item.id} has no such version", "version")
    return item, version


def _breaks(item: Item, version: int) -> tuple[Any, ...] | None:
    """What the machine found between this version and the one before; None for a first version."""
    return items.compatible(items.schema(item.id, version - 1), items.schema(item.id, version)) if version > 1 else None


async def _to_items(request: Request) -> Response:
    return RedirectResponse("/items", 307)


def build_pages(origin: str) -> Starlette:
    """The pages as an application; they have no form, so the key of their cookies may end with the process."""
    kit = Kit(Face("items", "desk", origin), HOME / "templates", Signer(token_bytes(32)), Catalogue("kit", "items"))
    pages = ItemPages(kit)
    routes = [
        Route("/", _to_items),
        Route("/items", pages.first),
        Route("/items/codes/{list_id}", pages.codes),
        Route("/items/{slug}/{version:int}", pages.version),
        Route("/items/{slug}/{version:int}/schema.json", pages.schema),
    ]
    return build_app(kit, routes, HOME / "static")
