"""What all tests share: one running mesh for those that only use it, and the data that networks of their own begin with."""

import fcntl
import gc
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from enishi.card import chip
from enishi.cli.mesh import Mesh
from running.mesh_running import running_mesh


@pytest.fixture(scope="session", autouse=True)
def stretched_once() -> Iterator[None]:
    """A PIN that a test types again is not stretched again: the same PIN and salt, the same hash, without its fifty milliseconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chip, "_hash", lru_cache(chip._hash))
        yield


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh for the whole session; every test that uses it carries `xdist_group("mesh")`, so there is one."""
    with running_mesh(tmp_path_factory.mktemp("mesh")) as started:
        yield started


@pytest.fixture(scope="session")
def founded_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a network that was founded, enrolled everybody, and stopped: made once, by the first worker that needs it; to be copied only."""
    # All roles come with it: whoever runs one room's tests need not wait for that.
    from attacks.network_attack import Network

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    place = shared / "founded"
    with (shared / "founded.lock").open("w") as lock:
        # Let go by the system when the worker ends, however it ends.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            making = tmp_path_factory.mktemp("founding")
            Network(making).stop()
            making.rename(place)
    return place


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long text or byte string goes by the name of its argument and a number: made with a random key it would be another test on each worker."""
    return argname if isinstance(val, str | bytes) and len(val) > 60 else None


def pytest_collection_finish() -> None:
    """What was collected stays to the end, so the garbage collector need not walk over it again and again: a tenth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
