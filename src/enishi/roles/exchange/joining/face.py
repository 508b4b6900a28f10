"""The exchange's public door for who wants to join: hand in a request, and ask what became of it."""

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Fault, Malformed, Oversized
from enishi.mesh.asgi import App, Receive, Scope, Send
from enishi.roles.exchange.joining.admitting import Admitting
from enishi.seal.dsse import Envelope, decode_envelope
from enishi.sentences.problems import problem

LIMIT = 256 * 1024
PREFIX = "/v1/joining"
ONE = "/v1/joining/{digest}"


class JoinAnswer(msgspec.Struct, frozen=True):
    """What became of a request: waiting, declined (with the reason) or admitted (with the signed admission)."""

    digest: str
    state: str
    because: str = ""
    admission: Envelope | None = None


class JoiningFace:
    """The two paths in front of the exchange's other pages."""

    def __init__(self, admitting: Admitting, others: App) -> None:
        """Everything that is not about joining goes to `others`."""
        self._admitting, self._others = admitting, others
        routes = [Route(PREFIX, self._hand_in, methods=["POST"]), Route(ONE, self._look, methods=["GET"])]
        self._app = Starlette(routes=routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        mine = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (self._app if mine else self._others)(scope, receive, send)

    async def _hand_in(self, request: Request) -> Response:
        try:
            digest = await self._admitting.ask(decode_envelope(await _body(request)))
            return _json(JoinAnswer(digest.hex(), "waiting"), 202)
        except Fault as fault:
            return _problem(fault)

    async def _look(self, request: Request) -> Response:
        try:
            shown, admission = await self._admitting.look(_digest(request.path_params["digest"]))
            return _json(JoinAnswer(shown.digest.hex(), shown.state, shown.because, admission), 200)
        except Fault as fault:
            return _problem(fault)


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise Malformed("id-unreadable", field="digest") from error


async def _body(request: Request) -> bytes:
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > LIMIT:
            raise Oversized("message-too-large", f"{LIMIT}", "body")
    return content


def _json(answer: JoinAnswer, status: int) -> Response:
    return Response(msgspec.json.encode(answer), status, {"Cache-Control": "no-store"}, "application/json")


def _problem(fault: Fault) -> Response:
    return Response(msgspec.json.encode(problem(fault)), fault.status, {"Cache-Control": "no-store"}, "application/problem+json")
