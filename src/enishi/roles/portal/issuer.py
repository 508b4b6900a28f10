"""The portal's wire to its issuer: plain HTTP calls, and addresses of this machine by loopback."""

from collections.abc import AsyncIterable
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from enishi.errors import Unavailable
from enishi.oidc.relying import Call
from enishi.store import crash

TIMEOUT_S: Final = 15
LIMIT: Final = 256 * 1024
"""The most bytes that an answer of an issuer may have."""


async def fetch(call: Call) -> tuple[int, bytes]:
    """Status and body of one call; Unavailable("peer-unreachable")."""
    # Loading aiohttp costs more than the rest of the portal's start, and nobody logs in before it is over.
    import aiohttp

    headers = {"accept": "application/json"} | ({"authorization": f"Bearer {call.bearer}"} if call.bearer else {})
    method = "GET" if call.form is None else "POST"
    try:
        async with aiohttp.ClientSession(trust_env=False, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
            crash.point("portal.issuer.before_call")
            async with session.request(method, _by_loopback(call.url), data=call.form, headers=headers, allow_redirects=False) as answer:
                return answer.status, await _whole(answer.content)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unavailable("peer-unreachable", "issuer") from error


async def _whole(content: AsyncIterable[bytes]) -> bytes:
    body = bytearray()
    async for part in content:
        body += part
        if len(body) > LIMIT:
            raise Unavailable("peer-unreachable", "issuer")
    return bytes(body)


def _by_loopback(url: str) -> str:
    # Our own clients map *.localhost to loopback themselves; the resolver may not.
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return url
    return urlunsplit(parts._replace(netloc=f"127.0.0.1:{parts.port}" if parts.port else "127.0.0.1"))
