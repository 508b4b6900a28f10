"""What all tests share: one running mesh for those that only use it."""

from collections.abc import Iterator

import pytest

from enishi.cli.mesh import Mesh
from running.mesh_running import running_mesh


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh for the whole session; every test that uses it carries `xdist_group("mesh")`, so there is one."""
    with running_mesh(tmp_path_factory.mktemp("mesh")) as started:
        yield started
