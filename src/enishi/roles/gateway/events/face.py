"""The API for notices of change: subscribe, list, end."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.roles.gateway import shown
from enishi.roles.gateway.bodies import answer_json, body_of
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.deskface import Door, Handler
from enishi.roles.gateway.events.eventing import Events, read_subscription
from enishi.roles.gateway.events.subscriptions import State, Subscription
from enishi.roles.gateway.identifiers import read_id
from enishi.roles.gateway.tenant import Tenant
from enishi.terms import ItemId

BODY_LIMIT: Final = 4 * 1024


class SubscriptionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription: `changed` says that an ordinary inquiry would find something new; it is over then, and the new item can be subscribed to."""

    item_id: str
    state: State
    until: str
    changed_at: str | None


class SubscriptionList(msgspec.Struct, frozen=True):
    """What changed first, then the newest, at most 500."""

    subscriptions: tuple[SubscriptionShown, ...]


class EventFace:
    """The handlers for subscriptions."""

    def __init__(self, tenants: dict[str, Tenant], events: Events) -> None:
        """Serve these tenants' systems."""
        self._tenants = tenants
        self._events = events

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the door that demands a credential."""
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/v1/subscriptions", self._listed),
            ("POST", "/v1/subscriptions", self._subscribe),
            ("POST", "/v1/subscriptions/{item_id}/end", self._end),
        )
        return [Route(path, door(path, handler), methods=[method]) for method, path, handler in table]

    async def _listed(self, request: Request, caller: Caller) -> Response:
        found = await self._events.listed(self._tenants[caller.tenant], caller)
        return answer_json(SubscriptionList(tuple(map(_shown, found))))

    async def _subscribe(self, request: Request, caller: Caller) -> Response:
        asked = read_subscription(await body_of(request, BODY_LIMIT))
        made = await self._events.subscribe(self._tenants[caller.tenant], caller, asked)
        return answer_json(_shown(made), 202 if made.state == "asking" else 200)

    async def _end(self, request: Request, caller: Caller) -> Response:
        item_id = ItemId(read_id(request.path_params["item_id"], "item_id"))
        ended = await self._events.end(self._tenants[caller.tenant], caller, item_id)
        return answer_json(_shown(ended), 202 if ended.state == "ending" else 200)


def _shown(one: Subscription) -> SubscriptionShown:
    changed = shown.time_of(one.changed_ms) if one.changed_ms else None
    return SubscriptionShown(item_id=one.item_id.hex(), state=one.state, until=shown.time_of(one.until_ms), changed_at=changed)
