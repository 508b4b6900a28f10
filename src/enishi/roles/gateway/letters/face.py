"""The part of the REST API for people's letters: what waits, one with everything in it, and an official's answer."""

from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Malformed
from enishi.protocol.letters import LetterDecision, LetterKind, letter_number
from enishi.roles.gateway import shown
from enishi.roles.gateway.bodies import answer_json, body_of
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.deskface import BODY_LIMIT, Door, urgency_of
from enishi.roles.gateway.identifiers import read_id
from enishi.roles.gateway.letters.desk import LetterDesk, Waiting, read_letter_answer
from enishi.roles.gateway.letters.kept import Kept
from enishi.roles.gateway.tenant import Tenant
from enishi.terms import ItemId

LIST: Final = "/v1/letters"
ONE: Final = "/v1/letters/{letter_id}"
ANSWER: Final = "/v1/letters/{letter_id}/answer"
State = Literal["received", "answered"]


class LetterListed(msgspec.Struct, frozen=True, kw_only=True):
    """A letter in the list: number and id, of whom (local number), what kind, since when, until when, and how urgent."""

    letter_id: str
    number: str
    person: str
    kind: LetterKind
    state: State
    arrived_at: str
    deadline: str
    urgency: Literal["waiting", "due_soon", "overdue", "answered"]


class LetterList(msgspec.Struct, frozen=True):
    """Letters, the most urgent first (answered ones the newest first), at most 500; the counts are of all that wait."""

    letters: tuple[LetterListed, ...]
    due_soon: int
    overdue: int


class LetterWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A letter with everything in it; `about` is a txid or empty, `known` whether that record is this institution's with this person."""

    letter_id: str
    number: str
    person: str
    kind: LetterKind
    about: str
    known: bool
    item: str
    wrong: str
    right: str
    text: str
    state: State
    arrived_at: str
    deadline: str
    answered_at: str | None
    decision: LetterDecision
    answer: str
    reason: str
    appeal: str
    officer: str


class LetterFace:
    """The handlers; each demands the office `letters`, for what people write to an institution is not every system's to read."""

    def __init__(self, tenants: dict[str, Tenant], desk: LetterDesk) -> None:
        """Serve these tenants' systems."""
        self._tenants = tenants
        self._desk = desk

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the door that demands a credential."""
        table = (("GET", LIST, self._list), ("GET", ONE, self._one), ("POST", ANSWER, self._answer))
        return [Route(path, door(path, handler), methods=[method]) for method, path, handler in table]

    async def _list(self, request: Request, caller: Caller) -> Response:
        caller.demand("letters")
        tenant, state = self._tenants[caller.tenant], _state_of(request.query_params.getlist("state"))
        waiting = await self._desk.waiting(tenant)
        letters = waiting.letters if state == "received" else await self._desk.answered(tenant)
        listed = tuple(_listed(one, waiting, tenant.rules.reminder_ms) for one in letters)
        return answer_json(LetterList(listed, waiting.due_soon, waiting.overdue))

    async def _one(self, request: Request, caller: Caller) -> Response:
        caller.demand("letters")
        return answer_json(_whole(await self._desk.one(self._tenants[caller.tenant], _id_of(request))))

    async def _answer(self, request: Request, caller: Caller) -> Response:
        caller.demand("letters")
        said = read_letter_answer(await body_of(request, BODY_LIMIT))
        done = await self._desk.answer(self._tenants[caller.tenant], _id_of(request), said, f"{caller.system}/{caller.officer}")
        return answer_json(_whole(done))


def _id_of(request: Request) -> ItemId:
    return ItemId(read_id(request.path_params["letter_id"], "letter_id"))


def _state_of(given: list[str]) -> State:
    try:
        (state,) = msgspec.convert(given or ["received"], tuple[State])
    except msgspec.ValidationError as error:
        raise Malformed("request-unreadable", str(error)[:100], "state") from error
    return state


def _listed(one: Kept, waiting: Waiting, reminder_ms: int) -> LetterListed:
    return LetterListed(
        letter_id=one.letter_id.hex(),
        number=letter_number(one.letter_id),
        person=one.addressee_number,
        kind=one.letter.kind,
        state="answered" if one.answered_ms else "received",
        arrived_at=shown.time_of(one.arrived_ms),
        deadline=shown.time_of(one.deadline_ms),
        urgency="answered" if one.answered_ms else urgency_of(one.deadline_ms, waiting.at_ms, reminder_ms),
    )


def _whole(one: Kept) -> LetterWhole:
    letter = one.letter
    return LetterWhole(
        letter_id=one.letter_id.hex(),
        number=letter_number(one.letter_id),
        person=one.addressee_number,
        kind=letter.kind,
        about=letter.about.hex(),
        known=one.known,
        item=letter.item,
        wrong=letter.wrong,
        right=letter.right,
        text=letter.text,
        state="answered" if one.answered_ms else "received",
        arrived_at=shown.time_of(one.arrived_ms),
        deadline=shown.time_of(one.deadline_ms),
        answered_at=shown.time_of(one.answered_ms) if one.answered_ms else None,
        decision=one.said.decision,
        answer=one.said.answer,
        reason=one.said.reason,
        appeal=one.said.appeal,
        officer=one.officer,
    )
