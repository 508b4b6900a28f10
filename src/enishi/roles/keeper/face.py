"""The log's public face: checkpoint, hash tiles and entry bundles (C2SP tlog-tiles), for anyone."""

import sqlite3

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from enishi.errors import Fault, Unknown
from enishi.roles.keeper.log import Log
from enishi.tlog.tiles import ENTRIES, WIDTH, Tile, encode_bundle, parse_path

HEADERS = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}


def build_face(log: Log) -> Starlette:
    """The ASGI application of the public log."""

    async def checkpoint(request: Request) -> Response:
        if log.published is None:
            return PlainTextResponse("no checkpoint yet\n", 503, HEADERS)
        return Response(log.published.cosigned.encode(), 200, HEADERS | {"Cache-Control": "no-store"}, "text/plain; charset=utf-8")

    async def tile(request: Request) -> Response:
        try:
            wanted = parse_path(request.url.path.lstrip("/"))
            content = await log.database.read(lambda connection: read_tile(connection, log, wanted))
        except Fault as fault:
            return PlainTextResponse(f"{fault.code}\n", fault.status, HEADERS)
        caching = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, 200, HEADERS | caching, "application/octet-stream")

    return Starlette(routes=[Route("/checkpoint", checkpoint), Route("/tile/{rest:path}", tile)])


def read_tile(connection: sqlite3.Connection, log: Log, tile: Tile) -> bytes:
    """The bytes of a tile of the published log; Unknown("tile-unknown") beyond it."""
    size = log.published.size if log.published else 0
    begin = tile.index * WIDTH
    if tile.level != ENTRIES:
        hashes = log.load_tile(connection, tile)
        if len(hashes) != 32 * tile.width:
            raise Unknown("tile-unknown", tile.path)
        return hashes
    if begin + tile.width > size:
        raise Unknown("tile-unknown", tile.path)
    rows = connection.execute("SELECT data FROM leaf WHERE idx >= ? ORDER BY idx LIMIT ?", (begin, tile.width)).fetchall()
    return encode_bundle([bytes(data) for (data,) in rows])
