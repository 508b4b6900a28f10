"""A network for tests that leave it such that an audit finds nothing, and one of their own for those that spoil it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from attacks.network_attack import Network
from completeness.watching import Commission


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory, founded_network: Path) -> Iterator[Network]:
    started = Network(tmp_path_factory.mktemp("complete"), founded_network)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def watch(network: Network) -> Commission:
    return Commission(network)


@pytest.fixture
def spoiled(tmp_path: Path, founded_network: Path) -> Iterator[Network]:
    started = Network(tmp_path / "mesh", founded_network)
    yield started
    started.stop()
