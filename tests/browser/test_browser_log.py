"""The log's page in a real browser: no script, three languages, three widths, nothing for axe to find; and what it says is what is so."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.browsing import LOOKS, chromium, look, shown, unfold
from outsiders.world_outsiders import NAMES, Outsiders, outsiders

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def profile() -> Iterator[Callable[..., BrowserContext]]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Outsiders]:
    with outsiders(tmp_path) as made:
        made.grow(300)
        made.publish()
        made.cosign()
        yield made


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_the_page_is_for_everybody(world: Outsiders, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]) -> None:
    context = profile()
    page = context.new_page()
    page.goto(f"{world.url}/language/{language}?next=/")
    unfold(page)
    found = look(page, "log", language, widths)
    context.close()
    assert not any(found.values()), shown(found)


def test_it_says_what_is_so_without_any_script(world: Outsiders, profile: Callable[..., BrowserContext]) -> None:
    context = profile(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(world.url)
    assert "<script" not in page.content()
    expect(page.locator(".standing-size")).to_contain_text("302")
    expect(page.locator(".standing")).to_contain_text("2 witnesses have checked and cosigned this log")
    expect(page.locator(".witness-list")).to_contain_text("less than a minute ago")
    for text in (world.log_key, *world.witness_keys):
        assert text in page.locator("#check ~ ol").inner_text()
    world.grow(1)
    world.publish()
    world.cosign(0)
    page.reload()
    expect(page.locator(".standing")).to_contain_text("Not yet cosigned")
    assert page.locator(".witness-list > li").nth(0).inner_text().startswith(NAMES[0])
    expect(page.locator(".witness-list > li").nth(0)).to_contain_text("Checked and cosigned")
    expect(page.locator(".witness-list > li").nth(1)).to_contain_text("Has not yet cosigned")
    context.close()


def test_the_table_has_the_figures_of_the_picture(world: Outsiders, profile: Callable[..., BrowserContext]) -> None:
    context = profile(locale="ja-JP")
    page = context.new_page()
    page.goto(world.url)
    page.get_by_text("表で見る").click()
    assert page.locator("tbody tr").count() == 14
    assert page.locator("tbody tr").last.inner_text().split()[-1] == "302"
    assert page.locator(".plot-count").last.text_content() == "302"
    context.close()
