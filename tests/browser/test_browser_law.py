"""The law page in a real browser: three widths, three languages, the keyboard, no script at all, and nothing for axe to find."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.browsing import LOOKS, chromium, look, shown, unfold
from browser.law_browsing import PAGES, law_town

pytestmark = pytest.mark.xdist_group("browser-law")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with law_town() as running:
        yield running


@pytest.fixture(scope="module")
def profile() -> Iterator[Callable[..., BrowserContext]]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(profile: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A reader without JavaScript, on a phone."""
    context = profile(java_script_enabled=False, viewport={"width": 360, "height": 780}, locale="ja-JP")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_every_page_is_for_everybody(origin: str, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]) -> None:
    context = profile()
    page = context.new_page()
    page.goto(f"{origin}/language/{language}?next=/")
    found: dict[str, object] = {}
    for name, path in PAGES.items():
        page.goto(origin + path)
        unfold(page, 3)
        found |= look(page, f"law-{name}", language, widths)
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


def test_from_a_name_to_a_verdict_without_script(origin: str, page: Page) -> None:
    page.goto(origin)
    page.fill("#q", "さいがいちょういきん")
    page.locator(".search button").click()
    page.get_by_text("災害弔慰金の支給等に関する法律", exact=True).click()
    expect(page.locator("h1")).to_contain_text("108の項")
    page.get_by_text("この項で判定する").click()
    page.select_option("#inquirer", "i:012131")
    page.select_option("#provider", "i:moj")
    page.select_option("#purpose", "1")
    page.select_option("#relation", "survivor")
    page.check("input[value=戸籍関係情報]")
    page.locator(".asking button").click()
    expect(page.locator(".verdict-word")).to_contain_text("照会できます")
    expect(page.locator(".link-good")).to_have_count(6)


def test_a_way_out_of_a_refusal_is_one_press_away(origin: str, page: Page) -> None:
    page.goto(origin + PAGES["refusal"])
    expect(page.locator(".verdict-word")).to_contain_text("照会できません")
    page.get_by_text("第3号として判定する").click()
    expect(page.locator("#purpose")).to_have_value("3")


def test_the_slider_of_days_works_by_keyboard_and_without_script(origin: str, page: Page) -> None:
    page.goto(origin)
    page.locator(".stop input:checked").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**on=2022-06-17**")
    expect(page.locator("main")).to_contain_text("131の事務")


def test_a_table_sorts_by_its_heads_without_script(origin: str, page: Page) -> None:
    page.goto(f"{origin}/pairs?item=地方税関係情報")
    page.get_by_role("link", name="いつから").first.click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("いつから")
    page.get_by_role("link", name="いつから").first.click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("いつから")


@pytest.mark.parametrize("name", ["home", "pairs", "refusal", "row"])
def test_the_keyboard_reaches_everything_in_the_order_of_the_page(origin: str, profile: Callable[..., BrowserContext], name: str) -> None:
    context = profile(viewport={"width": 360, "height": 780}, locale="ja-JP")
    page = context.new_page()
    page.goto(origin + PAGES[name])
    places: list[float] = []
    for _ in range(16):
        page.keyboard.press("Tab")
        places.append(page.evaluate("document.activeElement.getBoundingClientRect().top + scrollY"))
    rows = [round(top / 48) for top in places[1:]]
    assert rows == sorted(rows)
    context.close()


def test_the_picture_is_said_in_words_and_has_its_table(origin: str, page: Page) -> None:
    page.goto(origin)
    svg = page.locator("svg.matrix:visible")
    expect(svg).to_have_count(1)
    assert "認められています" in (svg.locator("desc").text_content() or "")
    page.get_by_text("同じ内容を表で見る").click()
    assert page.locator("tbody tr").count() > 300
