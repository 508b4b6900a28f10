"""The database of one role: `write` returns only after its COMMIT is durable, `read` sees one consistent state.

A unit of work is a function of a connection.  It may be run in a transaction with others, must not begin or end a transaction,
and must return plain values, no cursor.  SQL is kept to what SQLite and PostgreSQL both understand.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple, Self, TypeVar

from enishi.errors import Unavailable
from enishi.store.faults import translate
from enishi.store.schema import connect, open_file
from enishi.store.writer import Job, Writer

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

READERS: Final = 1
"""Threads that serve `read`; `read_now` adds a connection for each thread that calls it."""


class Reader(NamedTuple):
    """One thread's connection for reading; who closes it waits for the lock, because a connection closed under a running statement is a crash."""

    connection: sqlite3.Connection
    lock: threading.Lock


class Database:
    """One file, one writer thread with group commit, readers that never wait for the writer (WAL)."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._writer = Writer(connection, path.stem)
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix=f"read-{path.stem}")
        self._local = threading.local()
        self._readers: list[Reader] = []
        self._closed = False

    @classmethod
    def open(cls, path: Path, migrations: Sequence[str]) -> Self:
        """Open or create and migrate; Misconfigured("data-from-newer-version"), ("data-not-writable"), ("store-damaged")."""
        return cls(path, open_file(path, migrations))

    async def write(self, work: Work[T]) -> T:
        """Run the work and wait until it is durable; a failing work is rolled back alone and raises here.

        Unavailable("store-unavailable") when disk or file do not let it through: then nothing of it is kept and it may be repeated.
        A caller that is cancelled does not learn whether its work was kept.
        """
        self._check_open()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writer.submit(Job(work, future, loop))
        return await future

    def write_now(self, work: Work[T]) -> T:
        """`write` for code without an event loop (start, command line); blocks the calling thread."""
        self._check_open()
        future: Future[T] = Future()
        self._writer.submit(Job(work, future, None))
        return future.result()

    async def read(self, work: Work[T]) -> T:
        """Run a reading work in a thread of its own on one consistent state of the committed data."""
        self._check_open()
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.read_now, work)

    def read_now(self, work: Work[T]) -> T:
        """Run a short reading work in this thread: cheaper than `read` by a change of threads, for look-ups by key."""
        return self._guarded(lambda connection: _consistently(connection, work))

    def _guarded(self, work: Work[T]) -> T:
        reader = self._reader()
        try:
            with reader.lock:
                # Asked under the lock: whoever closes says so first, and then waits here.
                self._check_open()
                return work(reader.connection)
        except sqlite3.Error as error:
            fault = translate(error)
            if fault is error:
                raise
            raise fault from error

    def version(self) -> int:
        """A number that differs once anything was committed, by this process or another; short enough for the event loop.

        Of two numbers taken in one thread only: each connection counts for itself.
        """
        return self._guarded(lambda connection: int(connection.execute("PRAGMA data_version").fetchone()[0]))

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("store-closed")

    def _reader(self) -> Reader:
        mine: Reader | None = getattr(self._local, "reader", None)
        if mine is None:
            mine = self._local.reader = Reader(connect(self.path), threading.Lock())
            mine.connection.execute("PRAGMA query_only=ON")
            self._readers.append(mine)
        return mine

    async def close(self) -> None:
        """Finish what is queued and close every connection; later calls fail with Unavailable("store-closed")."""
        # Marked here, in the loop's own thread, so that no write of this loop can queue up behind the writer's end.
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._release)

    def close_now(self) -> None:
        """`close` for code without an event loop."""
        self._closed = True
        self._release()

    def _release(self) -> None:
        self._pool.shutdown()
        self._writer.stop()
        for reader in self._readers:
            with reader.lock, contextlib.suppress(sqlite3.Error):
                reader.connection.close()


def _consistently(connection: sqlite3.Connection, work: Work[T]) -> T:
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
