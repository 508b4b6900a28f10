"""The bodies of the API's calls and answers."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from enishi.errors import Oversized


async def body_of(request: Request, limit: int) -> bytes:
    """The body of a call; Oversized("message-too-large") beyond so many bytes, however it is sent."""
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or len(length) > 12 or int(length) > limit:
        raise Oversized("message-too-large", f"{limit}", "body")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise Oversized("message-too-large", f"{limit}", "body")
        chunks.append(chunk)
    return b"".join(chunks)


def answer_json(value: Any, status: int = 200) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(msgspec.json.encode(value), status, {"Cache-Control": "no-store"}, "application/json")
