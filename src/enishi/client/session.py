"""HTTP sessions of our own clients: `*.localhost` is loopback, and nothing of the environment's proxies is used."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

_TIMEOUT_S: Final = 30


@asynccontextmanager
async def loopback_session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session that takes problem documents, keeps cookies, and is closed at the end."""
    connector = aiohttp.TCPConnector(resolver=_Loopback())
    headers = {"accept": "application/problem+json"}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout, trust_env=False) as session:
        yield session


class _Loopback(AbstractResolver):
    """`*.localhost` is loopback (RFC 6761); every other name goes to the system."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """Addresses of a host."""
        if host == "localhost" or host.endswith(".localhost"):
            return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=2, proto=0, flags=0)]
        return await aiohttp.ThreadedResolver().resolve(host, port)

    async def close(self) -> None:
        """Nothing to close."""
