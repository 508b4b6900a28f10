"""The tests of one group run on one worker: what several of them share is made once, and none of them finds it in another's hands."""

import os

import pytest

GROUP = "house-groups"
pytestmark = pytest.mark.xdist_group(GROUP)


def test_the_scheduler_knows_the_groups(request: pytest.FixtureRequest) -> None:
    """xdist sends by the name of the group at the end of a test's own; a pytest that does not let it stand there parts every group in silence."""
    assert "PYTEST_XDIST_WORKER" not in os.environ or request.node.nodeid.endswith(f"@{GROUP}")
