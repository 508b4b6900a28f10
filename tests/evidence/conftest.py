"""One small mesh per test run, and a fresh copy of its data for whoever damages it."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from evidence.world_evidence import KNOWN, NUMBERS, PROTECTED, UNKNOWN_AT_B, UNREGISTERED, World


async def _story(data: Path) -> None:
    world = await World(data).start()
    await world.ask(KNOWN, UNKNOWN_AT_B, UNREGISTERED)
    await world.checkpoint()
    with closing(sqlite3.connect(data / "keeper" / "keeper.db")) as now, closing(sqlite3.connect(data / "earlier.db")) as earlier:
        now.backup(earlier)
    await world.ask(PROTECTED)
    await world.ask(KNOWN, items=("地方税関係情報",), purpose_item="1")
    await world.look(NUMBERS[0])
    await world.checkpoint()
    await world.decide()
    await world.ask(PROTECTED)
    await world.lapse()
    await world.checkpoint()
    await world.stop()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a mesh after every kind of record: nothing may change in it."""
    data = tmp_path_factory.mktemp("mesh")
    asyncio.run(_story(data))
    for path in data.rglob("*.db"):
        # One file per database, so that a test that damages the file damages what is read.
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.close()
    return data


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Callable[[], Path]:
    """A fresh copy of the data folder at each call."""

    def copy() -> Path:
        target = tmp_path / "data"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(whole, target)
        return target

    return copy
