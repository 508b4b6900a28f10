"""What an organisation's own system is told of its mandates: a page at a time, by state, by a credential of the office, and never the number."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from enishi.errors import Fault
from enishi.roles.gateway.agents.face import AgentFace
from enishi.roles.gateway.bodies import answer_json
from enishi.roles.gateway.credentials import Caller
from gateway.asgi_gateway import Answer, call
from keeper.world_operators import NUMBERS
from registrar.acting_registrar import ACT, AUTHORITY, EMPLOYER, Town, withdraw


def app(town: Town, *offices: Any) -> Starlette:
    """The doors for a caller of these offices; a fault is its slug."""

    def door(path: str, handler: Any) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                done: Response = await handler(request, Caller(EMPLOYER, "hr", "officer-001", offices))
            except Fault as fault:
                return answer_json(fault.code, fault.status)
            return done

        return answer

    return Starlette(routes=AgentFace(dict(town.tenants), town.platform).routes(door))


async def lines(town: Town, query: str) -> tuple[list[Any], str]:
    answer = await call(app(town, "mandates"), "GET", "/v1/mandates", query=query)
    assert answer.status == 200
    assert not [number for number in NUMBERS if number.encode() in answer.raw]
    return [msgspec.json.decode(line) for line in answer.raw.splitlines()], answer.headers.get("link", "")


@pytest.mark.asyncio
async def test_every_mandate_stands_on_one_page_and_in_one_state(town: Town) -> None:
    given = sorted([await town.give(holder) for holder in (0, 1, 0, 1, 0)])
    await town.fetch()
    await withdraw(town, given[1], _holder(town, given[1]))
    seen, query = [], "limit=2"
    for count, more in ((2, True), (2, True), (1, False)):
        found, link = await lines(town, query)
        assert (len(found), bool(link)) == (count, more)
        seen += [one["reference"] for one in found]
        query = link.partition("?")[2].partition(">")[0]
    assert seen == [one.hex() for one in given]
    (gone,), _ = await lines(town, "state=deleted")
    assert (gone["reference"], gone["state"], gone["reason"], gone["person"], gone["basis"]) == (given[1].hex(), "deleted", "withdrawn", None, [])
    assert [gone[name] for name in ("recipient", "source", "row", "purpose_item", "part")] == [None] * 5
    standing, _ = await lines(town, "state=standing&limit=500")
    assert len(standing) == 4
    assert standing[0]["basis"] == ["425AC0000000027#9-4", f"{ACT}/31-2"]
    assert (standing[0]["recipient"], standing[0]["part"], standing[0]["person"]["name"]) == (AUTHORITY, "employment", "内田　紬")


def _holder(town: Town, reference: bytes) -> int:
    ((number,),) = town.held("SELECT individual_number FROM agent_mandate WHERE reference = ?", reference)
    return NUMBERS.index(number)


@pytest.mark.asyncio
@pytest.mark.parametrize("query", ["state=all", "limit=0", "limit=501", "after=xyz", "limit=1&limit=2", "person=1"])
async def test_an_address_that_asks_for_something_else(town: Town, query: str) -> None:
    answer = await call(app(town, "mandates"), "GET", "/v1/mandates", query=query)
    assert (answer.status, answer.body) == (400, "request-unreadable")


@pytest.mark.asyncio
async def test_without_the_office_nothing_is_told_and_nothing_ended(town: Town) -> None:
    reference = (await town.give()).hex()
    await town.fetch()
    calls = (("GET", "/v1/mandates"), ("GET", f"/v1/mandates/{reference}"), ("POST", f"/v1/mandates/{reference}/end"))
    for method, path in calls:
        assert await _code(call(app(town, "letters", "marks", "copies"), method, path)) == (403, "office-missing")
    for method, path in calls:
        assert (await call(app(town, "mandates"), method, path)).status == 200
    assert await _code(call(app(town, "mandates"), "GET", f"/v1/mandates/{'00' * 16}")) == (404, "agent-unknown")


async def _code(answer: Awaitable[Answer]) -> tuple[int, Any]:
    told = await answer
    return told.status, told.body
