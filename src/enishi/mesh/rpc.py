"""Calls between roles: one POST path for each verb, msgpack both ways, faults as problem documents (RFC 9457).

The order of checks is the order of the code: (1) path, (2) method and media type, (3) the caller's role, (4) size, (5) form; the handler comes last.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from enishi import clock
from enishi.errors import Denied, Fault, Malformed, Oversized, Unavailable, Unknown
from enishi.mesh import logs
from enishi.mesh.asgi import Receive, Scope, Send
from enishi.mesh.faults import INTERNAL
from enishi.mesh.metrics import CONTENT_TYPE, Meter, metered
from enishi.mesh.pki import Peer
from enishi.sentences.problems import problem

Req = TypeVar("Req")
Rep = TypeVar("Rep")

MSGPACK: Final = b"application/vnd.enishi+msgpack"
PROBLEM: Final = b"application/problem+json"
MIB: Final = 1_048_576


@dataclass(frozen=True)
class Endpoint(Generic[Req, Rep]):
    """One verb of a role: its path, the forms of request and reply, the roles that may call it, and the most bytes it takes."""

    path: str
    request: type[Req]
    reply: type[Rep]
    handler: Callable[[Req, Peer], Awaitable[Rep]]
    callers: frozenset[str]
    limit_bytes: int = MIB


class _Door:
    """An endpoint with what is worth making once."""

    def __init__(self, endpoint: Endpoint[Any, Any]) -> None:
        self.endpoint = endpoint
        self.decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(endpoint.request)


_Answer = tuple[int, bytes, bytes, str]
"""Status, media type, body, outcome for the counters."""


class MeshApp:
    """The ASGI application behind the mesh door; `meter` holds its counters."""

    def __init__(self, endpoints: Iterable[Endpoint[Any, Any]], meter: Meter | None = None) -> None:
        """Serve the endpoints, and `GET /healthz` and `GET /metrics` to every authenticated role; ValueError when two share a path.

        `meter` is the role's own, where it counts something beside its calls.
        """
        self.meter = meter if meter is not None else Meter()
        self._doors: dict[str, _Door] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        for endpoint in endpoints:
            if endpoint.path in self._doors:
                raise ValueError(f"two endpoints at {endpoint.path}")
            self._doors[endpoint.path] = _Door(endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        door = self._doors.get(scope["path"])
        if door is None:
            answer = self._around(scope)
            self.meter.add("enishi_calls_total", "other", answer[3])
        else:
            answer = await self._measured(door, scope, receive)
        await _send(send, answer)

    async def _measured(self, door: _Door, scope: Scope, receive: Receive) -> _Answer:
        path, spent, begun = door.endpoint.path, [0.0], clock.monotonic()
        outcome = "cancelled"
        try:
            answer = await metered(self._answer(door, scope, receive), spent)
            outcome = answer[3]
            return answer
        finally:
            self.meter.add("enishi_calls_total", path, outcome)
            self.meter.add("enishi_call_processor_seconds_total", path, "", spent[0])
            self.meter.add("enishi_call_seconds_total", path, "", clock.monotonic() - begun)

    async def _answer(self, door: _Door, scope: Scope, receive: Receive) -> _Answer:
        peer: Peer = scope["state"]["peer"]
        try:
            _check_head(door.endpoint, scope, peer)
            request = _decode(door.decoder, await _body(receive, door.endpoint.limit_bytes))
            reply = await door.endpoint.handler(request, peer)
            return 200, MSGPACK, self._encode(reply), "ok"
        except Fault as fault:
            return _problem(fault)
        except Exception as error:
            return _problem(_internal(error, door.endpoint.path, peer))

    def _around(self, scope: Scope) -> _Answer:
        path = scope["path"]
        if scope["method"] == "GET" and path == "/healthz":
            return 200, b"text/plain; charset=utf-8", b"ok\n", "ok"
        if scope["method"] == "GET" and path == "/metrics":
            return 200, CONTENT_TYPE, self.meter.exposition(), "ok"
        return _problem(Unknown("no-such-path"))


def _check_head(endpoint: Endpoint[Any, Any], scope: Scope, peer: Peer) -> None:
    if scope["method"] != "POST":
        raise Malformed("method-not-post")
    headers = dict(scope["headers"])
    if headers.get(b"content-type") != MSGPACK:
        raise Malformed("media-type-not-msgpack", "", "content-type")
    if peer.role not in endpoint.callers:
        raise Denied("caller-not-allowed", peer.role)
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length[:20]) > endpoint.limit_bytes:
        raise Oversized("message-too-large", f"{endpoint.limit_bytes}")


async def _body(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unavailable("caller-gone")
        chunk = message["body"]
        size += len(chunk)
        if size > limit:
            raise Oversized("message-too-large", f"{limit}")
        chunks.append(chunk)
        more = message["more_body"]
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _decode(decoder: msgspec.msgpack.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Malformed("message-not-in-form", "", field_of(error)) from error
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise Malformed("message-unreadable") from error


def field_of(error: msgspec.ValidationError) -> str:
    """The place in a message that a validation error speaks of; its text is left out because it may quote the value."""
    _, found, place = str(error).rpartition(" - at `$")
    return place.rstrip("`").lstrip(".")[:120] if found else ""


def _internal(error: Exception, path: str, peer: Peer) -> Fault:
    reference = secrets.token_hex(4)
    logs.fail(INTERNAL, reference=reference, path=path, peer=peer.role, kind=type(error).__name__, where=logs.where(error.__traceback__))
    return Fault(INTERNAL, reference)


def _problem(fault: Fault) -> _Answer:
    return fault.status, PROBLEM, msgspec.json.encode(problem(fault)), fault.code


async def _send(send: Send, answer: _Answer) -> None:
    status, kind, body, _ = answer
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
