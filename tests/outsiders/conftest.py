"""One grown log for the tests that only read it, and one of its own for each test that changes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outsiders.world_outsiders import Outsiders, outsiders


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outsiders]:
    """Checkpoints over 3, 256 and 703 leaves: full tiles, partial ones, and a second level."""
    with outsiders(tmp_path_factory.mktemp("grown")) as world:
        for size in (3, 256, 703):
            world.grow(size - 2 - (world.log.published.size if world.log.published else 0))
            assert world.publish() == size
            world.cosign()
        yield world


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Outsiders]:
    """A small log that the test may change."""
    with outsiders(tmp_path) as world:
        world.grow(8)
        world.publish()
        world.cosign()
        yield world
