"""The doors for what officials look up: a copy, its history, and whom to ask."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi import clock
from enishi.roles.gateway.bodies import answer_json, body_of
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.register.history import read_query, show_copy, show_history
from enishi.roles.gateway.register.holder import holder_of, read_holder
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.tenant import Tenant

BODY_LIMIT: Final = 256 * 1024
Handler = Callable[[Request, Caller], Awaitable[Response]]
Door = Callable[[str, Handler], Callable[[Request], Awaitable[Response]]]


class RegisterFace:
    """Each caller sees its own institution's people; the registry is the one that is held here, and nothing is fetched."""

    def __init__(self, tenants: dict[str, Tenant], registry: Registry) -> None:
        """Serve these tenants' systems under this registry."""
        self._tenants = tenants
        self._registry = registry

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the door that demands a credential."""
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/v1/copies/{person}/{item}", self._copy),
            ("GET", "/v1/copies/{person}/{item}/history", self._history),
            ("POST", "/v1/holders", self._holder),
        )
        return [Route(path, door(path, handler), methods=[method]) for method, path, handler in table]

    async def _copy(self, request: Request, caller: Caller) -> Response:
        caller.demand("copies")
        tenant, query = self._tenants[caller.tenant], read_query(dict(request.query_params))
        person, item = request.path_params["person"], request.path_params["item"]
        return answer_json(await tenant.database.read(lambda connection: show_copy(connection, person, item, query, tenant.live)))

    async def _history(self, request: Request, caller: Caller) -> Response:
        caller.demand("copies")
        tenant, query = self._tenants[caller.tenant], read_query(dict(request.query_params))
        person, item = request.path_params["person"], request.path_params["item"]
        return answer_json(await tenant.database.read(lambda connection: show_history(connection, person, item, query)))

    async def _holder(self, request: Request, caller: Caller) -> Response:
        tenant, asked = self._tenants[caller.tenant], read_holder(await body_of(request, BODY_LIMIT))
        if asked.person:
            # The answer says where the person lived: it is a look into the copy.
            caller.demand("copies")
        known, at_ms = self._registry.current(), clock.now_ms()
        work = (known.snapshot, known.digest)
        return answer_json(await tenant.database.read(lambda connection: holder_of(connection, asked, work, tenant.live, at_ms)))
