"""The doors for many at once; credentials, counting and problem documents are the face's."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from enishi import clock
from enishi.errors import Oversized, Unknown
from enishi.roles.gateway.bulk import results
from enishi.roles.gateway.bulk.asking import Bulk, check_callback
from enishi.roles.gateway.bulk.codes import codes_for
from enishi.roles.gateway.bulk.intake import BODY_LIMIT, take
from enishi.roles.gateway.bulk.numbers import read_number, read_repeat_key
from enishi.roles.gateway.bulk.row import read_case
from enishi.roles.gateway.bulk.store import Incoming
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.tenant import Tenant

CASE_LIMIT: Final = 256 * 1024
"""Bytes of a case."""
PATIENCE_S: Final = 2.0
"""How long the answer to a case waits for what comes at once."""
Handler = Callable[[Request, Caller], Awaitable[Response]]
Door = Callable[[str, Handler], Callable[[Request], Awaitable[Response]]]
CASES: Final = "/v1/cases"
BULK: Final = "/v1/bulk"
NO_STORE: Final = {"Cache-Control": "no-store"}


class BulkFace:
    """Handlers of /v1/cases and /v1/bulk."""

    def __init__(self, tenants: dict[str, Tenant], bulk: Bulk) -> None:
        """Serve these tenants' systems."""
        self._tenants, self._bulk = tenants, bulk

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the face's own door."""
        return [
            Route("/v1/cases", door("/v1/cases", self._open_case), methods=["POST"]),
            Route("/v1/cases/{number}", door("/v1/cases/{number}", self._case), methods=["GET"]),
            Route("/v1/bulk", door("/v1/bulk", self._accept), methods=["POST"]),
            Route("/v1/bulk/{number}", door("/v1/bulk/{number}", self._progress), methods=["GET"]),
            Route("/v1/bulk/{number}", door("/v1/bulk/{number}", self._cancel), methods=["DELETE"]),
            Route("/v1/bulk/{number}/results", door("/v1/bulk/{number}/results", self._results), methods=["GET"]),
            Route("/v1/bulk/{number}/file", door("/v1/bulk/{number}/file", self._file), methods=["GET"]),
        ]

    async def _open_case(self, request: Request, caller: Caller) -> Response:
        tenant, key = self._tenants[caller.tenant], read_repeat_key(request.headers.get("idempotency-key", ""))
        with self._bulk.reading(caller, key):
            _check_length(request, CASE_LIMIT)
            body = await _whole(request)
            case, rows = read_case(body)
            incoming = Incoming("case", "utf-8", rows, case.callback, key, hashlib.sha256(b"case\n" + body).digest(), clock.now_ms())
            number = await self._bulk.accept(tenant, caller, incoming)
        return await self._shown(tenant, caller, number, PATIENCE_S)

    async def _case(self, request: Request, caller: Caller) -> Response:
        return await self._shown(self._tenants[caller.tenant], caller, read_number(request.path_params["number"]), 0)

    async def _shown(self, tenant: Tenant, caller: Caller, number: bytes, seconds: float) -> Response:
        standing = await self._bulk.worked(tenant, caller, number, seconds)
        if standing.kind != "case":
            raise Unknown("bulk-unknown", field="number")
        shown = await tenant.database.read(lambda connection: results.case_shown(connection, standing))
        return _json(shown, 200 if standing.state == "ended" else 202, {"Location": f"{CASES}/{number.hex()}"})

    async def _accept(self, request: Request, caller: Caller) -> Response:
        tenant, key = self._tenants[caller.tenant], read_repeat_key(request.headers.get("idempotency-key", ""))
        asked = request.query_params.get("callback", "")
        with self._bulk.reading(caller, key):
            _check_length(request, BODY_LIMIT)
            check_callback(tenant, asked)
            taken = await take(request.headers.get("content-type", ""), request.stream(), tenant.id, lambda: codes_for(tenant.folder))
            callback = taken.callback or asked
            digest = hashlib.sha256(taken.digest + callback.encode("utf-8", "surrogateescape")).digest()
            incoming = Incoming(taken.kind, taken.charset, taken.rows, callback, key, digest, clock.now_ms())
            number = await self._bulk.accept(tenant, caller, incoming)
        return await self._told(tenant, caller, number, 202)

    async def _progress(self, request: Request, caller: Caller) -> Response:
        return await self._told(self._tenants[caller.tenant], caller, read_number(request.path_params["number"]), 200)

    async def _cancel(self, request: Request, caller: Caller) -> Response:
        tenant, number = self._tenants[caller.tenant], read_number(request.path_params["number"])
        await self._bulk.cancel(tenant, caller, number)
        return await self._told(tenant, caller, number, 200)

    async def _told(self, tenant: Tenant, caller: Caller, number: bytes, status: int) -> Response:
        standing = await self._bulk.standing(tenant, caller, number)
        shown = await tenant.database.read(lambda connection: results.progress(connection, standing))
        return _json(shown, status, {"Location": f"{BULK}/{number.hex()}"})

    async def _results(self, request: Request, caller: Caller) -> Response:
        tenant, number = self._tenants[caller.tenant], read_number(request.path_params["number"])
        after = results.read_cursor(request.query_params.get("after", ""))
        standing = await self._bulk.standing(tenant, caller, number)
        following = {"Link": f'<{BULK}/{number.hex()}/results?after={standing.told}>; rel="next"'}
        return StreamingResponse(results.lines(tenant.database, standing, after), 200, NO_STORE | following, "application/x-ndjson")

    async def _file(self, request: Request, caller: Caller) -> Response:
        tenant, number = self._tenants[caller.tenant], read_number(request.path_params["number"])
        standing = await self._bulk.standing(tenant, caller, number)
        if standing.kind not in ("comma", "fixed"):
            raise Unknown("bulk-no-file", field="number")
        media = f"text/{'csv' if standing.kind == 'comma' else 'plain'}; charset={standing.charset}"
        return StreamingResponse(results.result_file(tenant.database, standing), 200, NO_STORE | {"Content-Type": media})


def _check_length(request: Request, limit: int) -> None:
    # What says of itself that it is too large is refused before it is read.
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or len(length) > 12 or int(length) > limit:
        raise Oversized("message-too-large", f"{limit}", "body")


async def _whole(request: Request) -> bytes:
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > CASE_LIMIT:
            raise Oversized("message-too-large", f"{CASE_LIMIT}", "body")
    return bytes(found)


def _json(value: Any, status: int, headers: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(value), status, NO_STORE | headers, "application/json")
