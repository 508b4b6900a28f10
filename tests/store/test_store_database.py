"""The database keeps what it acknowledged, undoes what failed and nothing else, and survives its disk's troubles."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from enishi.errors import Conflict, Misconfigured, Unavailable
from enishi.store import Database
from enishi.store.writer import Job, Writer

pytestmark = pytest.mark.asyncio
FIRST = "CREATE TABLE entry (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)"
SECOND = "ALTER TABLE entry ADD COLUMN note TEXT; CREATE TABLE other (id INTEGER PRIMARY KEY)"


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty table `entry`."""
    opened = Database.open(tmp_path / "role.db", [FIRST])
    yield opened
    await opened.close()


def insert(word: str) -> Callable[[sqlite3.Connection], int]:
    """A work that adds a word and returns its id."""
    return lambda connection: connection.execute("INSERT INTO entry (word) VALUES (?)", (word,)).lastrowid or 0


def words(connection: sqlite3.Connection) -> list[str]:
    """All words in order."""
    return [row[0] for row in connection.execute("SELECT word FROM entry ORDER BY id")]


async def in_one_group(database: Database, works: list[Callable[[sqlite3.Connection], object]]) -> list[object]:
    """Run the works in one transaction: they queue up while the writer is held."""
    begun, held = threading.Event(), threading.Event()
    first = asyncio.create_task(database.write(lambda connection: begun.set() or held.wait(5)))
    await asyncio.to_thread(begun.wait, 5)
    tasks = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    held.set()
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_write_returns_its_value_and_is_seen_by_readers(database: Database) -> None:
    assert await database.write(insert("a")) == 1
    assert await database.read(words) == ["a"]
    assert database.read_now(words) == ["a"]
    assert database.write_now(insert("b")) == 2


async def test_settings_of_the_file_are_those_that_durability_needs(database: Database) -> None:
    def pragmas(connection: sqlite3.Connection) -> tuple[object, ...]:
        return tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys"))

    assert await database.write(pragmas) == ("wal", 2, 1)


async def test_works_of_one_group_share_one_commit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    commit = Writer._commit

    def counting(writer: Writer, group: list[Job]) -> object:
        groups.append(len(group))
        return commit(writer, group)

    monkeypatch.setattr(Writer, "_commit", counting)
    await in_one_group(database, [insert(str(number)) for number in range(50)])
    assert groups == [1, 50]
    assert len(await database.read(words)) == 50


