"""The platform of world_gateway, laid out."""

from pathlib import Path

import pytest

from gateway.world_gateway import Operators, documents, lay_platform


@pytest.fixture
def operators(tmp_path: Path) -> Operators:
    operators = Operators()
    lay_platform(tmp_path, operators, documents())
    return operators


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes back is looked for at once, as a message that is accepted is; the pauses of a platform at rest are nobody's promise."""
    for pause in ("bulk.working.PAUSE_S", "bulk.working.WAITING_PAUSE_S", "ask.PAUSE_S"):
        monkeypatch.setattr(f"enishi.roles.gateway.{pause}", 0.1)
