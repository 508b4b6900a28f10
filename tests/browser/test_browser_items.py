"""The pages of the data items in a real browser: three languages, three widths, nothing for axe to find, no script."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, expect

from browser.browsing import LOOKS, chromium, look, shown
from enishi.roles.gateway.itemface.pages import build_pages

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def profile() -> Iterator[Callable[..., BrowserContext]]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://gateway.localhost:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(build_pages(address), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield address
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_the_pages_are_for_everybody(url: str, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]) -> None:
    context = profile()
    page = context.new_page()
    found: dict[str, object] = {}
    for path in ("/items", "/items/jumin/2", "/items/koseki/1", "/items/vehicle/1"):
        page.goto(f"{url}/language/{language}?next={path}")
        found |= look(page, f"items{path.replace('/', '-')}", language, widths)
    context.close()
    assert not any(found.values()), shown(found)


def test_the_way_from_the_list_to_a_field_without_any_script(url: str, profile: Callable[..., BrowserContext]) -> None:
    context = profile(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(url)
    assert "<script" not in page.content()
    page.get_by_role("link", name="resident record").click()
    expect(page.locator("h1")).to_contain_text("resident record")
    expect(page.locator(".facts")).to_contain_text("What was written as v1 reads as this version too")
    expect(page.locator("tr", has_text="moved_from.municipality")).to_contain_text("may be null")
    expect(page.locator("#codes ~ section", has_text="Prefecture").or_(page.locator(".code-list").first)).to_be_visible()
    page.get_by_role("link", name="v1", exact=True).click()
    expect(page.locator(".field-table")).not_to_contain_text("moved_from")
    context.close()
