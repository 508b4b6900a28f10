"""The platform of world_gateway, laid out and running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from enishi.roles.gateway.assemble import Gateway
from gateway.world_gateway import Operators, documents, lay_platform, running


@pytest.fixture
def operators(tmp_path: Path) -> Operators:
    operators = Operators()
    lay_platform(tmp_path, operators, documents())
    return operators


@pytest_asyncio.fixture
async def gateway(tmp_path: Path, operators: Operators) -> AsyncIterator[Gateway]:
    async with running(tmp_path, operators) as platform:
        yield platform
