"""Takes the pictures of the running pages for README and docs: starts a mesh of its own, asks the story's questions, reads as its reader.

python tools/pictures.py [--out docs/pictures]
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from enishi import clock, society
from enishi.cli.configs import Plan
from enishi.cli.founding import SEED
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url, find_base
from enishi.client.gateway import GatewayClient

RESIDENTS: Final = 200
LEGAL_DAY: Final = date(2025, 4, 1)
STORY: Final = society.story(SEED, RESIDENTS)
FLAGS: Final = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-lcd-text", "--host-resolver-rules=MAP *.localhost 127.0.0.1"]
SIZES: Final = {360: 740, 1280: 860}
"""Width and height of a phone's window and of a desk's."""
SETTLED: Final = "[data-whole]:not([data-state=running]):not([data-state=idle])"
AFFAIR: Final = {"source": "506M60004008009@2024-05-27", "row": "108"}


def questions() -> list[dict[str, Any]]:
    """What the city asks about the reader: family registers, the account, and tax, which this affair does not permit."""
    case = STORY.condolence
    family = [(case.deceased, "deceased"), *((one, "survivor") for one in case.survivors)]
    return [
        _question(family, ["戸籍関係情報"], case.register),
        _question([(case.recipient, "recipient")], ["公的給付支給等口座登録簿関係情報"], case.accounts),
        _question([(case.recipient, "recipient")], ["地方税関係情報"], STORY.loan.provider, "2024"),
    ]


def _question(people: list[tuple[society.Figure, str]], items: list[str], provider: str, period: str = "") -> dict[str, Any]:
    inquirer = STORY.condolence.inquirer
    rows = [{"person": who.addressees[inquirer], "relation": relation, "period": period, "case": "R7-1"} for who, relation in people]
    return {"people": rows, "affair": AFFAIR, "purpose_item": "1", "items": items, "provider": provider}


async def ask(mesh: Mesh) -> None:
    """Put the questions, one after another, as the city's system does."""
    token = (mesh.plan.data / "credentials" / STORY.condolence.inquirer).read_text()
    city = GatewayClient(face_url(mesh.plan.base, "gateway"), token)
    for question in questions():
        await city.inquire(question)


class Camera:
    """Takes the pictures of one window width."""

    def __init__(self, browser: Browser, portal: str, out: Path, width: int) -> None:
        self._portal = portal
        self._out = out
        self._width = width
        window = {"width": width, "height": SIZES[width]}
        self._page = browser.new_context(viewport=window, locale="ja-JP", reduced_motion="reduce").new_page()  # type: ignore[arg-type]

    def take(self) -> str:
        """Every page in the order in which a reader meets it; returns what the browser's own proof came to."""
        page = self._page
        page.goto(self._portal)
        self._keep("landing")
        page.click("form[data-login] button")
        page.click(f"a.holder[href$='/{STORY.reader.card}']")
        self._keep("card")
        page.fill("#pin", STORY.reader.pin)
        page.click("form:has(#pin) button")
        page.wait_for_url("**/records")
        page.wait_for_selector(SETTLED)
        self._keep("records")
        page.locator("article", has_text="戸籍").first.get_by_text("くわしく").click()
        page.wait_for_selector(SETTLED)
        self._keep("record")
        page.evaluate("document.querySelector('#proof').scrollIntoView()")
        self._keep("proof")
        return str(page.get_attribute("[data-whole]", "data-state"))

    def _keep(self, name: str) -> None:
        _rest(self._page)
        self._page.screenshot(path=self._out / f"{name}-{self._width}.png")


def _rest(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")


def shoot(mesh: Mesh, out: Path) -> dict[int, str]:
    """The pages in every width; what each browser's own proof came to."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"), args=FLAGS)
        states = {width: Camera(browser, face_url(mesh.plan.base, "portal"), out, width).take() for width in SIZES}
        browser.close()
    return states


def main() -> int:
    """Start, ask, take; 0 only if every browser found its list complete and genuine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    begun = clock.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="enishi-pictures-") as data,
        Mesh(Plan(Path(data), find_base(), LEGAL_DAY), RESIDENTS, print) as mesh,
    ):
        asyncio.run(ask(mesh))
        states = shoot(mesh, options.out)
    print(f"proof in each width: {states}; {options.out}; {clock.monotonic() - begun:.0f} s")
    return 0 if set(states.values()) == {"good"} else 1


if __name__ == "__main__":
    sys.exit(main())
