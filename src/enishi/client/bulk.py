"""The gateway's doors for many at once, from Python: send a message, follow it, fetch what came of it, take it back."""

from typing import Any

import aiohttp

from enishi.client.gateway import read_answer
from enishi.client.session import loopback_session
from enishi.errors import Unavailable
from enishi.mesh.faults import fault_of_problem


class BulkClient:
    """Calls one gateway with one credential."""

    def __init__(self, url: str, token: str) -> None:
        """`url` is the gateway's face, `token` the bearer credential that names system and officer."""
        self._url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"}

    async def send(self, body: bytes, media: str, repeat_key: str = "", callback: str = "") -> dict[str, Any]:
        """`POST /v1/bulk`: the progress of an accepted message, its processing number in `number`; the same key sends it once however often."""
        headers = {"content-type": media} | ({"idempotency-key": f'"{repeat_key}"'} if repeat_key else {})
        return read_answer(await self._call("POST", "/v1/bulk", body, headers, {"callback": callback} if callback else {}))

    async def progress(self, number: str) -> dict[str, Any]:
        """`GET /v1/bulk/{number}`: state and rows by state."""
        return read_answer(await self._call("GET", f"/v1/bulk/{number}"))

    async def cancel(self, number: str) -> dict[str, Any]:
        """`DELETE /v1/bulk/{number}`: take back what is not sent yet."""
        return read_answer(await self._call("DELETE", f"/v1/bulk/{number}"))

    async def results(self, number: str) -> bytes:
        """`GET /v1/bulk/{number}/results`: NDJSON, a line for each row that has a result."""
        return await self._call("GET", f"/v1/bulk/{number}/results")

    async def file(self, number: str) -> bytes:
        """`GET /v1/bulk/{number}/file`: the result file, in the layout and charset that came in."""
        return await self._call("GET", f"/v1/bulk/{number}/file")

    async def _call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, query: dict[str, str] | None = None
    ) -> bytes:
        try:
            async with (
                loopback_session() as session,
                session.request(method, self._url + path, data=body, headers=self._headers | (headers or {}), params=query) as answer,
            ):
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable("gateway-unreachable", self._url) from error
        if answer.status not in (200, 202):
            raise fault_of_problem(answer.status, content)
        return content
