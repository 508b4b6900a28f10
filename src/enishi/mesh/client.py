"""The calling side: kept-alive connections over mutual TLS 1.3 to peers whose certificate carries the expected role.

`*.localhost` is loopback by RFC 6761 and is mapped here, because Python's resolver does not; proxy variables of the environment are never read.
"""

import asyncio
import contextlib
import ssl
from collections import defaultdict
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from enishi import clock
from enishi.errors import Malformed, Unavailable
from enishi.mesh.connection import Answer, Connection
from enishi.mesh.faults import UNREADABLE, fault_of_problem
from enishi.mesh.rpc import MIB, MSGPACK
from enishi.mesh.tls import Credentials

Reply = TypeVar("Reply")

TIMEOUT_S: Final = 15.0
IDLE_S: Final = 60.0
"""Half of what the server keeps, so that a call is never written into a connection that is just being closed."""
CONNECTIONS: Final = 32
"""Most connections to one peer; further calls wait for one."""


class _Origin(NamedTuple):
    host: str
    port: int
    role: str


class MeshClient:
    """Calls other roles as the role of its credentials; make one for each process and close it at the end."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self._origins: dict[tuple[str, str], _Origin] = {}
        self._idle: defaultdict[_Origin, list[Connection]] = defaultdict(list)
        self._room: defaultdict[_Origin, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(CONNECTIONS))
        self._encode = msgspec.msgpack.Encoder().encode
        self._decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}
        self._closed = False

    async def call(
        self, url: str, role: str, path: str, request: Any, reply: type[Reply], timeout_s: float = TIMEOUT_S, limit_bytes: int = 16 * MIB
    ) -> Reply:
        """POST the request to the peer at `url` (https://host:port), which must be of the role, and return its reply.

        The peer's fault is raised as if it had been raised here.  Unavailable("peer-unreachable"), ("peer-timeout"), ("peer-not-trusted"),
        ("peer-answer-unreadable") or ("peer-answer-too-large") when there is no answer; then the call may or may not have taken effect.
        """
        origin = self._origin(url, role)
        answer = await self._exchange(origin, _post(origin, path, self._encode(request)), timeout_s, limit_bytes)
        if answer.status != 200:
            raise fault_of_problem(answer.status, answer.body)
        return self._decode(answer, reply)

    async def get(self, url: str, role: str, path: str, timeout_s: float = TIMEOUT_S) -> bytes:
        """GET `/healthz` or `/metrics` of a peer; faults as in `call`."""
        origin = self._origin(url, role)
        answer = await self._exchange(origin, _head(origin, "GET", path) + b"\r\n", timeout_s, 16 * MIB)
        if answer.status != 200:
            raise fault_of_problem(answer.status, answer.body)
        return answer.body

    async def close(self) -> None:
        """Close idle connections; later calls fail with Unavailable("peer-unreachable")."""
        self._closed = True
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    def _origin(self, url: str, role: str) -> _Origin:
        origin = self._origins.get((url, role))
        if origin is None:
            origin = self._origins[url, role] = _parse(url, role)
        return origin

    def _decode(self, answer: Answer, reply: type[Reply]) -> Reply:
        decoder = self._decoders.get(reply)
        if decoder is None:
            decoder = self._decoders[reply] = msgspec.msgpack.Decoder(reply)
        if answer.media_type != MSGPACK:
            raise Unavailable(UNREADABLE)
        try:
            decoded: Reply = decoder.decode(answer.body)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            raise Unavailable(UNREADABLE) from error
        return decoded

    async def _exchange(self, origin: _Origin, request: bytes, timeout_s: float, limit_bytes: int) -> Answer:
        try:
            async with asyncio.timeout(timeout_s), self._room[origin]:
                connection = await self._connection(origin)
                answer = await connection.ask(request, limit_bytes)
        except TimeoutError as error:
            raise Unavailable("peer-timeout", origin.role) from error
        self._keep(origin, connection)
        return answer

    def _keep(self, origin: _Origin, connection: Connection) -> None:
        if self._closed:
            connection.abort()
        elif connection.usable:
            connection.idle_since = clock.monotonic()
            self._idle[origin].append(connection)

    async def _connection(self, origin: _Origin) -> Connection:
        idle = self._idle[origin]
        while idle and not self._closed:
            connection = idle.pop()
            if self._fit(connection):
                return connection
            connection.abort()
        return await self._connect(origin)

    def _fit(self, connection: Connection) -> bool:
        fresh = clock.monotonic() - connection.idle_since < IDLE_S
        return fresh and connection.usable and connection.peer is not None and self.credentials.stands(connection.peer)

    async def _connect(self, origin: _Origin) -> Connection:
        if self._closed:
            raise Unavailable("peer-unreachable", origin.role)
        loop = asyncio.get_running_loop()
        try:
            transport, connection = await loop.create_connection(
                Connection, _address(origin.host), origin.port, ssl=self.credentials.client_context, server_hostname=origin.host
            )
        except ssl.CertificateError as error:
            raise Unavailable("peer-not-trusted", origin.role) from error
        except OSError as error:
            raise Unavailable("peer-unreachable", origin.role) from error
        session: ssl.SSLObject = transport.get_extra_info("ssl_object")
        connection.peer = self.credentials.peer(session.getpeercert(binary_form=True))
        # Before the first byte of the call leaves: a certificate of our authority, but of another role, is not enough.
        if connection.peer is None or connection.peer.role != origin.role:
            connection.abort()
            raise Unavailable("peer-not-trusted", origin.role)
        return connection


def _parse(url: str, role: str) -> _Origin:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname and parts.path in ("", "/"):
            return _Origin(parts.hostname, parts.port or 443, role)
    raise Malformed("url-not-usable", url, "url")


def _address(host: str) -> str:
    return "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host


def _head(origin: _Origin, method: str, path: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\nhost: {origin.host}:{origin.port}\r\n".encode("ascii")


def _post(origin: _Origin, path: str, body: bytes) -> bytes:
    return b"%scontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (_head(origin, "POST", path), MSGPACK, len(body), body)
