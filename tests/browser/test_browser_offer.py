"""Handing over the number in a real browser, to an institution or to who hands it in for one; for everybody, and without JavaScript."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.browsing import LOOKS, Town, choose, chromium, look, shown, town
from enishi.errors import Unauthenticated
from web.portal_world import NOW
from web.smallagents import LINK as MANDATE_LINK
from web.smallagents import REFUSED_LINK as NO_MANDATE_LINK
from web.smalllog import T0
from web.smalloffers import LINK, REFUSED_LINK

pytestmark = pytest.mark.xdist_group("browser")
LET = "form[action='/number/agent'] button"
SIGN = "form[action='/number'] button"


@pytest.fixture(scope="module")
def served() -> Iterator[Town]:
    with town() as running:
        # The card was shown just now: what asks for it again needs it no second time.
        running.source.proven_ms = NOW
        yield running


@pytest.fixture(scope="module")
def profile() -> Iterator[Callable[..., BrowserContext]]:
    with chromium() as browser:
        yield browser


def arrive(page: Page, served: Town) -> None:
    """By the institution's link, through the log-in, to the page of consent."""
    page.goto(served.portal + LINK)
    page.click("form[data-login] button")
    page.wait_for_selector(SIGN)


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_every_page_is_for_everybody(served: Town, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]) -> None:
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    arrive(page, served)
    found = look(page, "number", language, widths)
    page.click(SIGN)
    page.wait_for_url("**/number/handed")
    found |= look(page, "number-handed", language, widths)
    page.goto(served.portal + MANDATE_LINK)
    found |= look(page, "agent", language, widths)
    page.click(LET)
    page.wait_for_url("**/number/agents")
    given = served.agents.mandates[0]
    over = {"taken_ms": T0 + 2000, "ended_ms": T0 + 86_400_000, "reason": "withdrawn", "deleted_ms": T0 + 86_402_000}
    served.agents.mandates = [msgspec.structs.replace(given, taken_ms=T0 + 2000), msgspec.structs.replace(given, reference=bytes(16), **over)]
    page.reload()
    found |= look(page, "agents", language, widths)
    served.agents.mandates = []
    served.offers.fault = Unauthenticated("card-certificate-revoked")
    page.goto(served.portal + LINK)
    page.click(SIGN)
    expect(page.locator("[role=alert]")).to_be_visible()
    found |= look(page, "number-failed", language, widths)
    served.offers.fault = None
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


def test_what_differs_before_the_log_in_and_where_the_law_refuses(served: Town, profile: Callable[..., BrowserContext]) -> None:
    context = profile()
    page = context.new_page()
    page.goto(served.portal + LINK)
    found = look(page, "number-first", "ja", LOOKS[0][1][:1])
    page.goto(served.portal + REFUSED_LINK)
    found |= look(page, "number-refused", "ja", LOOKS[0][1][:1])
    page.goto(served.portal + NO_MANDATE_LINK)
    found |= look(page, "agent-refused", "ja", LOOKS[0][1][:1])
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


def test_it_is_done_by_keyboard_and_without_javascript(served: Town, profile: Callable[..., BrowserContext]) -> None:
    context = profile(java_script_enabled=False, locale="ja-JP", viewport={"width": 360, "height": 780})
    page = context.new_page()
    page.goto(served.portal + LINK)
    page.locator("form[data-login] button").focus()
    page.keyboard.press("Enter")
    page.locator(SIGN).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/number/handed")
    expect(page.locator("main")).to_contain_text("0001 0203 0405 0607 0809 0a0b 0c0d 0e0f")
    expect(page.locator("main")).to_contain_text("苫小牧市")
    page.goto(served.portal + MANDATE_LINK)
    page.locator(LET).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/number/agents")
    page.locator("form[action='/number/agents/withdraw'] button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("あなたが取り消しました")
    context.close()
