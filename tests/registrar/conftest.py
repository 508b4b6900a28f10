"""The operators' world of tests/keeper, started afresh for each test; and an employer, an agent and an authority beside it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from keeper.world_operators import Operators
from registrar.acting_registrar import Town
from running.operators_running import Dial, dial, founded, world

__all__ = ["dial", "founded", "town", "world"]


@pytest_asyncio.fixture
async def town(world: Operators, dial: Dial, tmp_path: Path) -> AsyncIterator[Town]:
    """Registrar and platform over one world, at a time that stands still."""
    laid = Town(world, tmp_path)
    yield laid
    await laid.close()
