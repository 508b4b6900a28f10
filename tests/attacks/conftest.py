"""Networks that attack tests share: one that adversaries may leave marked, one on which everybody stays honest between tests."""

from collections.abc import Iterator

import pytest

from attacks.network_attack import Network
from linkage.attacker_linkage import Without


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Attacked in place: with checks taken out, what adversaries achieve stays in it."""
    started = Network(tmp_path_factory.mktemp("attacked"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Read and copied only: `enishi verify` finds nothing wrong in it."""
    started = Network(tmp_path_factory.mktemp("honest"))
    yield started
    started.stop()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Without:
    return Without(monkeypatch)
