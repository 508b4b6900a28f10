"""The API for an organisation's mandates: list them, look at one, end one. The number is in no answer; nothing else can be done with them."""

from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Malformed
from enishi.protocol.agent import EndReason, Part
from enishi.protocol.agent_legal import PLACE
from enishi.roles.gateway import shown
from enishi.roles.gateway.agents import kept
from enishi.roles.gateway.agents.fetching import Agents
from enishi.roles.gateway.agents.kept import Kept, Person, State
from enishi.roles.gateway.bodies import answer_json
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.deskface import Door
from enishi.roles.gateway.offers.face import read_reference
from enishi.roles.gateway.tenant import Tenant

LIST: Final = "/v1/mandates"
ONE: Final = "/v1/mandates/{reference}"
END: Final = "/v1/mandates/{reference}/end"
MOST: Final = 500
_LINES: Final = "application/jsonl"


class MandatesAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which mandates: of one state or of both, behind a reference, and how many at most."""

    state: State | None = None
    after: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{32})?$")] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 100


class MandateShown(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate: its person by the four basic items, to whom papers may be handed in, for which affair, on which provisions, until when.

    Of one that is over the digest of what was signed, the times and the reason are left: what named person, recipient and affair is null.
    """

    reference: str
    digest: str
    state: State
    person: Person | None
    recipient: str | None
    source: str | None
    row: str | None
    purpose_item: str | None
    part: Part | None
    basis: tuple[str, ...]
    given_at: str
    until: str
    ended_at: str | None
    reason: EndReason | None
    deleted_at: str | None


def read_mandates_query(pairs: list[tuple[str, str]]) -> MandatesAsked:
    """Which mandates an address asks for; Malformed("request-unreadable")."""
    try:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("twice")
        return msgspec.convert(dict(pairs), MandatesAsked, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise Malformed("request-unreadable", str(error)[:100], "query") from error


class AgentFace:
    """The handlers; each demands the office `mandates`, and asks the registrar first: what was withdrawn is not shown a second longer."""

    def __init__(self, tenants: dict[str, Tenant], agents: Agents) -> None:
        """Serve these tenants' systems."""
        self._tenants = tenants
        self._agents = agents

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the door that demands a credential."""
        table = (("GET", LIST, self._list), ("GET", ONE, self._one), ("POST", END, self._end))
        return [Route(path, door(path, handler), methods=[method]) for method, path, handler in table]

    async def _list(self, request: Request, caller: Caller) -> Response:
        tenant = await self._asked(caller)
        asked = read_mandates_query(request.query_params.multi_items())
        after = bytes.fromhex(asked.after)
        found = await tenant.database.read(lambda connection: kept.page(connection, asked.state, after, asked.limit))
        lines = b"".join(msgspec.json.encode(mandate_shown(one)) + b"\n" for one in found)
        state = f"&state={asked.state}" if asked.state else ""
        more = {"Link": f'<{LIST}?after={found[-1].reference.hex()}&limit={asked.limit}{state}>; rel="next"'} if len(found) == asked.limit else {}
        return Response(lines, 200, {"Cache-Control": "no-store"} | more, _LINES)

    async def _one(self, request: Request, caller: Caller) -> Response:
        tenant, reference = await self._asked(caller), read_reference(request.path_params["reference"])
        return answer_json(mandate_shown(await tenant.database.read(lambda connection: kept.find(connection, reference))))

    async def _end(self, request: Request, caller: Caller) -> Response:
        caller.demand("mandates")
        reference = read_reference(request.path_params["reference"])
        # No round first: to delete, nobody needs to be asked.
        return answer_json(mandate_shown(await self._agents.end(self._tenants[caller.tenant], reference)))

    async def _asked(self, caller: Caller) -> Tenant:
        caller.demand("mandates")
        tenant = self._tenants[caller.tenant]
        # A registrar that is silent leaves open whether a mandate still stands: then none is shown, and none is used.
        await self._agents.fetch((tenant,))
        return tenant


def mandate_shown(one: Kept) -> MandateShown:
    """A mandate as the API shows it."""
    standing = one.deleted_ms == 0
    return MandateShown(
        reference=one.reference.hex(),
        digest=one.digest.hex(),
        state="standing" if standing else "deleted",
        person=one.person,
        recipient=one.recipient or None,
        source=one.affair.source or None,
        row=one.affair.row or None,
        purpose_item=one.purpose_item if standing else None,
        part=one.part or None,
        basis=(PLACE, f"{one.affair.source}/{one.affair.row}") if standing else (),
        given_at=shown.time_of(one.given_ms),
        until=shown.time_of(one.until_ms),
        ended_at=None if standing else shown.time_of(one.ended_ms),
        reason=one.reason or None,
        deleted_at=None if standing else shown.time_of(one.deleted_ms),
    )
