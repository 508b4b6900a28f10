"""The one way to the card and back, for each use: answered once, by the issuer that was asked, in the session and by the person that began it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from enishi.roles.portal.face import build_face
from web.asgi import Answer, Browser
from web.portal_world import CARD, NOW, SETTINGS, Hand, log_in, token_in
from web.smallagents import LINK as AGENT_LINK
from web.smallagents import SmallAgents
from web.smalllog import SmallLog, SmallSource, story
from web.smallmandates import SmallMandates, mandate
from web.smalloffers import LINK, SmallOffers

pytestmark = pytest.mark.asyncio
USES = {
    "act": ("/representatives", "/representatives/act", {"number": "1"}),
    "number": (LINK, "/number", {"wanted": urlsplit(LINK).query}),
    "agent": (AGENT_LINK, "/number/agent", {"mandate": urlsplit(AGENT_LINK).query}),
    "representative": ("/representatives", "/representatives/offer", {"lasts": "3", "records": "1"}),
    "again": ("/sessions", "/again", {"onward": "/sessions"}),
    "for": ("/representatives/1/data/011002", "/representatives/1/data/011002/ask", {"item-local_tax": "on", "period": "2025"}),
    "own": ("/mydata/from/011002", "/mydata/from/011002/ask", {"item-local_tax": "on", "period": "2025"}),
    "letter": ("/letters/to/moj/complaint", "/letters/to/moj/complaint/send", {"text": "調べてください。"}),
}
"""Use → the page, where its form goes, and what it says; reading for somebody else first."""
SHOWN = {
    "number": "/number/handed",
    "agent": "/number/agents",
    "representative": "/representatives/code",
    "again": "/sessions",
    "act": "/records",
    "for": "/representatives/answers/1",
    "own": "/mydata/answers/1",
    "letter": "/letters/at/moj",
}


class Everything:
    """A portal with every use of the card; `subject` is whose card is put to the reader."""

    def __init__(self) -> None:
        self.source, self.offers, self.agents, self.mandates = SmallSource(SmallLog(story())), SmallOffers(), SmallAgents(), SmallMandates()
        self.mandates.kept = [mandate(1, kind="voluntary", scope=("records", "data"))]
        self.source.mandates, self.source.proven_ms = self.mandates, NOW
        self.app = build_face(self.source, SETTINGS, Hand(), self.offers, agents=self.agents, mandates=self.mandates)

    def card_of(self, subject: str) -> None:
        self.source.subject = self.offers.subject = self.mandates.subject = subject

    @property
    def done(self) -> int:
        return len(self.offers.brought) + len(self.agents.brought) + len(self.mandates.brought) + len(self.source.owned)

    async def browser(self) -> Browser:
        browser = Browser(self.app)
        await log_in(browser)
        return browser


async def send(browser: Browser, use: str) -> str:
    """The state with which the browser is at the card."""
    page, target, fields = USES[use]
    answer = await browser.post(target, {"form_token": token_in((await browser.get(page)).text)} | fields)
    assert answer.status == 303, answer.text
    return parse_qs(urlsplit(answer.header("location")).query)["state"][0]


async def back(browser: Browser, state: str, said: str = "code=two", issuer: str = CARD) -> Answer:
    return await browser.get(f"/callback?{said}&state={state}&iss={issuer}")


async def test_everything_may_be_at_the_card_at_once_and_each_comes_back_to_its_own() -> None:
    """In several windows of one browser. Whoever reads for somebody else comes back last: their own session rests then."""
    browser = await Everything().browser()
    states = {use: await send(browser, use) for use in USES}
    for use in reversed(USES):
        assert (await back(browser, states[use])).header("location") == SHOWN[use]


@pytest.mark.parametrize("use", USES)
async def test_an_answer_counts_once(use: str) -> None:
    town = Everything()
    browser = await town.browser()
    state = await send(browser, use)
    assert (await back(browser, state)).status == 303
    done = town.done
    assert ((await back(browser, state)).status, town.done) == (401, done)


@pytest.mark.parametrize("use", USES)
async def test_an_answer_to_something_else_does_nothing_and_the_right_one_still_does(use: str) -> None:
    town = Everything()
    browser = await town.browser()
    state = await send(browser, use)
    assert ((await back(browser, state[:-1])).status, town.done) == (401, 0)
    assert (await back(browser, state)).header("location") == SHOWN[use]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("said", "issuer", "status"), [("code=two", "http://evil.example", 422), ("error=access_denied", CARD, 403), ("code=", CARD, 403)]
)
async def test_another_issuer_and_no_code_end_it(use: str, said: str, issuer: str, status: int) -> None:
    town = Everything()
    browser = await town.browser()
    state = await send(browser, use)
    assert (await back(browser, state, said, issuer)).status == status
    assert ((await back(browser, state)).status, town.done) == (401, 0)


@pytest.mark.parametrize("use", USES)
async def test_another_persons_card_does_nothing(use: str) -> None:
    town = Everything()
    browser = await town.browser()
    state = await send(browser, use)
    town.card_of("another")
    assert ((await back(browser, state)).status, town.done) == (403, 0)


@pytest.mark.parametrize("use", USES)
async def test_with_that_one_check_taken_out_it_would(use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Everything()
    browser = await town.browser()
    state = await send(browser, use)
    town.card_of("another")
    monkeypatch.setattr("enishi.roles.portal.cardway.check_subject", lambda *_: None)
    assert (await back(browser, state)).header("location") == SHOWN[use]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("who", ["another", "subject"])
async def test_another_session_finishes_nothing_not_even_one_of_the_same_person(use: str, who: str) -> None:
    town = Everything()
    browser = await town.browser()
    state = await send(browser, use)
    town.card_of(who)
    await log_in(browser)
    assert ((await back(browser, state)).status, town.done) == (403, 0)
