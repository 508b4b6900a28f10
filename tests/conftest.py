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


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long text or byte string goes by the name of its argument and a number: made with a random key it would be another test on each worker."""
    return argname if isinstance(val, str | bytes) and len(val) > 60 else None
