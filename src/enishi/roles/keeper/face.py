"""The log's public face for programs (C2SP tlog-tiles): checkpoint, hash tiles and entry bundles, for anyone; its pages for people are `pages`.

A tile's address never changes its content, so caches may keep it; the checkpoint must not be kept.
"""

import gzip
import sqlite3
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from enishi.errors import Fault, Malformed, Unknown
from enishi.roles.keeper.log import Log
from enishi.tlog.policy import MAX_AGE_MS, WitnessPolicy
from enishi.tlog.tiles import ENTRIES, HEIGHT, WIDTH, Tile, encode_bundle, parse_path

HEADERS: Final = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
MOMENT: Final = {"Cache-Control": "no-store"}
FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
NOBODY: Final = WitnessPolicy(0, (), MAX_AGE_MS)


def build_face(log: Log, policy: WitnessPolicy = NOBODY, address: str = "http://log.localhost") -> Starlette:
    """The ASGI application of the public log at this address; `policy` is what its pages say about witnesses."""

    async def checkpoint(request: Request) -> Response:
        if log.published is None:
            return PlainTextResponse("no checkpoint yet\n", 503, HEADERS | MOMENT)
        return Response(log.published.cosigned.encode(), 200, HEADERS | MOMENT, "text/plain; charset=utf-8")

    async def tile(request: Request) -> Response:
        try:
            wanted = parse_path(request.url.path.lstrip("/"))
            content = await log.database.read(lambda connection: read_tile(connection, log, wanted))
        except Fault as fault:
            # What is not there yet may be there in a moment, so no cache may keep the refusal; a path of no tile is not there either.
            return PlainTextResponse(f"{fault.code}\n", 404 if isinstance(fault, Malformed) else fault.status, HEADERS | MOMENT)
        return _packed(request, content) if wanted.level == ENTRIES else _unpacked(content)

    found = [("/checkpoint", checkpoint), ("/tile/{rest:path}", tile)]
    read = [Route(path, answer) for path, answer in found]
    refused = [Route(path, _only_read, methods=["POST", "PUT", "PATCH", "DELETE"]) for path, _ in found]
    return Starlette(routes=[*read, *refused, Mount("/", _Later(log, policy, address))])


async def _only_read(request: Request) -> Response:
    return PlainTextResponse("method-wrong\n", 405, HEADERS | MOMENT | {"Allow": "GET, HEAD"})


def _unpacked(content: bytes) -> Response:
    return Response(content, 200, HEADERS | FOREVER, "application/octet-stream")


def _packed(request: Request, content: bytes) -> Response:
    # Bundles should be compressed at the HTTP layer; hashes do not become smaller by it.
    varies = HEADERS | FOREVER | {"Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(content, 200, varies, "application/octet-stream")
    return Response(gzip.compress(content, 6, mtime=0), 200, varies | {"Content-Encoding": "gzip"}, "application/octet-stream")


def read_tile(connection: sqlite3.Connection, log: Log, tile: Tile) -> bytes:
    """The bytes of a tile of the published log; Unknown("tile-unknown") beyond it."""
    size = log.published.size if log.published else 0
    begin = tile.index * WIDTH
    # Nothing beyond the checkpoint that is being shown, and no index so large that a database could not hold it.
    if (begin + tile.width) << HEIGHT * max(tile.level, 0) > size:
        raise Unknown("tile-unknown", tile.path)
    if tile.level != ENTRIES:
        return log.load_tile(connection, tile)
    rows = connection.execute("SELECT data FROM leaf WHERE idx >= ? ORDER BY idx LIMIT ?", (begin, tile.width)).fetchall()
    return encode_bundle([bytes(data) for (data,) in rows])


class _Later:
    """The pages, made when the first reader comes: what draws them costs a start more than the rest of this role."""

    def __init__(self, log: Log, policy: WitnessPolicy, address: str) -> None:
        self._made: ASGIApp | None = None
        self._parts = log, policy, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._made is None:
            from enishi.roles.keeper.pages import build_pages

            self._made = build_pages(*self._parts)
        await self._made(scope, receive, send)
