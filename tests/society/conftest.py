"""One society of 400 residents for all tests of this folder, and one of the smallest size that holds the story."""

import pytest

from enishi import society

SEED = 7


@pytest.fixture(scope="session")
def households() -> tuple[society.Household, ...]:
    return tuple(society.generate(SEED, 400))


@pytest.fixture(scope="session")
def held(households: tuple[society.Household, ...]) -> list[tuple[str, society.HeldPerson]]:
    return list(society.all_holdings(households, SEED))
