"""The portal's application: log-in, pages, locks, faults."""

import hashlib
import json
from base64 import urlsafe_b64decode

import pytest

from enishi.errors import Unavailable
from enishi.oidc.relying import Begun
from enishi.oidc.text import b64url, challenge
from enishi.protocol.view import read_request
from enishi.roles.portal.view import SignedFor
from web.asgi import Browser
from web.portal_world import CARD, NOW, SETTINGS, Hand, ask_card, device, log_in, portal, token_in
from web.smalllog import SmallLog

pytestmark = pytest.mark.asyncio


async def test_the_first_page_says_what_this_is() -> None:
    app, _ = portal()
    page = await Browser(app).get("/")
    assert page.status == 200
    assert "だれが、なぜアクセスしたか" in page.text
    assert "<style" not in page.text
    assert "style=" not in page.text


async def test_the_card_gets_a_request_of_this_session_by_the_code_flow() -> None:
    app, source = portal()
    browser, key = Browser(app), device()
    query = await ask_card(browser, key.public)
    signed = urlsafe_b64decode(query["request_to_sign"] + "==")
    request = read_request(signed)
    assert (request.device_key, request.at_ms, request.face) == (key.public, NOW, "portal")
    assert query["nonce"] == b64url(hashlib.sha256(signed).digest())
    await browser.get(f"/callback?code=one&state={query['state']}&iss={CARD}")
    ((code, begun),) = source.redeemed
    assert (code, challenge(begun.verifier), begun.nonce) == ("one", query["code_challenge"], query["nonce"])


async def test_two_log_ins_share_nothing() -> None:
    app, _ = portal()
    first, second = await ask_card(Browser(app)), await ask_card(Browser(app))
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge", "request_to_sign"))


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("code=one&state=another", 401, "login-lost"),
        ("code=one", 401, "login-lost"),
        ("code=one&state={state}&iss=http://evil.example", 422, "login-of-another-card"),
        ("code=one&state={state}", 422, "login-of-another-card"),
        ("error=access_denied&state={state}&iss=http://card.localhost:8401", 403, "login-cancelled"),
    ],
)
async def test_a_wrong_answer_of_the_card_opens_nothing(query: str, status: int, code: str) -> None:
    app, source = portal()
    browser = Browser(app, accept="application/json")
    asked = await ask_card(browser)
    answer = await browser.get("/callback?" + query.format(state=asked["state"]))
    assert (answer.status, json.loads(answer.text)["type"]) == (status, f"urn:enishi:problem:{code}")
    assert source.redeemed == []
    assert (await browser.get("/records")).status == 401


async def test_an_answer_serves_once_and_its_own_browser_only() -> None:
    app, _ = portal()
    browser = Browser(app)
    query = await ask_card(browser)
    back = f"/callback?code=one&state={query['state']}&iss={CARD}"
    assert (await Browser(app).get(back)).status == 401
    kept = dict(browser.cookies)
    assert (await browser.get(back)).status == 303
    browser.cookies = kept
    assert (await browser.get(back)).status == 401


async def test_a_log_in_that_took_too_long_is_begun_again() -> None:
    clock = Hand()
    app, _ = portal(clock=clock)
    browser = Browser(app)
    query = await ask_card(browser)
    clock.at_ms += 10 * 60 * 1000
    assert (await browser.get(f"/callback?code=one&state={query['state']}&iss={CARD}")).status == 401


async def test_the_session_ends_after_a_quarter_of_an_hour() -> None:
    clock = Hand()
    app, _ = portal(clock=clock)
    browser = Browser(app)
    await log_in(browser)
    clock.at_ms += SETTINGS.session_ms - 1
    assert (await browser.get("/records")).status == 200
    clock.at_ms += 1
    assert (await browser.get("/records")).status == 401


async def test_leaving_ends_the_session_even_for_who_kept_the_cookie() -> None:
    app, _ = portal()
    browser = Browser(app)
    await log_in(browser)
    page = await browser.get("/records")
    kept = dict(browser.cookies)
    assert (await browser.post("/logout", {"form_token": token_in(page.text)})).status == 303
    browser.cookies = kept
    assert (await browser.get("/records")).status == 401


@pytest.mark.parametrize("target", ["/login", "/logout"])
async def test_a_form_of_another_site_does_nothing(target: str) -> None:
    app, _ = portal()
    browser = Browser(app)
    await log_in(browser)
    assert (await browser.post(target, {"form_token": "made-up"})).status == 403
    assert (await browser.get("/records")).status == 200


async def test_my_records_tell_what_happened() -> None:
    app, _ = portal()
    browser = Browser(app)
    await log_in(browser)
    page = (await browser.get("/records")).text
    assert "10件（うち断った求め 1件）" in page
    assert "苫小牧市が、災害弔慰金の支給を決めるため、あなたの戸籍の情報を法務省に求め、受け取りました。" in page
    assert "その情報は、この場合には求められません。" in page
    assert "あなたのカードで、「マイ記録」からこの記録が開かれました。" in page


async def test_filters_come_from_the_address() -> None:
    app, _ = portal()
    browser = Browser(app)
    await log_in(browser)
    page = (await browser.get("/records?institution=moj&result=provided")).text
    assert page.count("<article") == 6
    assert (await browser.get("/records?institution=nobody")).text.count("<article") == 0


