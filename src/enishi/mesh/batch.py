"""Natural batching: while one call is under way the next one fills.

Under load HTTP, signatures and fsyncs are shared by many; without load nothing waits.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from enishi.errors import Busy, Fault, Unavailable
from enishi.mesh import logs

T = TypeVar("T")
R = TypeVar("R")

QUEUE_LIMIT: Final = 10_000


class Batcher(Generic[T, R]):
    """Turns calls for one item each, from many callers, into calls for up to `limit` items, at most `parallel` of them at once."""

    def __init__(
        self, call: Callable[[list[T]], Awaitable[Sequence[R | Fault]]], limit: int, parallel: int = 1, queue_limit: int = QUEUE_LIMIT
    ) -> None:
        """`call` answers for every item, in order, with a result or the fault of that item alone."""
        self._call, self._limit, self._parallel, self._queue_limit = call, limit, parallel, queue_limit
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._flights: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self._closed = False

    async def submit(self, item: T) -> R:
        """Wait for the item's own result or fault; Busy("queue-full"), or what the whole call failed with."""
        if self._closed:
            raise Unavailable("shutting-down")
        if len(self._waiting) >= self._queue_limit:
            raise Busy("queue-full")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if not self._scheduled:
            # Not at once: callers that become ready in the same turn of the loop share the first call.
            self._scheduled = True
            loop.call_soon(self._launch)
        return await future

    async def close(self) -> None:
        """Refuse what waits and later items with Unavailable("shutting-down"); wait for the calls under way."""
        self._closed = True
        while self._waiting:
            _, future = self._waiting.popleft()
            _refuse(future, Unavailable("shutting-down"))
        if self._flights:
            await asyncio.wait(self._flights)

    def _launch(self) -> None:
        self._scheduled = False
        while len(self._flights) < self._parallel and (batch := self._take()):
            flight = asyncio.get_running_loop().create_task(self._fly(batch))
            self._flights.add(flight)
            flight.add_done_callback(self._landed)

    def _take(self) -> list[tuple[T, asyncio.Future[R]]]:
        batch: list[tuple[T, asyncio.Future[R]]] = []
        while self._waiting and len(batch) < self._limit:
            pair = self._waiting.popleft()
            if not pair[1].done():  # a caller that has given up is not sent
                batch.append(pair)
        return batch

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        self._launch()

    async def _fly(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        results: Sequence[R | Fault | BaseException]
        try:
            results = await self._call([item for item, _ in batch])
            if len(results) != len(batch):
                results = [Unavailable("batch-answer-mismatched")] * len(batch)
        except asyncio.CancelledError:
            results = [Unavailable("shutting-down")] * len(batch)
        except Fault as fault:
            results = [fault] * len(batch)
        except Exception as error:
            logs.fail("batch-failed", kind=type(error).__name__, where=logs.where(error.__traceback__), count=len(batch))
            results = [error] * len(batch)
        for (_, future), result in zip(batch, results, strict=True):
            _settle(future, result)


def _settle(future: asyncio.Future[R], result: R | BaseException) -> None:
    if isinstance(result, BaseException):
        _refuse(future, result)
    elif not future.done():
        future.set_result(result)


def _refuse(future: asyncio.Future[R], error: BaseException) -> None:
    if future.done():
        return
    # Each caller gets an exception of its own: a shared one would gather the tracebacks of all of them.
    own = type(error)(error.code, error.detail, error.field) if isinstance(error, Fault) else error
    future.set_exception(own)
