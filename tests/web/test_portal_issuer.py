"""The portal's wire to its issuer: whole answers only, no redirects, addresses of this machine by loopback; and its configuration."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from enishi.errors import Misconfigured, Unavailable
from enishi.oidc.relying import Call
from enishi.roles.portal.issuer import LIMIT, fetch
from enishi.roles.portal.settings import read_party

GOOD = {"origin": "http://portal.localhost:8400", "issuer": "https://login.example/realms/one/", "client_id": "enishi", "acr": "aal3"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    """An address that the resolver need not know."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    door = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, door).start()
    try:
        yield f"http://issuer.localhost:{door.getsockname()[1]}"
    finally:
        await runner.cleanup()


async def in_parts(request: web.Request) -> web.StreamResponse:
    """An answer whose parts come one after the other."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    for part in (b"a" * 9, (await request.text()).encode(), request.headers.get("authorization", "").encode()):
        await answer.write(part)
        await asyncio.sleep(0.02)
    return answer


@pytest.mark.asyncio
async def test_an_answer_in_parts_is_read_whole() -> None:
    async with served(in_parts) as url:
        assert await fetch(Call(url)) == (200, b"a" * 9)
        assert await fetch(Call(url, {"code": "1"}, "token")) == (200, b"a" * 9 + b"code=1Bearer token")


@pytest.mark.asyncio
async def test_what_is_too_long_or_leads_elsewhere_is_not_followed() -> None:
    async def long(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * (LIMIT + 1))

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"location": "http://evil.example/"})

    async with served(long) as url:
        with pytest.raises(Unavailable, match="peer-unreachable"):
            await fetch(Call(url))
    async with served(elsewhere) as url:
        assert (await fetch(Call(url)))[0] == 302
    for nowhere in (url, "http://[::1", "ftp://issuer.localhost"):
        with pytest.raises(Unavailable, match="peer-unreachable"):
            await fetch(Call(nowhere))


def test_another_issuer_is_another_configuration() -> None:
    party = read_party(GOOD | {"issuer_keys": '{"keys":[{"kty":"EC"}]}'})
    assert (party.issuer, party.client_id, party.acr, party.pinned) == ("https://login.example/realms/one", "enishi", "aal3", ({"kty": "EC"},))
    assert party.redirect_uri == "http://portal.localhost:8400/callback"
    assert read_party({"origin": "http://p", "issuer": "http://card.localhost:8401"}).client_id == "portal"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ""},
        {"issuer": "http://login.example"},
        {"issuer": "https://login.example/?a=1"},
        {"issuer": "https://"},
        {"issuer": "http://[::1"},
        {"issuer_keys": "{}"},
        {"issuer_keys": '{"keys":[]}'},
    ],
)
def test_an_issuer_that_must_not_be_believed(changes: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="config-not-in-form"):
        read_party(GOOD | changes)
