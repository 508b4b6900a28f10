"""The part of the REST API for people's requests for their own data: what waits, and an official's decision."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Malformed
from enishi.roles.gateway import shown
from enishi.roles.gateway.bodies import answer_json, body_of
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.deskface import BODY_LIMIT, Door
from enishi.roles.gateway.identifiers import read_id
from enishi.roles.gateway.self_disclosure.desk import SelfDesk
from enishi.roles.gateway.self_disclosure.kept import Represented, Waiting
from enishi.roles.gateway.tenant import Tenant
from enishi.terms import ItemId

LIST: Final = "/v1/disclosures"
BY_REPRESENTATIVES: Final = "/v1/disclosures/represented"
ONE: Final = "/v1/disclosures/{item_id}"


class DisclosureShown(msgspec.Struct, frozen=True, kw_only=True):
    """A request that waits: about whom (local number), which items, why an official must see it, until when (APPI Art. 83(1))."""

    item_id: str
    person: str
    items: tuple[str, ...]
    period: str
    reason: str
    asked_at: str
    deadline: str
    returned: str
    """The slug of the fault for which the log did not take the last decision; it is to be decided anew. Empty where none was returned."""
    mandate: str
    """By which a representative asks for the person, as the person's record and list name it; empty where the person asks."""
    represents: str
    """`by_law` or `by_wish` beside a mandate."""


class DisclosureList(msgspec.Struct, frozen=True):
    """What waits, the most urgent first, at most 500."""

    disclosures: tuple[DisclosureShown, ...]


class RepresentedShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a representative asked here, by machine or desk: about whom (empty where nobody is known), by which mandate, and how it ended or waits."""

    item_id: str
    person: str
    items: tuple[str, ...]
    period: str
    asked_at: str
    mandate: str
    represents: str
    outcome: str


class RepresentedList(msgspec.Struct, frozen=True):
    """The newest first, at most 500."""

    represented: tuple[RepresentedShown, ...]


class SelfFace:
    """The handlers for what officials do with people's own requests."""

    def __init__(self, tenants: dict[str, Tenant], desk: SelfDesk) -> None:
        """Serve these tenants' systems."""
        self._tenants = tenants
        self._desk = desk

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the door that demands a credential."""
        table = (("GET", LIST, self._list), ("GET", BY_REPRESENTATIVES, self._represented), ("POST", ONE, self._decide))
        return [Route(path, door(path, handler), methods=[method]) for method, path, handler in table]

    async def _list(self, request: Request, caller: Caller) -> Response:
        waiting = await self._desk.waiting(self._tenants[caller.tenant])
        return answer_json(DisclosureList(tuple(map(_shown, waiting))))

    async def _represented(self, request: Request, caller: Caller) -> Response:
        asked = await self._desk.represented(self._tenants[caller.tenant])
        return answer_json(RepresentedList(tuple(map(_told, asked))))

    async def _decide(self, request: Request, caller: Caller) -> Response:
        item_id = ItemId(read_id(request.path_params["item_id"], "item_id"))
        decision = read_disclosure_decision(await body_of(request, BODY_LIMIT))
        kind = await self._desk.decide(self._tenants[caller.tenant], item_id, decision, f"{caller.system}/{caller.officer}")
        return answer_json({"item_id": item_id.hex(), "outcome": kind})


def read_disclosure_decision(body: bytes) -> Decision:
    """Read a decision; Malformed("request-unreadable"). Which provisions a refusal may name is the desk's matter."""
    try:
        return msgspec.json.decode(body, type=Decision)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error


def _shown(one: Waiting) -> DisclosureShown:
    return DisclosureShown(
        item_id=one.item_id.hex(),
        person=one.addressee_number,
        items=one.items,
        period=one.period,
        reason=one.reason,
        asked_at=shown.time_of(one.asked_at_ms),
        deadline=shown.time_of(one.deadline_ms),
        returned=one.returned,
        mandate=one.mandate.hex(),
        represents=one.represents,
    )


def _told(one: Represented) -> RepresentedShown:
    return RepresentedShown(
        item_id=one.item_id.hex(),
        person=one.addressee_number,
        items=one.items,
        period=one.period,
        asked_at=shown.time_of(one.asked_at_ms),
        mandate=one.mandate.hex(),
        represents=one.represents,
        outcome=one.outcome,
    )
