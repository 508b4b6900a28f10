"""An errand that found nothing looks again after any commit to the file, by this program or another, and at no other time."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from enishi.errors import Unavailable
from enishi.store import Database, Quiet

FIRST = "CREATE TABLE entry (word TEXT NOT NULL)"


class Errand:
    """Counts how often it really looks."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, connection: sqlite3.Connection) -> list[str]:
        self.looks += 1
        return [word for (word,) in connection.execute("SELECT word FROM entry ORDER BY word")]


def put(word: str) -> str:
    return f"INSERT INTO entry (word) VALUES ('{word}')"


async def looked(path: Path) -> None:
    database, quiet, errand = Database.open(path, [FIRST]), Quiet(), Errand()
    other = Database.open(path.with_name("other.db"), [FIRST])
    for _ in range(3):
        assert not await quiet.look(database, errand)
    assert errand.looks == 1
    # Another database of the same form has a silence of its own.
    assert not await quiet.look(other, errand)
    assert errand.looks == 2
    await database.write(lambda connection: connection.execute(put("ours")).rowcount)
    # What was found is found again, for it may still have to be done.
    for looks in (3, 4):
        assert await quiet.look(database, errand) == ["ours"]
        assert errand.looks == looks
    await database.write(lambda connection: connection.execute("DELETE FROM entry").rowcount)
    assert not await quiet.look(database, errand)
    assert not await quiet.look(database, errand)
    assert errand.looks == 5
    await other.close()
    await _with_another_program(path, database, quiet, errand)


async def _with_another_program(path: Path, database: Database, quiet: Quiet, errand: Errand) -> None:
    strange = sqlite3.connect(path)
    strange.execute(put("theirs"))
    # Not committed yet, so there is nothing to see.
    assert not await quiet.look(database, errand)
    strange.commit()
    assert await quiet.look(database, errand) == ["theirs"]
    strange.execute("DELETE FROM entry")
    strange.commit()
    assert not await quiet.look(database, errand)
    strange.close()
    await database.close()
    with pytest.raises(Unavailable, match="store-closed"):
        await quiet.look(database, errand)


def test_an_errand_looks_again_after_a_commit_and_only_then(tmp_path: Path) -> None:
    asyncio.run(looked(tmp_path / "role.db"))


async def between(path: Path) -> None:
    database, quiet = Database.open(path, [FIRST]), Quiet()

    def find(connection: sqlite3.Connection) -> list[str]:
        found = [word for (word,) in connection.execute("SELECT word FROM entry")]
        if not found and not came:
            # Behind this look's back: its own state of the data does not show it.
            came.append("late")
            strange = sqlite3.connect(path)
            strange.execute(put("late"))
            strange.commit()
            strange.close()
        return found

    came: list[str] = []
    assert not await quiet.look(database, find)
    assert await quiet.look(database, find) == ["late"]
    await database.close()


def test_what_is_committed_during_a_look_is_found_by_the_next(tmp_path: Path) -> None:
    asyncio.run(between(tmp_path / "role.db"))
