"""The card's face over real HTTP: the whole flow as a program and as a browser goes through it, and what it says when something is wrong."""

import asyncio
import hashlib
import json
import re
import socket
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from enishi import card
from enishi.card.assemble import build
from enishi.client.card import CLIENT_ID, REDIRECT_URI, sign_request
from enishi.errors import Denied, Malformed, Misconfigured, Unavailable, Unknown
from enishi.mesh.config import RoleConfig
from enishi.protocol.view import card_message
from enishi.seal.sign import verify

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
GOOD = {
    "response_type": "code",
    "client_id": "portal",
    "redirect_uri": "http://portal.localhost:8400/callback",
    "scope": "openid",
    "state": "state",
    "nonce": "nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "request_to_sign": "cmVxdWVzdA",
}
FIRST, SECOND = "card-0000000001", "card-0000000002"
CLIENTS = [
    {"id": "portal", "name_ja": "マイ記録", "name_en": "My records", "redirect_uris": ["http://portal.localhost:8400/callback"]},
    {"id": CLIENT_ID, "name_ja": "コマンドライン", "name_en": "Command line", "redirect_uris": [REDIRECT_URI]},
]
HTML = {"accept": "text/html", "accept-language": "ja"}


def config(folder: Path, origin: str, **settings: str) -> RoleConfig:
    return RoleConfig(role="card", name="card", data=folder, tls=folder, settings={"origin": origin, "clients": json.dumps(CLIENTS)} | settings)


@asynccontextmanager
async def running(folder: Path, **settings: str) -> AsyncIterator[str]:
    """The card on a free port of loopback."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        origin = f"http://card.localhost:{door.getsockname()[1]}"
        role = build(config(folder, origin, **settings))
        assert list(role.endpoints()) == []
        await role.start()
        face = role.face()
        assert face is not None
        server = uvicorn.Server(uvicorn.Config(face, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[door]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield origin
        finally:
            server.should_exit = True
            await serving
            await role.stop()


class Browser:
    """A browser as far as the flow needs one: cookies, and redirects that are looked at before they are followed."""

    def __init__(self, session: aiohttp.ClientSession, origin: str) -> None:
        self.session = session
        self.port = urlsplit(origin).port

    async def go(self, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, text, and where it sends us."""
        method, body = ("GET", None) if form is None else ("POST", form)
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(method, url, data=body, headers=HTML | (headers or {}), allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("location", "")

    async def begin(self, **changes: str) -> str:
        """Start a request; the path where it waits."""
        status, _, location = await self.go("/authorize?" + urlencode(GOOD | changes))
        assert status == 303
        return location

    async def pin(self, waiting: str, pin: str, name: str = FIRST) -> tuple[int, str, str]:
        """Enter a PIN on the page that asks for it."""
        _, page, _ = await self.go(f"{waiting}/cards/{name}")
        return await self.go(f"{waiting}/cards/{name}", {"form_token": token(page), "pin": pin})


def token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@asynccontextmanager
async def browser(origin: str) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), trust_env=False) as session:
        yield Browser(session, origin)


@pytest.mark.asyncio
async def test_a_program_has_a_request_signed(maker: card.Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "card") as origin:
        signed = await sign_request(origin, FIRST, "4821", b'{"v":1}')
        certificate = x509.load_der_x509_certificate(signed.certificate)
        certificate.verify_directly_issued_by(x509.load_der_x509_certificate(maker.authority))
        key = certificate.public_key()
        assert isinstance(key, Ed25519PublicKey)
        verify(key.public_bytes_raw(), card_message(b'{"v":1}'), signed.signature)
        assert f"{certificate.serial_number:032x}" == maker.serial(FIRST)


@pytest.mark.asyncio
async def test_a_program_hears_what_is_wrong(maker: card.Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "card") as origin:
        with pytest.raises(Denied, match="pin-wrong: 2"):
            await sign_request(origin, FIRST, "0000", b"r")
        with pytest.raises(Malformed, match="pin-malformed"):
            await sign_request(origin, FIRST, "12345", b"r")
        with pytest.raises(Unknown, match="card-unknown"):
            await sign_request(origin, "card-9999999999", "4821", b"r")
        with pytest.raises((Unknown, Malformed)):
            await sign_request(origin, "../../token", "4821", b"r")
        with pytest.raises(Denied, match="pin-wrong: 1"):
            await sign_request(origin, FIRST, "0000", b"r")
        with pytest.raises(Denied, match="pin-blocked"):
            await sign_request(origin, FIRST, "0000", b"r")
        with pytest.raises(Denied, match="pin-blocked"):
            await sign_request(origin, FIRST, "4821", b"r")
        with pytest.raises(Malformed):
            await sign_request(origin, SECOND, "0007", b"r" * 4097)
    with pytest.raises(Unavailable, match="card-unreachable"):
        await sign_request(origin, SECOND, "0007", b"r")