@pytest.mark.parametrize("language", ["ja", "en", "ja-easy"])
async def test_every_page_in_every_language(language: str) -> None:
    app, _ = portal()
    browser = Browser(app)
    assert (await browser.get(f"/language/{language}?next=/records")).header("location") == "/records"
    await log_in(browser)
    answers = [await browser.get("/"), await browser.get("/records"), *[await browser.get(f"/records/{number}") for number in range(1, 12)]]
    assert [answer.status for answer in answers] == [200] * 13
    assert all(f'lang="{language[:2]}"' in answer.text for answer in answers)


async def test_one_record_shows_everything() -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    page = (await browser.get("/records/6")).text
    index = source.log.records[10][0]
    assert "受領証" in page
    assert f"台帳の位置 {index}" in page
    assert "https://laws.e-gov.go.jp/law/425AC0000000027" in page


async def test_no_records_yet_says_what_will_appear() -> None:
    app, _ = portal(SmallLog([]))
    browser = Browser(app)
    await log_in(browser)
    assert "まだ記録はありません" in (await browser.get("/records")).text


async def test_the_proof_is_for_its_person_and_is_not_kept() -> None:
    app, source = portal()
    browser, key = Browser(app), device()
    await log_in(browser, key.public)
    answer = await browser.get("/records/proof")
    document = json.loads(answer.text)
    assert answer.header("cache-control") == "no-store"
    assert len(document["records"]) == len(source.log.records)
    assert document["sealed_labels"]
    assert (await Browser(app).get("/records/proof")).status == 401


async def test_without_a_device_key_there_are_no_labels() -> None:
    app, _ = portal()
    browser = Browser(app)
    await log_in(browser)
    assert json.loads((await browser.get("/records/proof")).text)["sealed_labels"] == ""


@pytest.mark.parametrize("key", ["!", "AA", "A" * 44, "あ"])
async def test_a_device_key_that_is_none_is_refused(key: str) -> None:
    app, _ = portal()
    browser = Browser(app)
    page = await browser.get("/")
    answer = await browser.post("/login", {"form_token": token_in(page.text), "device_key": key})
    assert answer.status == 400
    assert "端末の鍵" in answer.text


@pytest.mark.parametrize(
    ("target", "status"),
    [("/nothing", 404), ("/records/999", 404), ("/records/1x", 404), ("/assets/../face.py", 404), ("/assets/nothing.mjs", 404), ("/logout", 405)],
)
async def test_faults_are_pages_for_people_and_documents_for_programs(target: str, status: int) -> None:
    app, _ = portal()
    person, program = Browser(app), Browser(app, accept="application/json")
    for browser in (person, program):
        await log_in(browser)
    page, answer = await person.get(target), await program.get(target)
    assert (page.status, answer.status) == (status, status)
    assert "お問い合わせ番号" in page.text
    assert answer.header("content-type") == "application/problem+json"
    assert set(json.loads(answer.text)) >= {"type", "title", "status", "what", "why", "next", "instance"}


async def test_a_post_that_is_no_form_is_refused() -> None:
    app, _ = portal()
    browser = Browser(app)
    await browser.get("/")
    assert (await browser.post_bytes("/login", b"{}", "application/json")).status == 400
    assert (await browser.post_bytes("/login", b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded")).status == 413


async def test_faults_of_the_mesh_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    app, source = portal()

    async def down(code: str, begun: Begun, request: bytes) -> SignedFor:
        raise Unavailable("peer-unreachable")

    monkeypatch.setattr(source, "redeem", down)
    browser = Browser(app)
    query = await ask_card(browser)
    assert (await browser.get(f"/callback?code=one&state={query['state']}&iss={CARD}")).status == 503


async def test_a_surprise_tells_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    app, source = portal()

    async def broken(code: str, begun: Begun, request: bytes) -> SignedFor:
        raise RuntimeError("secret 123456789012")

    monkeypatch.setattr(source, "redeem", broken)
    browser = Browser(app)
    query = await ask_card(browser)
    answer = await browser.get(f"/callback?code=one&state={query['state']}&iss={CARD}")
    assert answer.status == 500
    assert "123456789012" not in answer.text
    assert "default-src 'none'" in answer.header("content-security-policy")


async def test_every_answer_carries_the_security_headers() -> None:
    app, _ = portal()
    browser = Browser(app)
    for target in ("/", "/records", "/static/enishi.css", "/assets/proof.mjs", "/language/en"):
        answer = await browser.get(target)
        assert "default-src 'none'" in answer.header("content-security-policy"), target
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "same-origin"
    assert (await browser.get("/assets/proof.mjs")).header("content-type").startswith(("text/javascript", "application/javascript"))


async def test_cookies_are_hidden_signed_and_the_face_s_own() -> None:
    app, _ = portal()
    browser = Browser(app)
    await log_in(browser)
    assert all(name.startswith("enishi_portal_") for name in browser.cookies)
    session = browser.cookies["enishi_portal_session"]
    browser.cookies["enishi_portal_session"] = session[:-1] + ("A" if session[-1] != "A" else "B")
    assert (await browser.get("/records")).status == 401


async def test_no_personal_data_is_in_the_addresses_of_the_pages() -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    page = (await browser.get("/records")).text
    links = [part.partition('"')[0] for part in page.split('href="')[1:]]
    hidden = {source.log.records[0][1].hex(), source.log.kt.hex()}
    assert not any(secret in link for link in links for secret in hidden)
    own = ("/records", "/mydata", "/letters", "/commission", "/sessions", "/language/", "/static/", "/#", "#")
    assert all(link.startswith((*own, "https://laws.e-gov.go.jp/law/")) or link == "/" for link in links)
