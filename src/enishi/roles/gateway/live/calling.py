"""One call to an institution's own system: GET to the declared address, by client certificate or bearer token, no redirect, proxy or cookie."""

import ssl
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiohttp
from yarl import URL

from enishi.errors import Misconfigured, Unavailable
from enishi.roles.gateway.live.heard import Wish
from enishi.roles.gateway.load.adapter import Adapter
from enishi.roles.gateway.load.origins import Live
from enishi.roles.gateway.load.secretfile import read_secret

LONGEST: Final = 256 * 1024


async def call_source(adapter: Adapter, folder: Path, wish: Wish) -> bytes:
    """The body of an answer with status 200; Unavailable("source-unreachable") for any other, Misconfigured where a secret cannot be read."""
    source = adapter.source
    assert isinstance(source, Live)
    url = source.url.replace("{person}", quote(wish.addressee_number, safe="")).replace("{period}", quote(wish.period, safe=""))
    try:
        # Encoded already: a number with a slash in it must not become a step of the path.
        async with _session(source, folder) as session, session.get(URL(url, encoded=True), allow_redirects=False) as answer:
            body = await answer.content.read(LONGEST + 1) if answer.status == 200 else b""
            # A body ends where its length or its last chunk says so; aiohttp raises where it was cut off before.
            while body and len(body) <= LONGEST and not answer.content.at_eof():
                body += await answer.content.read(LONGEST + 1 - len(body))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise Unavailable("source-unreachable", type(error).__name__, "source") from None
    if not body or len(body) > LONGEST:
        raise Unavailable("source-unreachable", f"status {answer.status}", "source")
    return body


def _session(source: Live, folder: Path) -> aiohttp.ClientSession:
    headers = {"Accept": "application/json"}
    if source.bearer_file is not None:
        headers["Authorization"] = f"Bearer {read_secret(folder / source.bearer_file)}"
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=_trust(source, folder), force_close=True),
        timeout=aiohttp.ClientTimeout(total=source.timeout_s),
        headers=headers,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def _trust(source: Live, folder: Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=folder / source.ca_file if source.ca_file else None)
        if source.cert_file is not None:
            context.load_cert_chain(folder / source.cert_file, folder / str(source.key_file))
    except OSError as error:
        raise Misconfigured("source-secret-unreadable", type(error).__name__, "source") from None
    return context
