"""The desk's part of the REST API: held items, and marks on people."""

from collections.abc import Awaitable, Callable
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Malformed
from enishi.roles.gateway import shown
from enishi.roles.gateway.answered import HeldItem
from enishi.roles.gateway.answering.marking import Marking, read_mark
from enishi.roles.gateway.answering.marks import Mark, MarkKind, SetBy
from enishi.roles.gateway.bodies import answer_json, body_of
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.desk import Desk, Waiting, read_decision
from enishi.roles.gateway.identifiers import read_id
from enishi.roles.gateway.notices import read_notice
from enishi.roles.gateway.shown import HeldShown
from enishi.roles.gateway.tenant import Tenant
from enishi.terms import ItemId

BODY_LIMIT: Final = 64 * 1024
MARK_ID: Final = 32
"""Hexadecimal digits of a mark's id."""
Extent = Literal["standing", "history"]
Handler = Callable[[Request, Caller], Awaitable[Response]]
Door = Callable[[str, Handler], Callable[[Request], Awaitable[Response]]]


class HeldList(msgspec.Struct, frozen=True):
    """What waits for an official, overdue first; the counts are of all, the list has at most 500."""

    items: tuple[HeldShown, ...]
    due_soon: int
    overdue: int


class MarkShown(msgspec.Struct, frozen=True, kw_only=True):
    """A mark with its history; `until` is null for a dispute."""

    id: str
    kind: MarkKind
    person: str
    item: str
    period: str
    ground: str
    until: str | None
    set_by: SetBy
    setter: str
    set_at: str
    lifted_by: str
    lifted_at: str | None


class MarkList(msgspec.Struct, frozen=True):
    """Marks, the newest first, at most 500."""

    marks: tuple[MarkShown, ...]


class DeskFace:
    """The handlers for what officials do at the provider."""

    def __init__(self, tenants: dict[str, Tenant], desk: Desk, marking: Marking) -> None:
        """Serve these tenants' systems."""
        self._tenants = tenants
        self._desk = desk
        self._marking = marking

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the door that demands a credential."""
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/v1/held", self._held),
            ("POST", "/v1/held/{item_id}", self._decide),
            ("GET", "/v1/marks", self._marks),
            ("POST", "/v1/marks", self._put),
            ("POST", "/v1/marks/{mark}/lift", self._lift),
        )
        return [Route(path, door(path, handler), methods=[method]) for method, path, handler in table]

    async def _held(self, request: Request, caller: Caller) -> Response:
        tenant = self._tenants[caller.tenant]
        waiting = await self._desk.waiting(tenant)
        items = tuple(_held_shown(item, waiting, tenant.rules.reminder_ms) for item in waiting.items)
        return answer_json(HeldList(items, waiting.due_soon, waiting.overdue))

    async def _decide(self, request: Request, caller: Caller) -> Response:
        item_id = ItemId(read_id(request.path_params["item_id"], "item_id"))
        decision = read_decision(await body_of(request, BODY_LIMIT))
        kind = await self._desk.decide(self._tenants[caller.tenant], item_id, decision, f"{caller.system}/{caller.officer}")
        return answer_json({"item_id": item_id.hex(), "outcome": kind})

    async def _marks(self, request: Request, caller: Caller) -> Response:
        # Who is protected is no matter of every system that asks and answers.
        caller.demand("marks")
        marks = await self._marking.listed(self._tenants[caller.tenant], _extent_of(request.query_params.getlist("extent")))
        return answer_json(MarkList(tuple(map(mark_shown, marks))))

    async def _put(self, request: Request, caller: Caller) -> Response:
        caller.demand("marks")
        asked = read_mark(await body_of(request, BODY_LIMIT))
        mark = await self._marking.put(self._tenants[caller.tenant], asked, f"{caller.system}/{caller.officer}")
        return answer_json(mark_shown(mark))

    async def _lift(self, request: Request, caller: Caller) -> Response:
        caller.demand("marks")
        mark_id = mark_id_of(request.path_params["mark"])
        mark = await self._marking.lift(self._tenants[caller.tenant], mark_id, f"{caller.system}/{caller.officer}")
        return answer_json(mark_shown(mark))


def mark_shown(mark: Mark) -> MarkShown:
    """A mark as the API and the command show it."""
    return MarkShown(
        id=mark.id.hex(),
        kind=mark.kind,
        person=mark.addressee_number,
        item=mark.item,
        period=mark.period,
        ground=mark.ground,
        until=shown.time_of(mark.until_ms) if mark.until_ms else None,
        set_by=mark.set_by,
        setter=mark.setter,
        set_at=shown.time_of(mark.set_at_ms),
        lifted_by=mark.lifted_by,
        lifted_at=None if mark.standing else shown.time_of(mark.lifted_at_ms),
    )


def _extent_of(given: list[str]) -> Extent:
    try:
        # Of several the last would decide in silence, and a history that is not shown looks like one that is empty.
        (extent,) = msgspec.convert(given or ["standing"], tuple[Extent])
    except msgspec.ValidationError as error:
        raise Malformed("request-unreadable", str(error)[:100], "extent") from error
    return extent


def _held_shown(item: HeldItem, waiting: Waiting, reminder_ms: int) -> HeldShown:
    statement = read_notice(item.notice).asked.statement
    return HeldShown(
        item_id=item.item_id.hex(),
        inquirer=item.inquirer,
        affair=statement.affair,
        purpose_item=statement.purpose_item,
        items=statement.items,
        period=item.notice.row.period,
        relation=item.notice.row.relation,
        person=item.addressee_number,
        reason=item.reason,
        asked_at=shown.time_of(item.asked_at_ms),
        deadline=shown.time_of(item.deadline_ms),
        returned=item.returned,
        urgency=urgency_of(item.deadline_ms, waiting.at_ms, reminder_ms),
    )


def urgency_of(deadline_ms: int, at_ms: int, reminder_ms: int) -> Literal["waiting", "due_soon", "overdue"]:
    """How urgent something is at a time, with reminders so long before the deadline."""
    if deadline_ms <= at_ms:
        return "overdue"
    return "due_soon" if deadline_ms <= at_ms + reminder_ms else "waiting"


def mark_id_of(text: str) -> bytes:
    """The id of a mark from its hexadecimal digits; Malformed("id-unreadable")."""
    if len(text) != MARK_ID or not set(text) <= set("0123456789abcdef"):
        raise Malformed("id-unreadable", field="mark")
    return bytes.fromhex(text)
