"""A receiver of calls back on loopback, and the check that Standard Webhooks asks of it."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from gateway.world_gateway import A

SECRET = "whsec_" + base64.b64encode(b"a secret that only this test has").decode()


class Receiver:
    """Answers with the next of `statuses`, then 204; keeps what it heard."""

    def __init__(self) -> None:
        self.port = 0
        self.statuses: list[int] = []
        self.heard: list[tuple[dict[str, str], Any]] = []
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://receiver.localhost:{self.port}/told"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.requests.append(head[0])
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in head[1:] if one)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.check(headers, body)
        self.heard.append((headers, msgspec.json.decode(body)))
        status = self.statuses.pop(0) if self.statuses else 204
        writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nlocation: {self.url}/elsewhere\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def check(self, headers: dict[str, str], body: bytes) -> None:
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()

    async def told(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.heard) < count:
                await asyncio.sleep(0.01)


def allow(folder: Path, *allowed: str, private: bool = False) -> None:
    """Write the file of institution A."""
    content = msgspec.json.encode({"secret": SECRET, "allowed": allowed, "private": private})
    (folder / "tenants" / A / "callbacks.json").write_bytes(content)


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[Receiver]:
    """A receiver that institution A allows."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    allow(folder, receiver.url)
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
