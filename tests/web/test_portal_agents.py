"""Mandates to organisations at the portal: what the page says, what the card is asked, the person's list, withdrawal, and who gets nowhere."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from enishi.clock import moment
from enishi.errors import Denied, Malformed, Unavailable
from enishi.oidc.text import b64url
from enishi.protocol.agent import LONGEST_MS, mandate_digest, read_mandate
from enishi.protocol.offer import offer_digest
from enishi.protocol.view import request_digest
from enishi.roles.portal.agents.wish import AgentWanted
from enishi.roles.portal.face import build_face
from enishi.roles.portal.fresh import FRESH_MS
from enishi.roles.portal.link import read_link
from enishi.roles.portal.view import Asked, SignedFor, ViewedLog
from web.asgi import Answer, Browser
from web.portal_world import CARD, NOW, SETTINGS, Hand, log_in, token_in
from web.smallagents import ACT, LINK, REFUSED_LINK, SmallAgents
from web.smalllog import SmallLog, SmallSource, story
from web.smalloffers import KEY, SmallOffers

pytestmark = pytest.mark.asyncio
MINUTE_MS = 60_000


class Known(SmallSource):
    """A source whose person showed the card at a time of the test's, and whose looks are noted."""

    subject = "subject"

    def __init__(self, log: SmallLog) -> None:
        super().__init__(log)
        self.requests: list[bytes] = []

    async def redeem(self, code: str, begun: Any, request: bytes) -> SignedFor:
        return SignedFor((await super().redeem(code, begun, request)).signed, self.subject, NOW)

    async def view(self, asked: Asked) -> ViewedLog:
        self.requests.append(asked.signed.request)
        return await super().view(asked)


def portal(language: str = "ja", clock: Hand | None = None) -> tuple[Browser, SmallAgents, SmallOffers, Known]:
    source, offers, agents = Known(SmallLog(story())), SmallOffers(), SmallAgents()
    settings = msgspec.structs.replace(SETTINGS, card_help=f"{CARD}/help")
    return Browser(build_face(source, settings, clock or Hand(), offers, agents=agents), language=language), agents, offers, source


async def ask(browser: Browser, link: str = LINK) -> dict[str, str]:
    """Press the button of the page of consent; what the card's origin gets."""
    page = await browser.get(link)
    answer = await browser.post("/number/agent", {"form_token": token_in(page.text), "mandate": urlsplit(link).query})
    assert answer.status == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.header("location")).query).items()}


async def back(browser: Browser, query: dict[str, str], code: str = "code=two") -> Answer:
    return await browser.get(f"/callback?{code}&state={query['state']}&iss={CARD}")


async def gave(browser: Browser) -> None:
    await log_in(browser)
    assert (await back(browser, await ask(browser))).header("location") == "/number/agents"


async def withdraw(browser: Browser, name: str) -> Answer:
    token = token_in((await browser.get("/number/agents")).text)
    return await browser.post("/number/agents/withdraw", {"form_token": token, "mandate": name})


# ---- what it says


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", ("みなと工業", "出入国在留管理庁", "雇用（勤め先）", "回答や、あなたの記録を見ること", "持ち続けること", "まで")),
        ("en", ("Minato Kogyo", "Immigration Services Agency", "It employs you", "what stands in your records", "Keep the number")),
    ],
)
async def test_the_page_tells_who_for_what_on_which_basis_until_when_and_what_it_may_not(language: str, words: tuple[str, ...]) -> None:
    browser, *_ = portal(language)
    await log_in(browser)
    page = (await browser.get(LINK)).text
    for told in (*words, "425AC0000000027#9-4", "425AC0000000027#9-1", f"{ACT}#appended/31-2", 'action="/number/agent"'):
        assert told in page, told


