"""One node process for each file of tests."""

from collections.abc import Iterator

import pytest

from second.speaking import Second, second


@pytest.fixture(scope="module")
def other() -> Iterator[Second]:
    """The second implementation, started."""
    with second() as started:
        yield started
