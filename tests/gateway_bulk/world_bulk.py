"""The platform of world_gateway with its API at hand, and rows to send it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from enishi.roles.gateway.assemble import Gateway
from gateway.asgi_gateway import Answer, call
from gateway.world_gateway import KNOWN, TOKEN, A, B, Operators, running

AT_A, AT_B = f"{TOKEN}-{A}", f"{TOKEN}-{B}"
NDJSON = {"content-type": "application/x-ndjson"}
QUESTION: dict[str, Any] = {
    "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
    "purpose_item": "3",
    "items": ["jumin"],
    "provider": B,
    "person": KNOWN,
    "relation": "applicant",
    "case": "case-1",
}
PATIENCE_S = 30


def line(**changes: object) -> bytes:
    return msgspec.json.encode({name: value for name, value in (QUESTION | changes).items() if value is not None})


def lines(count: int, **changes: object) -> bytes:
    return b"".join(line(case=f"case-{number}", **changes) + b"\n" for number in range(1, count + 1))


class Api:
    """One system's calls to a platform."""

    def __init__(self, gateway: Gateway, token: str = AT_A) -> None:
        self.gateway, self.token = gateway, token
        app = gateway.face()
        assert app is not None
        self._app = app

    async def send(self, body: bytes, headers: dict[str, str] = NDJSON, query: str = "") -> Answer:
        return await call(self._app, "POST", "/v1/bulk", body, self.token, headers, query)

    async def case(self, body: Any, headers: dict[str, str] | None = None) -> Answer:
        return await call(self._app, "POST", "/v1/cases", msgspec.json.encode(body), self.token, headers)

    async def get(self, path: str, query: str = "") -> Answer:
        return await call(self._app, "GET", path, b"", self.token, None, query)

    async def post(self, path: str, body: bytes) -> Answer:
        return await call(self._app, "POST", path, body, self.token)

    async def delete(self, path: str) -> Answer:
        return await call(self._app, "DELETE", path, b"", self.token)

    async def until(self, number: str, *states: str) -> dict[str, Any]:
        """The progress of a message once it is in one of these states."""
        async with asyncio.timeout(PATIENCE_S):
            while (shown := (await self.get(f"/v1/bulk/{number}")).body)["state"] not in states:
                await asyncio.sleep(0.01)
        return dict(shown)

    async def counted(self, number: str, **wanted: int) -> None:
        """Wait until a message has so many rows in these states."""
        async with asyncio.timeout(PATIENCE_S):
            while not wanted.items() <= (await self.get(f"/v1/bulk/{number}")).body["counts"].items():
                await asyncio.sleep(0.01)

    async def called(self, number: str, arrived: str) -> list[dict[str, Any]]:
        """The calls back of a message once the last of them has come to this."""
        async with asyncio.timeout(PATIENCE_S):
            while not (calls := (await self.get(f"/v1/bulk/{number}")).body["callbacks"]) or calls[-1]["arrived"] != arrived:
                await asyncio.sleep(0.01)
        return list(calls)

    async def query(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in the database of institution A."""
        return await self.gateway.tenants[A].database.read(lambda connection: connection.execute(query).fetchall())

    async def ended(self, number: str) -> list[dict[str, Any]]:
        """The results of a message that has ended."""
        await self.until(number, "ended")
        return await self.results(number)

    async def results(self, number: str, after: str = "") -> list[dict[str, Any]]:
        answer = await self.get(f"/v1/bulk/{number}/results", f"after={after}" if after else "")
        assert answer.status == 200
        return [msgspec.json.decode(line) for line in answer.raw.splitlines()]


@asynccontextmanager
async def api(folder: Path, operators: Operators) -> AsyncIterator[Api]:
    async with running(folder, operators) as gateway:
        yield Api(gateway)


def outcomes(results: Iterable[dict[str, Any]]) -> list[str]:
    """What came of each row: outcome, `refusal`, or the slug of its problem."""
    return [_said(one) for one in results]


def _said(one: dict[str, Any]) -> str:
    if one["problem"]:
        return str(one["problem"]["type"]).removeprefix("urn:enishi:problem:")
    if one["item"] is None:
        return str(one["state"])
    return "refusal" if one["item"]["verdict"] == "refusal" else str(one["item"]["outcome"])
