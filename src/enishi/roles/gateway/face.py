"""The REST API for officials' systems: inquiries, held items, and the description of both (OpenAPI 3.1)."""

import secrets
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Fault, Malformed, Unavailable, Unknown
from enishi.mesh import logs
from enishi.mesh.metrics import CONTENT_TYPE
from enishi.protocol.handed import write_handed
from enishi.roles.gateway import shown
from enishi.roles.gateway.agents.face import AgentFace
from enishi.roles.gateway.agents.fetching import Agents
from enishi.roles.gateway.agents.shut import demand_open
from enishi.roles.gateway.answering.marking import Marking
from enishi.roles.gateway.ask import Ask
from enishi.roles.gateway.bodies import answer_json, body_of
from enishi.roles.gateway.bulk.asking import Bulk
from enishi.roles.gateway.bulk.face import BulkFace
from enishi.roles.gateway.credentials import Caller, Callers
from enishi.roles.gateway.desk import Desk
from enishi.roles.gateway.deskface import DeskFace
from enishi.roles.gateway.events.eventing import Events
from enishi.roles.gateway.events.face import EventFace
from enishi.roles.gateway.evidence import face as evidence
from enishi.roles.gateway.handing import Period, handed_in
from enishi.roles.gateway.identifiers import read_id
from enishi.roles.gateway.itemface import lazy as itemface
from enishi.roles.gateway.joining.statusface import PATH as STATUS
from enishi.roles.gateway.joining.statusface import StatusFace
from enishi.roles.gateway.letters.desk import LetterDesk
from enishi.roles.gateway.letters.face import LetterFace
from enishi.roles.gateway.offers.face import OfferFace
from enishi.roles.gateway.openapi import document
from enishi.roles.gateway.question import MAX_PEOPLE, read_question
from enishi.roles.gateway.register.face import RegisterFace
from enishi.roles.gateway.registry import Registry
from enishi.roles.gateway.representing.face import RepresentationFace
from enishi.roles.gateway.self_disclosure.desk import SelfDesk
from enishi.roles.gateway.self_disclosure.face import SelfFace
from enishi.roles.gateway.shown import InquiryShown
from enishi.roles.gateway.tenant import Tenant
from enishi.sentences.problems import problem
from enishi.terms import Txid

FEW: Final = 8
BODY_LIMIT: Final = 256 * 1024
ORIGIN: Final = "http://gateway.localhost"
_HEADERS: Final = {401: {"WWW-Authenticate": 'Bearer realm="enishi"'}, 429: {"Retry-After": "10"}, 503: {"Retry-After": "10"}}
Handler = Callable[[Request, Caller], Awaitable[Response]]


class Desks(NamedTuple):
    """Where officials decide: on inquiries that are held, on people's own requests and letters; and where an organisation's mandates are."""

    held: Desk
    own: SelfDesk
    letters: LetterDesk
    agents: Agents


