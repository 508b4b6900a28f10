"""The portal's pages as they meet a reader's own settings: larger text, a zoomed window, forced colours, and paper."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from browser.browsing import Town, chromium, log_in, overflow, picture_if_asked, town

pytestmark = pytest.mark.xdist_group("browser")
PATHS = {"first": "/", "records": "/records", "record": "/records/6", "mydata": "/mydata", "paper": "/paper"}


@pytest.fixture(scope="module")
def served() -> Iterator[Town]:
    with town() as running:
        yield running


@pytest.fixture(scope="module")
def page(served: Town) -> Iterator[Page]:
    with chromium() as profile:
        opened = _opened(profile)
        log_in(opened, served)
        yield opened


def _opened(profile: Callable[..., BrowserContext]) -> Page:
    return profile(viewport={"width": 1280, "height": 780}, locale="ja-JP").new_page()


SIZES = "() => [...document.querySelectorAll('h1, h2, p, label, button, dd')].map((one) => parseFloat(getComputedStyle(one).fontSize))"


@pytest.mark.parametrize("name", PATHS)
def test_text_of_twice_the_size_is_twice_as_large_and_fits(served: Town, page: Page, name: str) -> None:
    """WCAG 1.4.4 and 1.4.10: the size that a reader sets in the browser, at the width of a phone and of a window at 400 %."""
    page.goto(served.portal + PATHS[name])
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 780})
        page.evaluate("document.documentElement.style.fontSize = ''")
        before = page.evaluate(SIZES)
        assert overflow(page) == 0, width
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert [after / one for one, after in zip(before, page.evaluate(SIZES), strict=True)] == pytest.approx([2] * len(before))
        assert overflow(page) == 0, width
        picture_if_asked(page, f"large-{name}-{width}")
    page.set_viewport_size({"width": 1280, "height": 780})


DRAWN = """() => [...document.querySelectorAll('svg .plot-base, svg text, svg.icon')].filter((one) => one.getBoundingClientRect().width).map((one) =>
  [one.matches('text') ? getComputedStyle(one).fill : getComputedStyle(one).stroke, one.outerHTML.slice(0, 90)])"""


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_mark_is_seen_in_forced_colours(served: Town, page: Page, name: str, scheme: str) -> None:
    """WCAG 1.4.11: what is drawn stands out from the ground that the reader's system sets, by three to one."""
    page.emulate_media(forced_colors="active", color_scheme="dark" if scheme == "dark" else "light")
    page.goto(served.portal + PATHS[name])
    ground = "rgb(0, 0, 0)" if scheme == "dark" else "rgb(255, 255, 255)"
    faint = [(colour, what) for colour, what in page.evaluate(DRAWN) if _contrast(colour, ground) < 3]
    picture_if_asked(page, f"forced-{name}-{scheme}")
    page.emulate_media(forced_colors="none")
    assert faint == []


def test_paper_has_the_record_and_none_of_the_buttons(served: Town, page: Page) -> None:
    page.goto(served.portal + PATHS["record"])
    page.emulate_media(media="print")
    seen = page.evaluate(
        "() => [...document.querySelectorAll('button, .band, footer, .session')].filter((one) => one.getClientRects().length).length"
    )
    words = page.inner_text("main")
    page.emulate_media(media="screen")
    assert seen == 0
    assert "苫小牧市" in words


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of `rgb(r, g, b)`."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
