"""A load generator over plain HTTP/1.1 with kept-alive connections: closed loop (as fast as answers come) and open loop (at set times)."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Unavailable

OPEN_CONNECTIONS: Final = 64
Ask = Callable[[], Awaitable[None]]


class Latencies(msgspec.Struct, frozen=True):
    """Answers per second and the times from schedule to answer, in milliseconds."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    answered: int
    failed: int
    generator_cpu: float
    """CPU seconds of the generator per second of the run."""


class HttpCaller:
    """One kept-alive connection to a face on loopback."""

    def __init__(self, port: int, head: bytes, check: Callable[[bytes], bool]) -> None:
        """`head` is the request line and headers without content-length; `check` looks at a body."""
        self._port = port
        self._head = head
        self._check = check
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, body: bytes) -> None:
        """Send one request; Unavailable("peer-answer-unreadable") unless the answer is 200 and passes the check."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(self._head + b"content-length: %d\r\n\r\n" % len(body) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200") or not self._check(answer):
            raise Unavailable("peer-answer-unreadable", head[:20].decode(errors="replace"))

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()


async def closed_loop(callers: list[Ask], seconds: float) -> Latencies:
    """Every caller asks again as soon as it is answered."""
    times: list[float] = []
    failed = 0
    begun, cpu = clock.monotonic(), clock.process_seconds()

    async def one(ask: Ask) -> None:
        nonlocal failed
        while (at := clock.monotonic()) - begun < seconds:
            try:
                await ask()
                times.append(clock.monotonic() - at)
            except Unavailable:
                failed += 1

    await asyncio.gather(*(one(ask) for ask in callers))
    return latencies(times, failed, clock.monotonic() - begun, clock.process_seconds() - cpu)


async def open_loop(pool: list[Ask], per_second: float, seconds: float) -> Latencies:
    """Requests at random times of the given mean rate, each timed from its schedule, however late it could be sent."""
    free: asyncio.Queue[Ask] = asyncio.Queue()
    for ask in pool:
        free.put_nowait(ask)
    times: list[float] = []
    failed = 0
    begun, cpu = clock.monotonic(), clock.process_seconds()

    async def one(due: float) -> None:
        nonlocal failed
        ask = await free.get()
        try:
            await ask()
            times.append(clock.monotonic() - begun - due)
        except Unavailable:
            failed += 1
        finally:
            free.put_nowait(ask)

    tasks = []
    for due in _schedule(per_second, seconds):
        await asyncio.sleep(max(0.0, begun + due - clock.monotonic()))
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    return latencies(times, failed, clock.monotonic() - begun, clock.process_seconds() - cpu)


def _schedule(per_second: float, seconds: float) -> Iterator[float]:
    source, at = random.Random(1), 0.0
    while (at := at + source.expovariate(per_second)) < seconds:
        yield at


def latencies(times: list[float], failed: int, seconds: float, cpu: float) -> Latencies:
    """What so many seconds of a run, and each answer's seconds, come to."""
    ordered = sorted(times) or [0.0]

    def at(share: float) -> float:
        return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return Latencies(round(len(times) / seconds, 1), at(0.5), at(0.95), at(0.99), len(times), failed, round(cpu / seconds, 2))
