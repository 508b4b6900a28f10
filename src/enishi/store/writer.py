"""The one writer: units of work from many callers share a transaction, and each is told of success only after COMMIT is durable."""

import asyncio
import contextlib
import queue
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import Any, Final, NamedTuple

from enishi.errors import Unavailable
from enishi.store.faults import translate

GROUP_LIMIT: Final = 512
"""Most units of work that share one transaction."""

AnyFuture = asyncio.Future[Any] | Future[Any]


class Job(NamedTuple):
    """A unit of work and where its result goes; `loop` is None for a caller that waits in its own thread."""

    work: Callable[[sqlite3.Connection], Any]
    future: AnyFuture
    loop: asyncio.AbstractEventLoop | None


class Result(NamedTuple):
    """What one unit of work came to."""

    value: Any
    error: BaseException | None


class _GroupLost(Exception):
    """The transaction of the whole group is gone: SQLite rolled it back itself, or a unit of work ended it."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__()
        self.cause = cause


class Writer:
    """Owns the writing connection and its thread from construction to `stop`."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = Thread(target=self._run, name=f"store-{name}", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue a unit of work; works run in the order in which they were queued."""
        self._jobs.put(job)

    def stop(self) -> None:
        """Finish what is queued, end the thread, close the connection; blocks until done, and a second call does nothing."""
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first, *self._waiting()]
            _settle(group, self._commit(group))

    def _waiting(self) -> Iterator[Job]:
        """What has queued up meanwhile: the natural batch is as large as the last fsync was slow."""
        for _ in range(GROUP_LIMIT - 1):
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is None:
                self._jobs.put(None)
                return
            yield job

    def _commit(self, group: list[Job]) -> list[Result]:
        results: list[Result] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in group:
                results.append(self._one(job))
            # Here, and not before, the group becomes durable (synchronous=FULL: the WAL is fsynced inside COMMIT).
            self._connection.execute("COMMIT")
        except _GroupLost as lost:
            # The one at fault learns its own error; the others did nothing wrong, left no trace, and may simply come again.
            others = Result(None, Unavailable("store-unavailable", "group-lost"))
            return [Result(None, translate(lost.cause)) if job is group[len(results)] else others for job in group]
        except sqlite3.Error as error:
            self._rollback()
            return [Result(None, translate(error))] * len(group)
        return results

    def _one(self, job: Job) -> Result:
        connection = self._connection
        connection.execute("SAVEPOINT work")
        try:
            value = job.work(connection)
        except BaseException as error:
            self._undo(error)
            return Result(None, translate(error))
        if not connection.in_transaction:
            raise _GroupLost(RuntimeError("a unit of work ended the transaction of its group"))
        connection.execute("RELEASE work")
        return Result(value, None)

    def _undo(self, error: BaseException) -> None:
        # A full disk or an I/O error makes SQLite roll back the whole transaction: the works before this one are gone too.
        if not self._connection.in_transaction:
            raise _GroupLost(error) from error
        self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")


def _settle(group: list[Job], results: list[Result]) -> None:
    """Hand every result to its caller, with one wake-up per event loop."""
    waking: dict[asyncio.AbstractEventLoop, list[tuple[AnyFuture, Result]]] = {}
    for job, result in zip(group, results, strict=True):
        if job.loop is None:
            _fill(job.future, result)
        else:
            waking.setdefault(job.loop, []).append((job.future, result))
    for loop, pairs in waking.items():
        # A loop that has ended has nobody left to tell; what was written stays written.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_fill_all, pairs)


def _fill_all(pairs: list[tuple[AnyFuture, Result]]) -> None:
    for future, result in pairs:
        _fill(future, result)


def _fill(future: AnyFuture, result: Result) -> None:
    if future.done():
        return
    if result.error is None:
        future.set_result(result.value)
    elif isinstance(result.error, StopIteration):
        future.set_exception(RuntimeError("a unit of work raised StopIteration"))
    else:
        future.set_exception(result.error)