class Face:
    """The API's handlers; all but the description and the published forms demand a credential. `meter` counts calls by path and outcome."""

    def __init__(
        self,
        tenants: dict[str, Tenant],
        callers: Callers,
        ask: Ask,
        desks: Desks,
        events: Events,
        bulk: Bulk,
        registry: Registry,
        origin: str = ORIGIN,
        status: StatusFace | None = None,
    ) -> None:
        """Serve these tenants' systems; `origin` is the address of the pages, `status` says how the platform stands."""
        self._status = status
        self._origin = origin
        self._tenants = tenants
        self._callers = callers
        self._ask = ask
        self._desk, self._own, self._letters = desks.held, desks.own, desks.letters
        self._agents = desks.agents
        self._events = events
        self._bulk = bulk
        self._registry = registry
        # One set of counters: what the desk counts in the background stands beside the calls.
        self.meter = desks.held.meter

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/v1/inquiries", self._door("/v1/inquiries", self._inquire), methods=["POST"]),
            Route("/v1/inquiries/{txid}", self._door("/v1/inquiries/{txid}", self._inquiry), methods=["GET"]),
            *DeskFace(self._tenants, self._desk, Marking()).routes(self._door),
            *SelfFace(self._tenants, self._own).routes(self._door),
            *LetterFace(self._tenants, self._letters).routes(self._door),
            *EventFace(self._tenants, self._events).routes(self._door),
            *BulkFace(self._tenants, self._bulk).routes(self._door),
            *OfferFace(self._tenants).routes(self._door),
            *AgentFace(self._tenants, self._agents).routes(self._door),
            *RepresentationFace(self._tenants).routes(self._door),
            *RegisterFace(self._tenants, self._registry).routes(self._door),
            Route("/v1/openapi.json", self._openapi, methods=["GET"]),
            Route("/v1/reconciliation", self._door("/v1/reconciliation", self._hand_in), methods=["GET"]),
            Route("/metrics", self._door("/metrics", self._metrics), methods=["GET"]),
            *(Route(path, self._door(path, handler), methods=["GET"]) for path, handler in evidence.handlers(self._tenants).items()),
            *([Route(STATUS, self._door(STATUS, self._status.show), methods=["GET"])] if self._status is not None else ()),
            *itemface.routes(self._origin),
        ]
        app = Starlette(routes=routes, exception_handlers={HTTPException: self._refused, Exception: self._broken})
        # A path with a slash too many is none of these, and no answer leads to an address that the caller wrote into `Host`.
        app.router.redirect_slashes = False
        return app

    def _door(self, path: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                caller = self._callers.caller(request.headers.get("authorization", ""))
                demand_open(path, caller.tenant, self._registry)
                response, outcome = await handler(request, caller), "ok"
            except Fault as fault:
                response, outcome = _problem(fault), fault.code
            except ClientDisconnect:
                response, outcome = _problem(Unavailable("caller-gone")), "caller-gone"
            self.meter.add("enishi_calls_total", path, outcome)
            return response

        return answer

    async def _inquire(self, request: Request, caller: Caller) -> Response:
        question = read_question(await body_of(request, BODY_LIMIT))
        tenant = self._tenants[caller.tenant]
        txid = await self._ask.ask(tenant, caller, question)
        return await self._shown(tenant, txid, caller, len(question.people))

    async def _inquiry(self, request: Request, caller: Caller) -> Response:
        tenant, txid = self._tenants[caller.tenant], Txid(read_id(request.path_params["txid"], "txid"))
        # Whose it is comes first: another system's id must not even cause a sending.
        standing = await tenant.database.read(lambda connection: shown.show(connection, txid, caller))
        if standing.state in ("sending", "waiting"):
            await self._ask.again(tenant, txid)
        return await self._shown(tenant, txid, caller)

    async def _hand_in(self, request: Request, caller: Caller) -> Response:
        tenant, period = self._tenants[caller.tenant], _period(request)
        lines = await tenant.database.read(lambda connection: [write_handed(one) for one in handed_in(connection, caller.tenant, period)])
        return Response(b"".join(line + b"\n" for line in lines), 200, {"Cache-Control": "no-store"}, "application/jsonl")

    async def _metrics(self, request: Request, caller: Caller) -> Response:
        if self._status is not None:
            self._status.measure(self.meter)
        return Response(self.meter.exposition(), headers={"Content-Type": CONTENT_TYPE.decode()})

    async def _openapi(self, request: Request) -> Response:
        return answer_json(document())

    async def _shown(self, tenant: Tenant, txid: Txid, caller: Caller, people: int = MAX_PEOPLE) -> Response:
        def look(connection: sqlite3.Connection) -> InquiryShown:
            return shown.show(connection, txid, caller)

        # A few items are looked up by key in less time than a thread takes to be woken and to wake this one.
        inquiry = tenant.database.read_now(look) if people <= FEW else await tenant.database.read(look)
        return answer_json(inquiry, 200 if inquiry.state == "ended" else 202)

    async def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        fault = _of_status(error.status_code)
        self.meter.add("enishi_calls_total", "other", fault.code)
        return _problem(fault, error.status_code, error.headers)

    async def _broken(self, request: Request, error: Exception) -> Response:
        reference = secrets.token_hex(4)
        logs.fail("internal-fault", reference=reference, kind=type(error).__name__, where=logs.where(error.__traceback__))
        return _problem(Fault("internal-fault", reference))


def _of_status(status: int) -> Fault:
    if status == 404:
        return Unknown("no-such-path")
    return Malformed("method-wrong") if status == 405 else Malformed("request-unreadable")


def _period(request: Request) -> Period:
    given = {name: request.query_params[name] for name in ("from_ms", "until_ms") if name in request.query_params}
    try:
        return msgspec.convert(given, Period, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed("request-unreadable", str(error)[:100], "from_ms") from error


def _problem(fault: Fault, status: int = 0, more: Mapping[str, str] | None = None) -> Response:
    shown = problem(fault) | ({"status": status} if status else {})
    headers = {"Cache-Control": "no-store"} | _HEADERS.get(shown["status"], {}) | dict(more or {})
    return Response(msgspec.json.encode(shown), shown["status"], headers, "application/problem+json")