@pytest.mark.asyncio
async def test_a_browser_goes_through_choice_pin_and_back(maker: card.Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "card") as origin, browser(origin) as reader:
        waiting = await reader.begin()
        status, page, _ = await reader.go(waiting)
        assert status == 200
        assert "マイ記録" in page
        assert "portal.localhost:8400" in page
        assert page.index("内田") < page.index("石井") < page.index("森　花")
        _, found, _ = await reader.go(waiting + "?" + urlencode({"q": "イシイ"}))
        assert "石井" in found
        assert "内田" not in found
        _, pin_page, _ = await reader.go(f"{waiting}/cards/{FIRST}")
        assert "4821" in pin_page
        assert "<pre" in pin_page
        assert ">request<" in pin_page
        status, _, back = await reader.pin(waiting, "4821")
        assert status == 302
        assert back.startswith("http://portal.localhost:8400/callback?code=")
        code = parse_qs(urlsplit(back).query)["code"][0]
        fields = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "client_id": "portal"}
        status, text, _ = await reader.go("/token", fields | {"redirect_uri": GOOD["redirect_uri"]})
        assert status == 200
        assert set(json.loads(text)) == {"access_token", "token_type", "expires_in", "scope", "id_token", "certificate", "signature"}
        bearer = {"authorization": f"Bearer {json.loads(text)['access_token']}"}
        assert set(json.loads((await reader.go("/userinfo", headers=bearer))[1])) == {"sub"}
        assert (await reader.go("/userinfo", headers={"authorization": "Bearer none"}))[0] == 401
        assert (await reader.go("/userinfo"))[0] == 401
        status, text, _ = await reader.go("/token", fields | {"redirect_uri": GOOD["redirect_uri"]})
        assert (status, json.loads(text)) == (400, {"error": "invalid_grant"})
        status, _, _ = await reader.go(waiting)
        assert status == 400


@pytest.mark.asyncio
async def test_a_wrong_pin_shows_the_field_again_with_the_tries_left(maker: card.Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "card") as origin, browser(origin) as reader:
        waiting = await reader.begin()
        for left in ("あと2回", "あと1回"):
            status, page, _ = await reader.pin(waiting, "0000")
            assert status == 403
            assert left in page
        status, page, _ = await reader.pin(waiting, "0000")
        assert status == 403
        assert "カードがロックされた" in page
        assert "窓口に持っていくもの" in page
        assert 'name="pin"' not in page
        status, _, back = await reader.pin(waiting, "0007", SECOND)
        assert (status, "code=" in back) == (302, True)


@pytest.mark.asyncio
async def test_declining_goes_back_without_a_code(maker: card.Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "card") as origin, browser(origin) as reader:
        waiting = await reader.begin()
        _, page, _ = await reader.go(waiting)
        status, _, back = await reader.go(f"{waiting}/decline", {"form_token": token(page)})
        assert status == 302
        assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]
        assert "code=" not in back


@pytest.mark.asyncio
async def test_another_browser_and_another_site_cannot_use_a_waiting_request(maker: card.Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "card") as origin, browser(origin) as reader, browser(origin) as other:
        waiting = await reader.begin()
        assert (await other.go(waiting))[0] == 400
        status, _, _ = await reader.go(f"{waiting}/cards/{FIRST}", {"pin": "4821"})
        assert status == 403
        assert (await reader.go(waiting))[0] == 200


@pytest.mark.asyncio
async def test_bad_requests_are_answered_and_sent_nowhere(maker: card.Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "card") as origin, browser(origin) as reader:
        status, page, back = await reader.go("/authorize?" + urlencode(GOOD | {"redirect_uri": "http://evil.example/"}))
        assert (status, back) == (400, "")
        assert 'href="http://evil' not in page
        status, _, back = await reader.go("/authorize?" + urlencode(GOOD | {"code_challenge_method": "plain"}))
        assert status == 302
        assert parse_qs(urlsplit(back).query)["error"] == ["invalid_request"]
        for path in ("/authorize", "/requests/none", f"/requests/none/cards/{FIRST}", "/nowhere"):
            assert (await reader.go(path))[0] in (400, 404)
        for form in ({}, {"grant_type": "authorization_code"}, {"grant_type": "x"}):
            status, text, _ = await reader.go("/token", form)
            assert status == 400
            assert "error" in json.loads(text)
        assert (await reader.go("/"))[0] == 200
        assert (await reader.go("/healthz"))[:2] == (200, "ok\n")


@pytest.mark.asyncio
async def test_pins_are_hidden_when_the_setting_says_so(maker: card.Maker, tmp_path: Path) -> None:
    async with running(tmp_path / "card", pins="hidden") as origin, browser(origin) as reader:
        waiting = await reader.begin()
        _, page, _ = await reader.go(f"{waiting}/cards/{FIRST}")
        assert "4821" not in page
        for tag in ("en", "ja-easy"):
            await reader.go(f"/language/{tag}")
            assert (await reader.go(waiting))[0] == 200
            assert (await reader.go(f"{waiting}/cards/{FIRST}"))[0] == 200


@pytest.mark.parametrize("settings", [{"pins": "maybe"}, {"origin": "card.localhost"}, {"clients": "none"}])
def test_wrong_settings(tmp_path: Path, settings: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="config-not-in-form"):
        build(config(tmp_path, **({"origin": "http://card.localhost"} | settings)))
