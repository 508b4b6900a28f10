"""The HTTPS binding of the Authorization API 1.0 (section 10): two POST endpoints, the metadata, request ids, errors by its rules."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Fault, Malformed, Oversized
from enishi.roles.exchange.authzen.evaluate import evaluate, evaluate_box
from enishi.roles.exchange.authzen.forms import Box, Evaluation, read_box, read_evaluation
from enishi.roles.exchange.publiclaw import PublicLaw
from enishi.sentences.problems import problem
from enishi.web.rate import Allowance

ONE: Final = "/access/v1/evaluation"
SEVERAL: Final = "/access/v1/evaluations"
METADATA: Final = "/.well-known/authzen-configuration"
LIMIT: Final = 256 * 1024
"""Most bytes of a request."""
ID_LIMIT: Final = 200
"""Longest request id that is given back."""


class Endpoints:
    """The endpoints over one law and one allowance."""

    def __init__(self, law: PublicLaw, allowance: Allowance) -> None:
        """Take the law and the bound on questions per second of one address."""
        self._law = law
        self._allowance = allowance

    def routes(self) -> list[Route]:
        """The two endpoints and the metadata."""
        return [
            Route(ONE, self.one, methods=["POST"]),
            Route(SEVERAL, self.several, methods=["POST"]),
            Route(METADATA, self.metadata),
        ]

    async def metadata(self, request: Request) -> Response:
        """Where the endpoints are (section 9); search is not offered, so its parameters are absent."""
        origin = self._law.origin
        found = {
            "policy_decision_point": origin,
            "access_evaluation_endpoint": origin + ONE,
            "access_evaluations_endpoint": origin + SEVERAL,
        }
        return _answer(request, 200, found)

    async def one(self, request: Request) -> Response:
        """One question, one decision."""
        return await self._handled(request, self._decide_one)

    async def several(self, request: Request) -> Response:
        """Several questions, or a single one where `evaluations` is absent or empty."""
        return await self._handled(request, self._decide_several)

    def _decide_one(self, request: Request, body: bytes) -> dict[str, Any]:
        return self._single(request, read_evaluation(body))

    def _decide_several(self, request: Request, body: bytes) -> dict[str, Any]:
        box = read_box(body)
        if not isinstance(box, Box):
            return self._single(request, box)
        self._allowance.take(_address(request), len(box.evaluations))
        return dict(evaluate_box(self._law, box))

    def _single(self, request: Request, evaluation: Evaluation) -> dict[str, Any]:
        self._allowance.take(_address(request), 1)
        return evaluate(self._law, evaluation)

    async def _handled(self, request: Request, handler: Callable[[Request, bytes], dict[str, Any]]) -> Response:
        try:
            return _answer(request, 200, handler(request, await _body(request)))
        except Fault as fault:
            return _refuse(request, fault)


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Malformed("evaluation-unreadable", f"content-type {kind[:80]}", "content-type")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise Oversized("evaluation-too-large", f"more than {LIMIT} bytes")
    return bytes(body)


def _refuse(request: Request, fault: Fault) -> Response:
    # Section 10.1.2 knows 400, 401, 403 and 500: what a question names and does not exist is a bad request there, not a missing page.
    status = 400 if isinstance(fault, Malformed) and not isinstance(fault, Oversized) else fault.status
    response = _answer(request, status, problem(fault) | {"status": status}, "application/problem+json")
    if status == 429:
        response.headers["retry-after"] = "1"
    return response


def _answer(request: Request, status: int, document: dict[str, Any], kind: str = "application/json") -> Response:
    response = Response(msgspec.json.encode(document), status, media_type=kind)
    request_id = request.headers.get("x-request-id", "")
    if request_id and len(request_id) <= ID_LIMIT and request_id.isascii() and request_id.isprintable():
        response.headers["x-request-id"] = request_id
    return response


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
