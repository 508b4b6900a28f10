"""The gateway's REST API from Python: one question in, one answer out; its problem documents come back as faults."""

from typing import Any

import aiohttp
import msgspec

from enishi.client.session import loopback_session
from enishi.errors import Unavailable
from enishi.mesh.faults import UNREADABLE, fault_of_problem


class GatewayClient:
    """Calls one gateway with one credential; every call opens a session of its own."""

    def __init__(self, url: str, token: str) -> None:
        """`url` is the gateway's face, `token` the bearer credential that names system and officer."""
        self._url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    async def inquire(self, question: dict[str, Any]) -> dict[str, Any]:
        """`POST /v1/inquiries`: the inquiry as it stands when the API answers."""
        return await self._call("POST", "/v1/inquiries", msgspec.json.encode(question))

    async def look(self, txid: str) -> dict[str, Any]:
        """`GET /v1/inquiries/{txid}`: the inquiry as it stands now."""
        return await self._call("GET", f"/v1/inquiries/{txid}", None)

    async def handed(self, reference: str) -> dict[str, Any]:
        """`GET /v1/handed/{reference}`: what a person handed over; Unknown("handed-unknown") while it is not here yet."""
        return await self._call("GET", f"/v1/handed/{reference}", None)

    async def settle_handed(self, reference: str, person: str) -> dict[str, Any]:
        """`POST /v1/handed/{reference}`: say by the institution's own number whose it is."""
        return await self._call("POST", f"/v1/handed/{reference}", msgspec.json.encode({"person": person}))

    async def _call(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        try:
            async with (
                loopback_session() as session,
                session.request(method, self._url + path, data=body, headers=self._headers) as answer,
            ):
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable("gateway-unreachable", self._url) from error
        if answer.status not in (200, 202):
            raise fault_of_problem(answer.status, content)
        return read_answer(content)


def read_answer(content: bytes) -> dict[str, Any]:
    """Read the JSON object of an answer; Unavailable("peer-answer-unreadable") where it is none."""
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unavailable(UNREADABLE, "gateway") from error
