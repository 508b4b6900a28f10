"""The platform of world_gateway, laid out."""

from pathlib import Path

import pytest

from gateway.world_gateway import Operators, documents, lay_platform


@pytest.fixture
def operators(tmp_path: Path) -> Operators:
    operators = Operators()
    lay_platform(tmp_path, operators, documents())
    return operators
