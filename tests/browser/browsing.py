"""A portal on a real port, a stand-in for the card that agrees at once, and Chromium."""

import json
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from playwright.sync_api import BrowserContext, Page, sync_playwright
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from enishi.clock import now_ms
from enishi.roles.portal.face import build_face
from enishi.roles.portal.settings import PortalSettings
from web.portal_world import NOW, commission_in
from web.smallagents import SmallAgents
from web.smalllog import SmallLog, SmallSource, story
from web.smalloffers import SmallOffers

A = TypeVar("A", bound=ASGIApp)
ROOT = Path(__file__).parents[2]
AXE = ROOT / ".cache" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(__file__).parent / "out"
WHOLE = bool(os.environ.get("ENISHI_PICTURES"))
CHROMIUM = next((name for name in ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium") if Path(name).exists()), "/usr/bin/chromium")
"""The browser without its windows where it is installed: the same pages for a sixth less of the processor's time."""
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP *.localhost 127.0.0.1"]
WIDTHS = (360, 768, 1280)
SETTLED = "[data-whole]:not([data-state=running]):not([data-state=idle])"


class Town:
    """Portal and card on one port, told apart by their host names."""

    def __init__(self, port: int) -> None:
        """Build both."""
        self.portal, self.card = f"http://portal.localhost:{port}", f"http://card.localhost:{port}"
        log = SmallLog(story())
        # The browser's own clock says how old a witness's word is.
        log.cosigned_ms = now_ms()
        self.source = SmallSource(log)
        self.source.issuer = self.card
        self.offers = SmallOffers()
        self.offers.issuer = self.card
        self.agents = SmallAgents()
        commission, self.letters = commission_in(Path(tempfile.mkdtemp()))
        settings = PortalSettings(origin=self.portal, login_origins=(self.card,), card_help=f"{self.card}/help", cookie_key=bytes(32))
        self._face: ASGIApp = build_face(self.source, settings, lambda: NOW, self.offers, commission=commission, agents=self.agents)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve by host name."""
        host = dict(scope.get("headers", [])).get(b"host", b"")
        app = self._agree if host.startswith(b"card.") else self._face
        await app(scope, receive, send)

    async def _agree(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked = Request(scope).query_params
            answer: Response = RedirectResponse(f"{self.portal}/callback?code=one&state={asked['state']}&iss={self.card}")
            await answer(scope, receive, send)


@contextmanager
def serving(build: Callable[[int], A]) -> Iterator[A]:
    """What was built for a free port, answering there."""
    listening = socket.create_server(("127.0.0.1", 0))
    served = build(listening.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(served, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def town() -> AbstractContextManager[Town]:
    """A running town on a free port."""
    return serving(Town)


@contextmanager
def chromium() -> Iterator[Callable[..., BrowserContext]]:
    """A browser; call it for a fresh profile with options of `new_context`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser.new_context
        finally:
            browser.close()


def choose(page: Page, served: Town, language: str) -> None:
    """Read the pages in a language."""
    page.goto(f"{served.portal}/language/{language}?next=/")


def log_in(page: Page, served: Town) -> None:
    """Press the button of the first page and wait for the records."""
    page.goto(served.portal)
    page.click("form[data-login] button")
    page.wait_for_url("**/records")


LOOKS = (("ja", WIDTHS), ("en", WIDTHS[:1]), ("ja-easy", WIDTHS[:1]))
"""The widths in which each language is looked at: a page is loaded once, and axe scans it at the last of its widths."""


PICTURED = "ja"
"""The language whose pages are pictured in every run, as far as the window shows them; whole, in all languages and a reader's own settings, with
ENISHI_PICTURES=1: to draw what nobody looks at took a third of these tests' time."""


def look(page: Page, name: str, language: str, widths: tuple[int, ...]) -> dict[str, object]:
    """Take a picture of the loaded page in each width; what overflows, and what axe finds at the last."""
    found: dict[str, object] = {}
    # A link that was followed has come as soon as its address has; its style may still be on the way.
    page.wait_for_load_state()
    for width in widths:
        page.set_viewport_size({"width": width, "height": 780})
        (picture if language == PICTURED else picture_if_asked)(page, f"{name}-{language}-{width}")
        found[f"{name} {width}: wider than the window"] = overflow(page)
    return found | {f"{name}: axe": violations(page)}


REPEATED = "tr:nth-child(n+5), li:nth-child(n+6), option:nth-child(n+4), ruby:nth-of-type(n+2), rp, svg > :nth-child(n+20)"
"""Rows, marks and readings made by the same lines as those before them: what is wrong with one is wrong with the first. And what no browser draws."""
SCAN = """([rules, repeated]) => {
  const cut = [...document.querySelectorAll(repeated)].map((one) => [document.createComment(""), one]);
  cut.forEach(([place, one]) => one.replaceWith(place));
  return axe.run(document, { runOnly: rules, resultTypes: ["violations"] }).then((result) => {
    cut.reverse().forEach(([place, one]) => place.replaceWith(one));
    return result.violations;
  });
}"""
TALL = 4000
"""Pixels of a page that a picture shows."""


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds against WCAG 2.2 AA and its best practices: rule and first place of each."""
    # The policy forbids inline scripts; the test's own tool comes in by the debugger, which is not the page's doing.
    page.evaluate(AXE.read_text())
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate(SCAN, [rules, REPEATED])
    return [{"rule": one["id"], "places": [node["html"][:160] for node in one["nodes"]][:3]} for one in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def unfold(page: Page, most: int = 100) -> None:
    """Open the first folds, so that what they hide is looked at too; that a press opens one is shown where one is pressed."""
    page.evaluate("(most) => [...document.querySelectorAll('details')].slice(0, most).forEach((fold) => { fold.open = true; })", most)


def picture_if_asked(page: Page, name: str) -> None:
    """Keep a picture where ENISHI_PICTURES asks for more than every run takes."""
    if WHOLE:
        picture(page, name)


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page under tests/browser/out: what the window shows, or the whole, cut where it gets very long."""
    PICTURES.mkdir(exist_ok=True)
    size = page.evaluate("({ width: innerWidth, height: document.documentElement.scrollHeight })")
    # Not the browser's own captureBeyondViewport, a third quicker: once axe found a link too small after it, perhaps between two sizes of the window.
    whole: dict[str, Any] = {"full_page": True, "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], TALL)}}
    page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=80, **(whole if WHOLE else {}))


def shown(value: object) -> str:
    """A value for a failing assertion."""
    return json.dumps(value, ensure_ascii=False, indent=1)
