"""The witness's HTTP face: `POST /add-checkpoint` (C2SP tlog-witness), and `GET /size?origin=` for a log that starts."""

from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from enishi.errors import Conflict, Fault, Oversized
from enishi.roles.witness.cosigning import Cosigning

LIMIT: Final = 200_000
UNSIGNED: Final = {"note-not-signed", "note-signature-invalid"}
"""Faults of a checkpoint without a good signature of the log, which the protocol answers with 403."""


def build_face(cosigning: Cosigning) -> Starlette:
    """The ASGI application of the witness."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            return PlainTextResponse(await cosigning.add(await _body(request)))
        except Conflict as conflict:
            sized = conflict.code == "witness-has-another-size"
            kind = "text/x.tlog.size" if sized else "text/plain; charset=utf-8"
            # As a header, because a media type of text would be given a charset, and the protocol's has none.
            return Response(f"{conflict.detail if sized else conflict.code}\n", 409, {"content-type": kind})
        except Fault as fault:
            return PlainTextResponse(f"{fault.code}\n", 403 if fault.code in UNSIGNED else fault.status)

    async def size(request: Request) -> Response:
        try:
            return PlainTextResponse(f"{await cosigning.size(request.query_params.get('origin', ''))}\n")
        except Fault as fault:
            return PlainTextResponse(f"{fault.code}\n", fault.status)

    return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"]), Route("/size", size)])


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise Oversized("body-too-large", f"more than {LIMIT} bytes")
    return body
