"""What lies between the roles of a network in one process: the real doors with their own checks of caller and form, without sockets.

Everything that passes is kept by sender and receiver, and an adversary may sit on any path.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from enishi.errors import Unavailable
from enishi.mesh.faults import fault_of_problem
from enishi.mesh.pki import Peer
from enishi.mesh.rpc import MSGPACK, MeshApp

Forward = Callable[[Any], Awaitable[Any]]
Sitter = Callable[[Any, Forward], Awaitable[Any]]


class Passed(NamedTuple):
    """One call: who called whom at which path, and the bytes both ways."""

    sender: str
    receiver: str
    path: str
    request: bytes
    reply: bytes


class Wire:
    """Doors by address, the record of what passed, and who sits on which path."""

    def __init__(self) -> None:
        self.doors: dict[str, tuple[str, MeshApp]] = {}
        self.passed: list[Passed] = []
        self.sitters: dict[str, Sitter] = {}

    def client(self, peer: Peer) -> "Client":
        return Client(self, peer)

    async def post(self, peer: Peer, url: str, path: str, body: bytes) -> bytes:
        """One call through the receiver's real application; its fault is raised as the mesh client would."""
        if url not in self.doors:
            raise Unavailable("peer-unreachable", url)
        receiver, app = self.doors[url]
        status, answer = await _through(app, peer, path, body)
        self.passed.append(Passed(peer.name, receiver, path, body, answer if status == 200 else b""))
        if status != 200:
            raise fault_of_problem(status, answer)
        return answer


class Client:
    """Stands where a role's mesh client stands."""

    def __init__(self, wire: Wire, peer: Peer) -> None:
        self._wire = wire
        self._peer = peer

    async def call(self, url: str, role: str, path: str, request: Any, reply: Any, timeout_s: float = 15.0, limit_bytes: int = 0) -> Any:
        async def forward(asked: Any) -> Any:
            answer = await self._wire.post(self._peer, url, path, msgspec.msgpack.encode(asked))
            return msgspec.msgpack.decode(answer, type=reply)

        sitter = self._wire.sitters.get(path)
        return await (sitter(request, forward) if sitter is not None else forward(request))

    async def close(self) -> None:
        """Nothing is open."""


async def _through(app: MeshApp, peer: Peer, path: str, body: bytes) -> tuple[int, bytes]:
    sent: list[Any] = []
    headers = [(b"content-type", MSGPACK), (b"content-length", b"%d" % len(body))]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "state": {"peer": peer}}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]  # the scope of a server, cut to what the door reads
    return sent[0]["status"], sent[1]["body"]
