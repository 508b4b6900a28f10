"""Clients of the faces: what a stranger's server answers becomes a fault with a name, whatever it is."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from enishi.client.card import sign_request
from enishi.client.gateway import GatewayClient, read_answer
from enishi.client.portal import read_proof, read_records
from enishi.errors import Denied, Fault, Tampered, Unavailable
from enishi.oidc.tokens import TokenKey

Handler = Callable[[web.Request], Awaitable[web.Response]]


def served(handler: Handler, work: Callable[[str], Awaitable[object]]) -> object:
    """Do the work against a server that answers everything with the handler."""

    async def run() -> object:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            return await work(f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}")  # type: ignore[union-attr]
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def always(status: int, body: bytes = b"", **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers=headers)

    return handler


PROBLEM = b'{"type":"urn:enishi:problem:pin-wrong","detail":"2","field":"pin"}'
STRANGE = [
    always(200),
    always(200, b"\xff\xfe"),
    always(200, b"[" * 50_000),
    always(200, b'"text"'),
    always(500, b"<html>"),
    always(302),
    always(302, location="http://[::1"),
    always(302, location="\u2025"),
    always(303, location="//"),
    always(404, b'{"type":"urn:other"}'),
]


def ask_gateway(url: str) -> Awaitable[object]:
    return GatewayClient(url, "token").inquire({"person": "1"})


def ask_card(url: str) -> Awaitable[object]:
    return sign_request(url, "card-0000000001", "4821", b"request")


def ask_portal(url: str) -> Awaitable[object]:
    return read_records(url, "card-0000000001", "4821")


@pytest.mark.parametrize("handler", STRANGE)
@pytest.mark.parametrize("work", [ask_gateway, ask_card, ask_portal])
def test_whatever_a_server_answers_is_a_fault(handler: Handler, work: Callable[[str], Awaitable[object]]) -> None:
    with pytest.raises(Fault) as caught:
        served(handler, work)
    assert caught.value.code


@pytest.mark.parametrize("work", [ask_gateway, ask_card, ask_portal])
def test_a_problem_comes_back_as_the_fault_that_it_was(work: Callable[[str], Awaitable[object]]) -> None:
    with pytest.raises(Denied, match="pin-wrong") as caught:
        served(always(403, PROBLEM, **{"content-type": "application/problem+json"}), work)
    assert (caught.value.detail, caught.value.field) == ("2", "pin")


@pytest.mark.parametrize(("work", "code"), [(ask_gateway, "gateway-unreachable"), (ask_card, "card-unreachable"), (ask_portal, "portal-unreachable")])
@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:99999999"])
def test_nobody_there_is_said(work: Callable[[str], Awaitable[object]], code: str, url: str) -> None:
    with pytest.raises(Unavailable, match=code):
        asyncio.run(work(url))  # type: ignore[arg-type]


def test_an_answer_in_order_is_handed_on() -> None:
    assert served(always(202, b'{"state":"sending"}'), ask_gateway) == {"state": "sending"}
    assert read_answer(b"{}") == {}
    with pytest.raises(Unavailable, match="peer-answer-unreadable"):
        read_proof(b"{}")


def document(issuer: str) -> dict[str, object]:
    ends = {f"{name}_endpoint": f"{issuer}/{path}" for name, path in (("authorization", "authorize"), ("token", "token"))}
    supported = {"response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"]}
    return {"issuer": issuer, "jwks_uri": f"{issuer}/jwks.json"} | ends | supported


def test_a_card_that_mixes_up_two_requests_is_found_out() -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path.startswith("/.well-known/"):
            return web.json_response(document(f"http://{request.host}"))
        if request.path == "/jwks.json":
            return web.json_response({"keys": [TokenKey(bytes(31) + b"\1").jwk]})
        if request.method == "GET" and request.path == "/authorize":
            return web.Response(status=302, headers={"location": "/requests/1"})
        if request.method == "GET":
            return web.Response(text='<input name="form_token" value="t">', content_type="text/html")
        return web.Response(status=302, headers={"location": "http://127.0.0.1/callback?code=c&state=another&iss=x"})

    with pytest.raises(Tampered, match="card-answer-mixed-up"):
        served(handler, ask_card)