async def test_the_card_signs_a_mandate_of_this_session_and_a_year_at_most() -> None:
    browser, agents, _, source = portal()
    await log_in(browser)
    query = await ask(browser)
    assert query["document_name"].startswith("株式会社みなと工業（架空）に個人番号の提出を任せる委任（提出先 出入国在留管理庁")
    assert (await back(browser, query)).header("location") == "/number/agents"
    (envelope,) = agents.brought
    mandate = read_mandate(envelope, KEY.public)
    assert (mandate.agent, mandate.recipient, mandate.affair.row, mandate.part) == ("employer-1", "isa", "31-2", "employment")
    assert mandate.session == request_digest(source.requests[0])
    assert NOW + LONGEST_MS - 3 * 86_400_000 < mandate.until_ms <= NOW + LONGEST_MS
    assert query["digest_to_sign"] == query["nonce"] == b64url(mandate_digest(envelope)) == b64url(offer_digest(envelope))
    # The same answer of the card again brings nothing more.
    assert (await back(browser, query)).status == 401
    assert len(agents.brought) == 1


async def test_the_link_may_name_an_earlier_day_and_no_later_one() -> None:
    browser, agents, *_ = portal()
    await log_in(browser)
    last = moment(NOW).date().replace(month=12, day=31)
    await back(browser, await ask(browser, f"{LINK}&until={last}"))
    assert read_mandate(agents.brought[0], KEY.public).until_ms < NOW + LONGEST_MS
    for day in ("2000-01-01", f"{last.year + 2}-01-01"):
        assert (await browser.get(f"{LINK}&until={day}")).status == 400
    assert (await browser.get(f"{LINK}&until=soon")).status == 400


async def test_who_is_not_logged_in_logs_in_and_comes_back_to_the_page() -> None:
    browser, *_ = portal()
    page = await browser.get(LINK)
    assert 'action="/number/agent"' not in page.text
    answer = await browser.post("/login", {"form_token": token_in(page.text), "device_key": "", "mandate": urlsplit(LINK).query})
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    there = await browser.get(f"/callback?code=one&state={state}&iss={CARD}")
    onward = urlsplit(there.header("location"))
    assert (there.status, onward.path, parse_qs(onward.query)) == (303, "/number/agent", parse_qs(urlsplit(LINK).query))
    assert 'action="/number/agent"' in (await browser.get(there.header("location"))).text


async def test_the_list_is_the_registrars_word_of_now_from_waiting_to_deleted() -> None:
    browser, agents, _, source = portal()
    await gave(browser)
    for changes, told in (
        ({}, "受け取るのを待っています"),
        ({"taken_ms": NOW}, "任せています"),
        ({"ended_ms": NOW, "reason": "given_up"}, "組織が終わりにしました"),
        ({"deleted_ms": NOW}, "番号を消した日時"),
    ):
        agents.change(agents.mandates[0].reference, **changes)
        page = (await browser.get("/number/agents")).text
        assert told in page, told
        assert ("/number/agents/withdraw" in page) == ("ended_ms" not in changes and "deleted_ms" not in changes)
    assert set(agents.sessions) == {request_digest(source.requests[0])}
    assert 'href="/number/agents"' in (await browser.get("/number/handed")).text


# ---- withdrawal


async def test_it_is_withdrawn_before_the_page_says_so() -> None:
    browser, agents, *_ = portal()
    await gave(browser)
    answer = await withdraw(browser, agents.mandates[0].reference.hex())
    assert (answer.status, answer.header("location"), agents.mandates[0].reason) == (303, "/number/agents", "withdrawn")
    assert "あなたが取り消しました" in (await browser.get("/number/agents")).text


async def test_withdrawal_asks_for_the_card_within_five_minutes() -> None:
    clock = Hand()
    browser, agents, *_ = portal(clock=clock)
    await gave(browser)
    name = agents.mandates[0].reference.hex()
    clock.at_ms += FRESH_MS
    page = (await browser.get("/number/agents")).text
    assert ('action="/again"' in page, 'action="/number/agents/withdraw"' in page) == (True, False)
    answer = await withdraw(browser, name)
    assert (answer.status, agents.mandates[0].ended_ms) == (403, 0)


