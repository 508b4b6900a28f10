"""One kept-alive HTTP/1.1 connection to another role (RFC 9112), one call at a time."""

import asyncio
from typing import Final, NamedTuple, cast

import httptools

from enishi.errors import Unavailable
from enishi.mesh.pki import Peer

HEAD_LIMIT: Final = 65_536


class Answer(NamedTuple):
    """A complete response."""

    status: int
    media_type: bytes
    body: bytes


class Connection(asyncio.Protocol):
    """Writes a request, gathers its response; anything out of order closes it."""

    def __init__(self) -> None:
        self.peer: Peer | None = None
        self.idle_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._begin(0)

    @property
    def usable(self) -> bool:
        """Whether another call may be sent."""
        return self._transport is not None and not self._transport.is_closing() and self._waiting is None

    async def ask(self, request: bytes, limit_bytes: int) -> Answer:
        """Send the bytes of one request and wait for its response.

        Unavailable("peer-unreachable"), ("peer-answer-too-large") or ("peer-answer-unreadable"); the connection is then closed.
        """
        if self._transport is None or not self.usable:
            raise Unavailable("peer-unreachable")
        self._begin(limit_bytes)
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._waiting
        except BaseException:
            self.abort()  # the response to a call that was given up must not become the response to the next
            raise
        finally:
            self._waiting = None

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _begin(self, limit_bytes: int) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._media_type = b""
        self._chunks: list[bytes] = []
        self._room = limit_bytes
        self._head_room = HEAD_LIMIT

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TLS is done."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by shape, not by class

    def data_received(self, data: bytes) -> None:
        """Bytes of a response arrived; bytes that nobody waits for end the connection."""
        if self._waiting is None or self._waiting.done():
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except Unavailable as fault:
            self._fail(fault)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            held = error.__context__
            self._fail(held if isinstance(held, Unavailable) else Unavailable("peer-answer-unreadable"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side closed, or the network did."""
        self._transport = None
        self._fail(Unavailable("peer-unreachable"))

    def _fail(self, fault: Unavailable) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(fault)

    # httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the response."""
        self._head_room -= len(name) + len(value)
        if self._head_room < 0:
            raise Unavailable("peer-answer-too-large")
        if name.lower() == b"content-type":
            self._media_type = value

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._room -= len(body)
        if self._room < 0:
            raise Unavailable("peer-answer-too-large")
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        """The response is whole."""
        status = self._parser.get_status_code()
        if self._waiting is None or status < 200:
            return
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._waiting.set_result(Answer(status, self._media_type, body))
        if not self._parser.should_keep_alive() and self._transport is not None:
            self._transport.close()
