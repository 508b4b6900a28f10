"""A small authority, and credentials of roles made from it, for tests over real sockets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from enishi import clock
from enishi.mesh import pki
from enishi.mesh.tls import Credentials

Issue = Callable[..., Credentials]


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Folder of a fresh authority."""
    folder = tmp_path / "authority"
    pki.create_authority(folder, clock.now_ms())
    return folder


@pytest.fixture
def issue(authority: Path, tmp_path: Path) -> Issue:
    """Make credentials for a role, by default under the role's own name."""

    def make(role: str, name: str = "", tenants: tuple[str, ...] = ()) -> Credentials:
        folder = tmp_path / "tls" / (name or role)
        pki.issue(authority, folder, role, name or role, tenants, clock.now_ms())
        return Credentials(folder)

    return make
