"""The part of the REST API for who represents whom by law; each call demands the office `representations`."""

from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.protocol.mandate import Scope
from enishi.roles.gateway import shown
from enishi.roles.gateway.bodies import answer_json, body_of
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.deskface import Door, mark_id_of
from enishi.roles.gateway.representing.entering import Entering, Entry, read_representation
from enishi.roles.gateway.tenant import Tenant

LIST: Final = "/v1/representations"
END: Final = "/v1/representations/{entry}/end"
CONFIRM: Final = "/v1/representations/{entry}/confirm"
BODY_LIMIT: Final = 16 * 1024


class ActShown(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer did with a relation, and when the registrar knew; `fault` is why it refused."""

    act: Literal["enter", "end", "confirm", "protect"]
    officer: str
    at: str
    told_at: str | None
    fault: str


class RepresentationShown(msgspec.Struct, frozen=True, kw_only=True):
    """A relation with everything that was done with it, the oldest first; whether it is suspended elsewhere is not known here."""

    entry: str
    kind: Literal["parent", "guardian"]
    person: str
    representative: str
    citation: str
    until: str
    scope: tuple[Scope, ...]
    acts: tuple[ActShown, ...]


class RepresentationList(msgspec.Struct, frozen=True):
    """Relations, the newest first, at most 500."""

    representations: tuple[RepresentationShown, ...]


class RepresentationFace:
    """The handlers."""

    def __init__(self, tenants: dict[str, Tenant]) -> None:
        """Serve these tenants' systems."""
        self._tenants = tenants
        self._entering = Entering()

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the door that demands a credential."""
        table = (("GET", LIST, self._list), ("POST", LIST, self._enter), ("POST", END, self._end), ("POST", CONFIRM, self._confirm))
        return [Route(path, door(path, handler), methods=[method]) for method, path, handler in table]

    async def _list(self, request: Request, caller: Caller) -> Response:
        caller.demand("representations")
        entries = await self._entering.listed(self._tenants[caller.tenant])
        return answer_json(RepresentationList(tuple(map(_shown, entries))))

    async def _enter(self, request: Request, caller: Caller) -> Response:
        caller.demand("representations")
        asked = read_representation(await body_of(request, BODY_LIMIT))
        entry = await self._entering.enter(self._tenants[caller.tenant], asked, f"{caller.system}/{caller.officer}")
        return answer_json(_shown(entry))

    async def _end(self, request: Request, caller: Caller) -> Response:
        return await self._act(request, caller, "end")

    async def _confirm(self, request: Request, caller: Caller) -> Response:
        return await self._act(request, caller, "confirm")

    async def _act(self, request: Request, caller: Caller, what: Literal["end", "confirm"]) -> Response:
        caller.demand("representations")
        entry = mark_id_of(request.path_params["entry"])
        return answer_json(_shown(await self._entering.act(self._tenants[caller.tenant], entry, what, f"{caller.system}/{caller.officer}")))


def _shown(entry: Entry) -> RepresentationShown:
    one, acts = entry
    return RepresentationShown(
        entry=one.entry.hex(),
        kind=one.kind,
        person=one.principal,
        representative=one.representative,
        citation=one.citation,
        until=one.until_day.isoformat(),
        scope=one.scope,
        acts=tuple(
            ActShown(
                act=each.act,
                officer=each.officer,
                at=shown.time_of(each.at_ms),
                told_at=shown.time_of(each.told_ms) if each.told_ms else None,
                fault=each.fault,
            )
            for each in acts
        ),
    )
