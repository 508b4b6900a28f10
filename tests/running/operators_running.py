"""Fixtures for the tests of the operators' use cases: a mesh founded once, and its folder copied and opened anew for each test."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from enishi import clock
from keeper.world_operators import Founded, Operators, found


class Dial:
    """The mesh's clock in the test's hand: it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = clock.now_ms()

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def dial(monkeypatch: pytest.MonkeyPatch) -> Dial:
    """A clock that stands still."""
    hand = Dial()
    monkeypatch.setattr(clock, "now_ms", hand)
    return hand


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """A mesh at rest; nothing may change in it."""
    return asyncio.run(found(tmp_path_factory.mktemp("operators")))


@pytest_asyncio.fixture
async def world(founded: Founded, tmp_path: Path) -> AsyncIterator[Operators]:
    """The operators of a copy, started."""
    started = await Operators(founded.copied(tmp_path / "mesh")).open()
    yield started
    await started.stop()
