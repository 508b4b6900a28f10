"""Networks that attack tests share: one that adversaries may leave marked, and the long honest run that trust lines are drawn through."""

from collections.abc import Callable, Iterator

import pytest

from attacks.holdings_attack import Holdings, Together
from attacks.inquiries_attack import INQUIRIES, run
from attacks.network_attack import Network
from attacks.truth_attack import Truth
from linkage.attacker_linkage import Without


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Attacked in place: with checks taken out, what adversaries achieve stays in it."""
    started = Network(tmp_path_factory.mktemp("attacked"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """After the whole run; read and copied only."""
    started = Network(tmp_path_factory.mktemp("honest"))
    run(started, INQUIRIES)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def truth(honest: Network) -> Truth:
    return Truth(honest)


@pytest.fixture(scope="session")
def held(honest: Network) -> Callable[..., Holdings]:
    """The holdings of a role, or of several together; each role's are read once."""
    known: dict[tuple[str, ...], Holdings] = {}

    def of(*roles: str) -> Holdings:
        if roles not in known:
            known[roles] = Holdings(honest, *roles) if len(roles) == 1 else Together(honest, *map(of, roles))
        return known[roles]

    return of


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Without:
    return Without(monkeypatch)
