"""The card's pages in a real browser: what is asked and handed over, both ways of reading a card, and the pages for cards that are no good."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest
from playwright.sync_api import BrowserContext, expect
from starlette.types import ASGIApp

from browser.browsing import LOOKS, chromium, look, serving, shown, unfold
from card.conftest import AT_MS, PEOPLE
from card.desk_card import CLIENTS, GOOD
from enishi import card
from enishi.card.face import build_face
from enishi.card.issuer import open_issuer

pytestmark = pytest.mark.xdist_group("browser")
SIGN = {"scope": "openid name address sign", "digest_to_sign": "A" * 43, "document_name": "移住支援金の申請書"}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A card's face with a good card, and one that was reported lost."""
    folder: Path = tmp_path_factory.mktemp("card") / "card"
    card.found(folder, AT_MS).issue([PEOPLE[0], msgspec.structs.replace(PEOPLE[1], state="suspended")])
    origins: list[str] = []

    def build(port: int) -> ASGIApp:
        origins.append(f"http://card.localhost:{port}")
        cards = card.Cards(folder)
        return build_face(cards, open_issuer(folder, origins[0], cards.pairing), CLIENTS, "shown")

    with serving(build):
        yield origins[0]


@pytest.fixture(scope="module")
def profile() -> Iterator[Callable[..., BrowserContext]]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_every_page_is_for_everybody(origin: str, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]) -> None:
    context = profile()
    page = context.new_page()
    page.goto(f"{origin}/language/{language}?next=/help/no-card")
    found = look(page, "card-no-card", language, widths)
    page.goto(f"{origin}/authorize?{urlencode(GOOD | {'scope': 'openid'})}")
    found |= look(page, "card-choose", language, widths)
    page.click("text=石井")
    expect(page.locator("#pin")).to_be_visible()
    unfold(page)
    found |= look(page, "card-pin", language, widths)
    page.click(".readers li:nth-child(2) a")
    page.fill("#pin", PEOPLE[1].pin)
    page.keyboard.press("Enter")
    expect(page.locator(".help-title")).to_be_visible()
    found |= look(page, "card-lost", language, widths)
    page.goto(f"{origin}/authorize?{urlencode({name: value for name, value in GOOD.items() if name != 'request_to_sign'} | SIGN)}")
    page.click("text=内田")
    page.fill("#pin", "WRONG123")
    page.click(".button-main")
    expect(page.locator("#pin-fault")).to_be_visible()
    expect(page.locator("#pin")).to_be_focused()
    found |= look(page, "card-sign-wrong", language, widths)
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})