async def test_a_failing_work_is_undone_alone(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        insert("half")(connection)
        raise Conflict("some-slug")

    results = await in_one_group(database, [insert("a"), half, insert("a"), insert("b")])
    assert results[0] == 1
    assert isinstance(results[1], Conflict)
    assert isinstance(results[2], sqlite3.IntegrityError)
    assert await database.read(words) == ["a", "b"]


async def test_a_full_disk_fails_the_work_and_not_the_next(database: Database) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA max_page_count=1")
        try:
            for number in range(5000):
                insert(f"{number} {'x' * 500}")(connection)
        finally:
            connection.execute("PRAGMA max_page_count=1000000")

    results = await in_one_group(database, [insert("a"), fill, insert("b")])
    assert getattr(results[1], "code", None) == "store-unavailable"
    acknowledged = [word for word, result in (("a", results[0]), ("b", results[2])) if not isinstance(result, BaseException)]
    assert await database.read(words) == acknowledged
    await database.write(insert("c"))
    assert (await database.read(words))[-1] == "c"


async def test_a_rollback_by_the_database_itself_acknowledges_nobody(database: Database) -> None:
    def roll_back(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR ROLLBACK INTO entry (word) VALUES ('a')")

    results = await in_one_group(database, [insert("a"), roll_back, insert("b")])
    assert [type(result) for result in results] == [Unavailable, sqlite3.IntegrityError, Unavailable]
    assert await database.read(words) == []
    assert await database.write(insert("c")) == 1


async def test_a_commit_that_fails_acknowledges_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        """A connection whose COMMIT meets an I/O error."""

        def __init__(self, real: sqlite3.Connection) -> None:
            self.real = real

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

        def execute(self, sql: str, *rest: object) -> object:
            if sql != "COMMIT":
                return self.real.execute(sql, *rest)  # type: ignore[arg-type]
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR, "SQLITE_IOERR"
            raise error

    real = database._writer._connection
    monkeypatch.setattr(database._writer, "_connection", Failing(real))
    results = await asyncio.gather(database.write(insert("a")), database.write(insert("b")), return_exceptions=True)
    assert [getattr(result, "code", result) for result in results] == ["store-unavailable"] * 2
    monkeypatch.setattr(database._writer, "_connection", real)
    assert await database.read(words) == []
    await database.write(insert("c"))
    assert await database.read(words) == ["c"]


async def test_a_locked_file_is_unavailable_and_the_writer_goes_on(database: Database) -> None:
    await database.write(lambda connection: connection.execute("PRAGMA user_version").fetchone())
    database._writer._connection.execute("PRAGMA busy_timeout=10")
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as caught:
        await database.write(insert("a"))
    assert caught.value.code == "store-unavailable"
    other.execute("ROLLBACK")
    other.close()
    assert await database.write(insert("a")) == 1


async def test_a_work_that_ends_the_transaction_is_a_fault_of_the_program(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await database.write(lambda connection: connection.execute("COMMIT"))
    assert await database.write(insert("a")) == 1


async def test_an_error_in_the_sql_is_not_hidden(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.write(lambda connection: connection.execute("INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.read(lambda connection: connection.execute("SELECT * FROM nowhere"))


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable):
        database.read_now(insert("a"))
    assert await database.read(words) == []


async def test_a_read_sees_one_state_while_the_writer_goes_on(database: Database) -> None:
    await database.write(insert("a"))
    inside, go_on = threading.Event(), threading.Event()

    def twice(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
        before = words(connection)
        inside.set()
        go_on.wait(5)
        return before, words(connection)

    reading = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(inside.wait, 5)
    await database.write(insert("b"))
    go_on.set()
    assert await reading == (["a"], ["a"])


async def test_a_cancelled_caller_stops_nobody(database: Database) -> None:
    task = asyncio.create_task(database.write(insert("a")))
    await asyncio.sleep(0)
    task.cancel()
    assert await database.write(insert("b")) == 2


async def test_after_close_nothing_is_taken(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "role.db", [FIRST])
    pending = [asyncio.create_task(database.write(insert(str(number)))) for number in range(20)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*pending) == list(range(1, 21))
    for use in (database.write(insert("a")), database.read(words)):
        with pytest.raises(Unavailable):
            await use
    with pytest.raises(Unavailable):
        database.read_now(words)


async def test_a_reader_that_is_at_work_is_not_closed_under_its_feet(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "role.db", [FIRST])
    begun, ended = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> int:
        begun.set()
        while not database._closed:
            ended.wait(0.001)
        return sum(len(words(connection)) for _ in range(2000))

    reading = asyncio.create_task(asyncio.to_thread(database.read_now, slow))
    await asyncio.to_thread(begun.wait, 5)
    await database.close()
    assert await reading == 0


async def test_migrations_run_once_and_keep_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "role.db"
    old = Database.open(path, [FIRST])
    await old.write(insert("kept"))
    await old.close()
    for _ in range(2):
        new = Database.open(path, [FIRST, SECOND])
        assert new.read_now(lambda connection: connection.execute("SELECT word, note FROM entry").fetchall()) == [("kept", None)]
        await new.close()


async def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "role.db"
    await Database.open(path, [FIRST]).close()
    with pytest.raises(sqlite3.Error):
        Database.open(path, [FIRST, "CREATE TABLE half (id INTEGER); CREATE TABLE entry (id INTEGER)"])
    again = Database.open(path, [FIRST, "CREATE TABLE half (id INTEGER)"])
    await again.close()


async def test_a_new_version_comes_up_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "role.db"
    await Database.open(path, [FIRST]).close()
    with pytest.raises(sqlite3.Error):
        Database.open(path, [FIRST, SECOND + " -- a remark at the end", "CREATE TABLE entry (id INTEGER)"])
    old = Database.open(path, [FIRST])
    await old.close()
    new = Database.open(path, [FIRST, SECOND + " -- a remark at the end", "CREATE TABLE half (id INTEGER)"])
    assert new.read_now(lambda connection: connection.execute("PRAGMA user_version").fetchone()) == (3,)
    await new.close()


async def test_data_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "role.db"
    await Database.open(path, [FIRST, SECOND]).close()
    with pytest.raises(Misconfigured) as caught:
        Database.open(path, [FIRST])
    assert caught.value.code == "data-from-newer-version"


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
async def test_a_file_that_is_no_database_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "role.db").write_bytes(content)
    with pytest.raises(Misconfigured) as caught:
        Database.open(tmp_path / "role.db", [FIRST])
    assert caught.value.code == "store-damaged"


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured) as caught:
        Database.open(tmp_path / "file" / "role.db", [FIRST])
    assert caught.value.code == "data-not-writable"


WRITER = """
import asyncio, sys
from pathlib import Path
from enishi.store import Database

async def main():
    database = Database.open(Path(sys.argv[1]), [sys.argv[2]])
    async def caller(name):
        for number in range(100000):
            word = f"{name}-{number}"
            await database.write(lambda c: c.execute("INSERT INTO entry (word) VALUES (?)", (word,)).lastrowid)
            print(word, flush=True)
    await asyncio.gather(*(caller(name) for name in "abcdefgh"))

asyncio.run(main())
"""


async def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    path = tmp_path / "role.db"
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path), FIRST], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(300)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [line.strip() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.wait()
    database = Database.open(path, [FIRST])
    kept = set(database.read_now(words))
    await database.close()
    assert set(acknowledged) <= kept
