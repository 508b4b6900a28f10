"""What each role loads at its start: no library that costs a start its time, no other role, and nothing of the tests."""

import json
import subprocess
import sys

import pytest

from enishi.cli.serve import MODULES

HEAVY = {"rich", "typer", "sqlalchemy", "alembic", "pyarrow", "pytest", "hypothesis", "psutil", "playwright"}
"""Libraries that cost each process more than a tenth of a second, or belong to commands and tests alone."""
FACES = {"jinja2", "multipart"}
ALLOWED = {
    "portal": FACES,
    "card": FACES,
    "gateway": {"jsonschema_rs"},
    # It asks the witnesses before it answers anybody.
    "keeper": {"aiohttp"},
}
"""Libraries that only these roles have a use for at their start."""
RARE = FACES | {"jsonschema_rs", "aiohttp"}


def loaded(role: str) -> set[str]:
    """The modules that a fresh process has once it has imported what it needs to run the role."""
    program = (
        "import importlib, json, sys\n"
        "from enishi.cli import serve\n"
        f"importlib.import_module({MODULES[role]!r})\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    names: list[str] = json.loads(done.stdout)
    return set(names)


@pytest.mark.parametrize("role", sorted(MODULES))
def test_a_role_starts_lean(role: str) -> None:
    names = loaded(role)
    tops = {name.partition(".")[0] for name in names}
    assert not tops & HEAVY, sorted(tops & HEAVY)
    assert not (tops & RARE) - ALLOWED.get(role, set()), sorted((tops & RARE) - ALLOWED.get(role, set()))
    others = {name.split(".")[2] for name in names if name.startswith("enishi.roles.") and name.count(".") >= 2} - {role}
    assert not others
    assert not {name for name in names if name.startswith(("enishi.society", "enishi.client", "enishi.cli.")) and name != "enishi.cli.serve"}