async def test_a_withdrawal_that_is_none() -> None:
    browser, agents, *_ = portal()
    await gave(browser)
    for name in ("", "x" * 32, "00" * 15):
        assert (await withdraw(browser, name)).status == 400
    assert (await withdraw(browser, "00" * 16)).status == 404
    assert (await browser.post("/number/agents/withdraw", {"form_token": "x", "mandate": agents.mandates[0].reference.hex()})).status == 403
    assert agents.mandates[0].ended_ms == 0


# ---- who gets nowhere


async def test_what_the_law_gives_no_basis_for_is_told_and_cannot_be_signed() -> None:
    browser, agents, *_ = portal()
    await log_in(browser)
    page = await browser.get(REFUSED_LINK)
    assert page.status == 403
    assert "任せられません" in page.text
    assert 'action="/number/agent"' not in page.text
    # The affair in words, and not by the label of its row.
    assert "この手続では、この日の法律により、個人番号を使いません" in page.text
    assert f"{ACT}/" not in page.text
    token = token_in((await browser.get(LINK)).text)
    assert (await browser.post("/number/agent", {"form_token": token, "mandate": urlsplit(REFUSED_LINK).query})).status == 403
    for link in (LINK.replace("employer-1", "012131"), f"/number/agent?agent=employer-2&recipient=mhlw&source={ACT}&row=83"):
        assert "登録されていません" in (await browser.get(link)).text
    assert agents.brought == []


async def test_another_persons_card_gives_no_mandate() -> None:
    browser, agents, offers, source = portal()
    await log_in(browser)
    query = await ask(browser)
    offers.subject = "another"
    assert (await back(browser, query)).status == 403
    query = await ask(browser)
    source.subject = "another"
    await log_in(browser)
    assert (await back(browser, query)).status == 403
    assert agents.brought == []


async def test_with_that_one_check_taken_out_another_persons_card_would(monkeypatch: pytest.MonkeyPatch) -> None:
    browser, agents, offers, _ = portal()
    await log_in(browser)
    query = await ask(browser)
    offers.subject = "another"
    monkeypatch.setattr("enishi.roles.portal.cardway.check_subject", lambda *_: None)
    assert (await back(browser, query)).status == 303
    assert len(agents.brought) == 1


@pytest.mark.parametrize(("code", "iss", "status"), [("error=access_denied", CARD, 403), ("code=two", "http://evil.example", 422), ("", CARD, 403)])
async def test_an_answer_that_is_none_gives_no_mandate(code: str, iss: str, status: int) -> None:
    browser, agents, *_ = portal()
    await log_in(browser)
    query = await ask(browser)
    answer = await browser.get(f"/callback?{code}&state={query['state']}&iss={iss}")
    assert (answer.status, agents.brought) == (status, [])


async def test_without_a_session_nothing_is_begun_shown_or_withdrawn() -> None:
    browser, agents, *_ = portal()
    page = await browser.get(LINK)
    assert (await browser.post("/number/agent", {"form_token": token_in(page.text), "mandate": urlsplit(LINK).query})).status == 401
    assert (await browser.get("/number/agents")).status == 401
    form = {"form_token": token_in(page.text), "mandate": "00" * 16}
    assert (await browser.post("/number/agents/withdraw", form)).status == 401
    assert (agents.brought, agents.sessions) == ([], [])


async def test_the_registrars_faults_are_told_as_they_are() -> None:
    browser, agents, *_ = portal()
    await log_in(browser)
    for fault in (Denied("agent-without-basis"), Unavailable("peer-unreachable")):
        agents.fault = fault
        assert (await back(browser, await ask(browser))).status == fault.status
    assert agents.mandates == []


async def test_a_link_that_names_nobody() -> None:
    browser, *_ = portal()
    for query in ("", "agent=a&recipient=b", "agent=a&agent=b&recipient=c&source=x&row=1", "agent=A_&recipient=b&source=x&row=1", "who=b"):
        assert (await browser.get(f"/number/agent?{query}")).status == 400
    with pytest.raises(Malformed, match="number-link-malformed"):
        read_link([("agent", "a"), ("recipient", "b"), ("source", "x"), ("row", "\n")], AgentWanted)
