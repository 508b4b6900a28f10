"""A portal over a small log, and a reader who has logged in."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp

from enishi.oidc.text import b64url
from enishi.roles.oversight.letters import Letters
from enishi.roles.oversight.schema import MIGRATIONS
from enishi.roles.portal.face import build_face
from enishi.roles.portal.letters.commissionsource import CommissionSource, MeshedCommission
from enishi.roles.portal.settings import PortalSettings
from enishi.seal.hpke import SealingKey, Suite
from enishi.store.database import Database
from oversight.near_letters import Near
from web.asgi import Browser
from web.smalllog import DAY, T0, SmallLog, SmallSource, story

CARD = "http://card.localhost:8401"
SETTINGS = PortalSettings(origin="http://portal.localhost:8400", login_origins=(CARD,), cookie_key=bytes(32))
NOW = T0 + 3 * DAY + 60_000


class Hand:
    """A clock that is set by hand."""

    def __init__(self, at_ms: int = NOW) -> None:
        """Set it."""
        self.at_ms = at_ms

    def __call__(self) -> int:
        """The time."""
        return self.at_ms


def portal(
    log: SmallLog | None = None, clock: Hand | None = None, settings: PortalSettings = SETTINGS, commission: CommissionSource | None = None
) -> tuple[ASGIApp, SmallSource]:
    """A portal's application and its source."""
    source = SmallSource(log or SmallLog(story()))
    return build_face(source, settings, clock or Hand(), commission=commission), source


def commission_in(folder: Path) -> tuple[MeshedCommission, Letters]:
    """The commission's letters in a folder, and the portal's way to them."""
    key = SealingKey.generate()
    letters = Letters(Database.open(folder / "oversight.db", MIGRATIONS), key)
    return MeshedCommission(Near(letters), key.public), letters  # type: ignore[arg-type]


def token_in(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found[1]


async def ask_card(browser: Browser, device_key: bytes = b"") -> dict[str, str]:
    """Press the log-in button; the query that the card's origin gets."""
    page = await browser.get("/")
    answer = await browser.post("/login", {"form_token": token_in(page.text), "device_key": b64url(device_key)})
    assert answer.status == 303, answer.text
    assert answer.header("location").startswith(f"{CARD}/authorize?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.header("location")).query).items()}


async def log_in(browser: Browser, device_key: bytes = b"") -> None:
    """Go through the whole log-in."""
    query = await ask_card(browser, device_key)
    answer = await browser.get(f"/callback?code=one&state={query['state']}&iss={CARD}")
    assert (answer.status, answer.header("location")) == (303, "/records")


def device() -> SealingKey:
    """A device's own key."""
    return SealingKey.generate(Suite.BROWSER)
