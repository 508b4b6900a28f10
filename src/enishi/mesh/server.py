"""Listening sockets: the mesh door (mutual TLS 1.3, every caller known by certificate) and plain HTTP faces for loopback.

A caller without a certificate, with one of another authority, out of date or revoked gets no answer at all, only a closed connection.
"""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from enishi.errors import Misconfigured
from enishi.mesh.asgi import App
from enishi.mesh.pki import Peer
from enishi.mesh.tls import Credentials

KEEP_ALIVE_S: Final = 120
"""An idle connection is kept this long; clients of ours let go earlier, so that they never write into a closing one."""
HEAD_LIMIT: Final = 65_536
"""Most bytes of request line and headers."""
GRACE_S: Final = 5.0
"""How long calls in flight may take to end when the role stops."""


class FaceProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a bound on what a caller can make us hold before the application sees the request."""

    _head: int = 0

    def on_message_begin(self) -> None:
        """A new request begins."""
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the request line arrived."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header arrived."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_LIMIT:
            # httptools turns what is raised in a callback into a parser error, which uvicorn answers with 400 and a closed connection.
            raise ValueError("request head too large")


class MeshProtocol(FaceProtocol):
    """The same over mutual TLS: the certificate is read once, and must still stand whenever bytes arrive."""

    credentials: Credentials
    peer: Peer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """TLS is done and the chain verified; find out who it is."""
        super().connection_made(transport)
        session: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        self.peer = self.credentials.peer(session.getpeercert(binary_form=True)) if session is not None else None
        if self.peer is None:
            transport.abort()
        self.app_state = {"peer": self.peer}

    def data_received(self, data: bytes) -> None:
        """Bytes of a request arrived."""
        if self.peer is None or not self.credentials.stands(self.peer):
            self.transport.abort()
            return
        super().data_received(data)


class Listener:
    """One listening socket and the application behind it, in the event loop of its role."""

    def __init__(self, app: App, host: str, port: int, credentials: Credentials | None = None) -> None:
        self._host, self._port = host, port
        self._tls = credentials.server_context if credentials is not None else None
        self._state = ServerState()
        kind = _protocol(credentials)
        config = Config(
            app,
            http=kind,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        config.load()
        self._make: Callable[[], FaceProtocol] = partial(kind, config, self._state, {})
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that is open; the kernel's choice when 0 was asked for."""
        return self._port

    async def open(self) -> None:
        """Begin to listen; Misconfigured("port-in-use") or ("address-not-usable")."""
        bound = bind(self._host, self._port)
        self._port = bound.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._make, sock=bound, ssl=self._tls, backlog=1024)

    async def close(self, grace_s: float = GRACE_S) -> None:
        """Take no new connection, let calls in flight end within the grace, then cut what is left."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._quiet()
        for connection in list(self._state.connections):
            # In Debian's Python 3.11.2 a TLS transport that was closed twice has forgotten its protocol, and cannot be cut any more.
            with contextlib.suppress(AttributeError):
                connection.transport.abort()
        for task in list(self._state.tasks):
            task.cancel()
        self._server = None

    async def _quiet(self) -> None:
        while self._state.tasks:
            await asyncio.wait(list(self._state.tasks))


def bind(host: str, port: int) -> socket.socket:
    """A bound TCP socket; Misconfigured("port-in-use") or ("address-not-usable")."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setblocking(False)
    try:
        bound.bind((host, port))
        # Two sockets can be bound to one port while neither listens; only this call finds the other one.
        bound.listen(1024)
    except (OSError, OverflowError) as error:
        bound.close()
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise Misconfigured("port-in-use" if in_use else "address-not-usable", f"{host}:{port}", "port") from error
    return bound


def _protocol(credentials: Credentials | None) -> type[FaceProtocol]:
    if credentials is None:
        return FaceProtocol
    return type("MeshProtocol", (MeshProtocol,), {"credentials": credentials})
