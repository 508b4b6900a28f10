"""One's open sessions, their end, and the card that is shown once more for what cannot be taken back."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from enishi.roles.portal.fresh import FRESH_MS
from enishi.roles.portal.visits import browser_of
from web.asgi import Browser
from web.kept_world import KeptTown, press
from web.portal_world import CARD, NOW, log_in

pytestmark = pytest.mark.asyncio
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[KeptTown]:
    running = KeptTown(tmp_path)
    yield running
    running.close()


async def test_one_sees_one_s_own_sessions_and_nobody_else_s(town: KeptTown) -> None:
    mine, second = await town.browser(agent=FIREFOX), await town.browser(agent=CHROME)
    town.source.subject = "another"
    stranger = await town.browser(agent=SAFARI)
    page = (await mine.get("/sessions")).text
    assert (page.count("<dl"), page.count("この端末"), page.count("ほかの端末</span></h2>")) == (2, 1, 1)
    assert "Firefox" in page
    assert "Chrome" in page
    assert "Safari" not in page
    assert "Mozilla" not in page
    assert (await second.get("/sessions")).text.count("<dl") == 2
    assert (await stranger.get("/sessions")).text.count("<dl") == 1


async def test_a_session_that_is_ended_is_gone_at_once(town: KeptTown) -> None:
    mine, second, third = [await town.browser() for _ in range(3)]
    page = (await mine.get("/sessions")).text
    first = page.split('name="which" value="')[1].partition('"')[0]
    assert (await press(mine, "/sessions", "/sessions/end", {"which": first})).status == 303
    assert [(await one.get("/records")).status for one in (mine, second, third)].count(401) == 1
    assert (await press(mine, "/sessions", "/sessions/end", {"which": "others"})).status == 303
    assert [(await one.get("/records")).status for one in (mine, second, third)] == [200, 401, 401]
    assert "ほかにログインしている端末はありません" in (await mine.get("/sessions")).text


async def test_nobody_ends_another_person_s_session(town: KeptTown) -> None:
    mine = await town.browser()
    other = await town.browser()
    name = (await mine.get("/sessions")).text.split('name="which" value="')[1].partition('"')[0]
    town.source.subject = "another"
    thief = await town.browser()
    await press(thief, "/sessions", "/sessions/end", {"which": name})
    await press(thief, "/sessions", "/sessions/end", {"which": "others"})
    assert [(await one.get("/records")).status for one in (mine, other)] == [200, 200]


async def test_the_name_in_the_form_opens_no_session(town: KeptTown) -> None:
    mine, _ = await town.browser(), await town.browser()
    name = (await mine.get("/sessions")).text.split('name="which" value="')[1].partition('"')[0]
    thief = Browser(town.app)
    thief.cookies = {cookie: name + value[value.index(".") :] for cookie, value in mine.cookies.items() if cookie.endswith("_session")}
    assert (await thief.get("/records")).status == 401


async def test_an_issuer_that_says_nothing_of_when_makes_nothing_fresh(town: KeptTown) -> None:
    town.source.proven_ms = 0
    mine, _ = await town.browser(), await town.browser()
    assert (await press(mine, "/sessions", "/sessions/end", {"which": "others"})).status == 403


async def test_a_clock_that_runs_ahead_keeps_nothing_fresh_for_longer(town: KeptTown) -> None:
    town.source.proven_ms = NOW + 60 * 60 * 1000
    mine, _ = await town.browser(), await town.browser()
    town.clock.at_ms += FRESH_MS
    assert (await press(mine, "/sessions", "/sessions/end", {"which": "others"})).status == 403


async def test_the_way_back_answers_this_browser_once_and_leads_nowhere_else(town: KeptTown) -> None:
    mine, _ = await town.browser(), await town.browser()
    answer = await press(mine, "/sessions", "/again", {"onward": "https://thief.example/"})
    # Only on a page of somebody whose card is not fresh is there such a form; the door is open to a form of ours all the same.
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    assert "request_to_sign" not in answer.header("location")
    thief = Browser(town.app)
    assert (await thief.get(f"/callback?code=x&state={state}&iss={CARD}")).status == 401
    assert (await mine.get(f"/callback?code=x&state={state}&iss=https://other.example")).status == 422
    assert (await mine.get(f"/callback?code=x&state={state}&iss={CARD}")).status == 401
    answer = await press(mine, "/sessions", "/again", {"onward": "https://thief.example/"})
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    back = await mine.get(f"/callback?code=x&state={state}&iss={CARD}")
    assert (back.status, back.header("location")) == (303, "/")


async def test_a_session_that_began_in_the_meantime_is_not_made_fresh_by_it(town: KeptTown) -> None:
    town.source.proven_ms = 0
    mine, _ = await town.browser(), await town.browser()
    answer = await press(mine, "/sessions", "/again", {"onward": "/sessions"})
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    await log_in(mine)
    town.source.proven_ms = town.clock.at_ms
    assert (await mine.get(f"/callback?code=x&state={state}&iss={CARD}")).status == 403


async def test_forms_of_other_sites_do_nothing(town: KeptTown) -> None:
    mine = await town.browser()
    for path in (
        "/again",
        "/sessions/end",
        "/notices/seen",
        "/notices/mail",
        "/notices/confirm",
        "/notices/labels",
        "/notices/mode",
        "/consents/1/withdraw",
    ):
        assert (await mine.post(path, {"form_token": "x"})).status == 403, path
        assert (await mine.get(path)).status == 405, path


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox"),
        (CHROME, "Chrome"),
        (SAFARI, "Safari"),
        (CHROME + " Edg/139.0", "Edge"),
        ("curl/8", ""),
        ("", ""),
        ("<b>Firefox/1", "Firefox"),
    ],
)
async def test_a_browser_has_a_short_name_or_none(agent: str, name: str) -> None:
    assert browser_of(agent) == name
