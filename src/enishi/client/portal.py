"""A citizen's way through the portal's own pages by program: log in with card and PIN, then fetch what the browser's checks are made of."""

import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from html import unescape
from typing import Final, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import msgspec

from enishi.client.session import loopback_session
from enishi.errors import Tampered, Unavailable
from enishi.mesh.faults import UNREADABLE, fault_of_problem
from enishi.seal.hpke import SealingKey, Suite

_TOKEN: Final = re.compile(r'name="form_token" value="([^"]{1,200})"')


class Record(msgspec.Struct, frozen=True):
    """One record as the portal hands it to the device."""

    index: int
    leaf: bytes
    salt: bytes
    body: bytes
    inclusion: tuple[bytes, ...]


class MapLeaf(msgspec.Struct, frozen=True):
    """The leaf that commits to the root of the map of labels."""

    index: int
    leaf: bytes
    root: bytes
    inclusion: tuple[bytes, ...]


class Proof(msgspec.Struct, frozen=True):
    """`/records/proof`: everything that the four checks compare."""

    checkpoint: str
    records: tuple[Record, ...]
    map: MapLeaf
    request: bytes
    sealed_labels: bytes
    log_key: str
    witness_keys: tuple[str, ...]
    threshold: int
    max_age_ms: int


class Opened(msgspec.Struct, frozen=True):
    """What the device has after a log-in: the proof document, and its own key that opens the labels."""

    proof: Proof
    device_key: SealingKey


async def read_records(portal_url: str, card: str, pin: str) -> Opened:
    """Log in as a browser would and fetch the records; Denied("pin-wrong") and what the pages say otherwise, as faults."""
    device = SealingKey.generate(Suite.BROWSER)
    async with logged_in(portal_url, card, pin, device) as fetch:
        return Opened(read_proof(await fetch("/records/proof")), device)


@asynccontextmanager
async def logged_in(portal_url: str, card: str, pin: str, device: SealingKey) -> AsyncIterator[Callable[[str], Awaitable[bytes]]]:
    """A visit of the portal, for as long as it lasts; call it for the body of a page by its path.  Raises what `read_records` raises."""
    portal = portal_url.rstrip("/")
    try:
        async with loopback_session() as session:
            await log_in(session, portal, card, pin, device)

            async def fetch(path: str) -> bytes:
                async with session.get(portal + path) as answer:
                    content = await answer.read()
                if answer.status != 200:
                    raise fault_of_problem(answer.status, content)
                return content

            yield fetch
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # ValueError: an address or a page that cannot be read.
        raise Unavailable("portal-unreachable", portal_url) from error


def read_proof(content: bytes) -> Proof:
    """Read the document of `/records/proof` without believing it; Unavailable("peer-answer-unreadable") where it is none."""
    try:
        return msgspec.json.decode(content, type=Proof)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unavailable(UNREADABLE, "portal") from error


async def ask_own(portal_url: str, card: str, pin: str, holder: str, chosen: dict[str, str]) -> bytes:
    """Log in, ask an institution for one's own data with a second signature of the card, and fetch the answer's JSON file.

    `chosen` are the fields of the form, such as `{"item-koseki": "1"}`. Unknown("page-unknown") where there is nothing to save; faults as above.
    """
    portal = portal_url.rstrip("/")
    try:
        async with loopback_session() as session:
            await log_in(session, portal, card, pin, SealingKey.generate(Suite.BROWSER))
            page = f"{portal}/mydata/from/{quote(holder, safe='')}"
            answered = await press(session, Form(page, f"{page}/ask", chosen), card, pin)
            async with session.get(f"{answered}/export.json") as answer:
                content = await answer.read()
                if answer.status != 200:
                    raise fault_of_problem(answer.status, content)
                return content
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unavailable("portal-unreachable", portal_url) from error


async def log_in(session: aiohttp.ClientSession, portal: str, card: str, pin: str, device: SealingKey) -> None:
    """Open a session at the portal's origin; faults as the pages say them."""
    await press(session, login_form(portal, device), card, pin)


def login_form(portal: str, device: SealingKey) -> "Form":
    """The form that leads to a log-in."""
    key = urlsafe_b64encode(device.public).decode().rstrip("=")
    return Form(f"{portal}/", f"{portal}/login", {"device_key": key})


class Form(NamedTuple):
    """A form of the portal: the page it stands on, where it is posted, and its fields."""

    page: str
    action: str
    fields: dict[str, str]


async def press(session: aiohttp.ClientSession, form: Form, card: str, secret: str) -> str:
    """Post the form, let the card sign with its PIN or password, and come back; where the portal leads then."""
    return await back(session, form, await unlock(session, await post(session, form), card, secret))


async def unlock(session: aiohttp.ClientSession, authorize: str, card: str, secret: str) -> str:
    """At the card's origin: the page for this request, and the PIN or password; the address, with a code, that leads back to the portal."""
    waiting = await _redirected(await session.get(authorize, allow_redirects=False), authorize)
    page = f"{waiting.partition('?')[0]}/cards/{quote(card, safe='')}"
    return await _post(session, page, await _token(session, page), {"pin": secret})


async def back(session: aiohttp.ClientSession, form: Form, code: str) -> str:
    """Bring the code to the portal; where it leads then. Tampered("card-answer-mixed-up") where that address is another origin's."""
    if urlsplit(code)[:2] != urlsplit(form.action)[:2]:
        raise Tampered("card-answer-mixed-up", "", "redirect_uri")
    return await _redirected(await session.get(code, allow_redirects=False), code)


async def post(session: aiohttp.ClientSession, form: Form) -> str:
    """Post the form; where the portal leads then, which may be the card."""
    return await _post(session, form.action, await _token(session, form.page), form.fields)


async def _token(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url, headers={"accept": "text/html"}) as answer:
        found = _TOKEN.search(await answer.text())
    return unescape(found[1]) if found else ""


async def _post(session: aiohttp.ClientSession, url: str, token: str, fields: dict[str, str]) -> str:
    return await _redirected(await session.post(url, data={"form_token": token, **fields}, allow_redirects=False), url)


async def _redirected(answer: aiohttp.ClientResponse, url: str) -> str:
    if answer.status not in (302, 303):
        raise fault_of_problem(answer.status, await answer.read())
    return urljoin(url, answer.headers.get("location", ""))
