"""One call back over HTTP: signed, to an address that is looked at when the connection is made, with no redirect, proxy or cookie."""

import socket
import ssl
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from enishi import clock
from enishi.errors import Fault
from enishi.mesh import logs
from enishi.roles.gateway.bulk.callbacks import Callbacks
from enishi.store import crash

TIMEOUT_S: Final = 10


async def post(allowed: Callbacks, url: str, call: bytes, body: bytes) -> int:
    """The status of the answer; 0 without one, and where the address may not be called."""
    name, at_s = f"msg_{call.hex()}", clock.now_ms() // 1000
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(at_s),
        "webhook-signature": allowed.signature(name, at_s, body),
    }
    try:
        allowed.check(url)
        async with _session(allowed) as session:
            crash.point("gateway.callback.before_send")
            answer = await session.post(url, data=body, headers=headers, allow_redirects=False)
            return answer.status
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, Fault) as error:
        logs.info("callback-unheard", kind=type(error).__name__)
        return 0


def _session(allowed: Callbacks) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(resolver=_Guarded(allowed), ssl=ssl.create_default_context(), force_close=True)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    return aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


class _Guarded(AbstractResolver):
    """Gives only addresses that may be called: looked at when the connection is made, so that a name cannot change its mind in between."""

    def __init__(self, allowed: Callbacks) -> None:
        self._allowed = allowed

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """The addresses of a host that may be reached; OSError where there is none."""
        if host == "localhost" or host.endswith(".localhost"):
            return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]
        found = [one for one in await aiohttp.ThreadedResolver().resolve(host, port, family) if self._allowed.may_reach(host, one["host"])]
        if not found:
            raise OSError("no address of that host may be called")
        return found

    async def close(self) -> None:
        """Nothing to close."""
