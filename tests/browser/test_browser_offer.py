"""Handing over the number in a real browser: consent, what was handed over, a card that is no good; for everybody, and without JavaScript."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.browsing import LOOKS, Town, choose, chromium, look, shown, town
from enishi.errors import Unauthenticated
from web.smalloffers import LINK, REFUSED_LINK

pytestmark = pytest.mark.xdist_group("browser")
SIGN = "form[action='/number'] button"


@pytest.fixture(scope="module")
def served() -> Iterator[Town]:
    with town() as running:
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
    context.close()
