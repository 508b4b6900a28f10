"""The import contracts of pyproject.toml hold, and each is seen broken by a planted import."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from house.source import ROOT, SRC, modules
from house.trust import PURE

VIOLATIONS = {
    "layers": ("law/planted.py", "import enishi.roles.keeper\n"),
    "siblings": ("tlog/planted.py", "import enishi.seal\n"),
    "stranger": ("stranger/__init__.py", ""),
    "roles": ("roles/exchange/planted.py", "import enishi.roles.keeper\n"),
    "linkage": ("roles/portal/planted.py", "import enishi.linkage\n"),
    "number": ("roles/exchange/planted.py", "import enishi.number\n"),
    "number in the gateway": ("roles/gateway/planted.py", "import enishi.number\n"),
    "kept": ("roles/portal/kept/planted.py", "import enishi.roles.portal.view\n"),
    "kept, by the mails": ("roles/portal/notices/planted.py", "import enishi.protocol.view\n"),
    "pure": ("protocol/planted.py", "import sqlite3\n"),
    "pure, by a submodule": ("law/planted.py", "from urllib.request import urlopen\n"),
}
CONTRACT = {"siblings": "layers", "stranger": "layers", "number in the gateway": "number", "pure, by a submodule": "pure"}
CONTRACT["kept, by the mails"] = "kept"


def linted(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run lint-imports over the copy in `folder`, never over the installed package."""
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.path.insert(0, 'src'); c()"]
    return subprocess.run(
        [*command, "--config", "pyproject.toml", "--no-cache", "--no-logo", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(folder / "src"), "PATH": ""},
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the program in which every room and role that a contract names is present, empty where it is not built."""
    shutil.copytree(SRC, tmp_path / "src", ignore=lambda _, names: [name for name in names if "." in name and not name.endswith(".py")])
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in _named_by_contracts():
        path = tmp_path / "src" / Path(*name.split("."))
        if not path.with_suffix(".py").exists() and not (path / "__init__.py").exists():
            _plant(tmp_path, f"{path.relative_to(tmp_path / 'src' / 'enishi')}/__init__.py", "")
    return tmp_path


def _contracts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return found


def _contract(name: str) -> dict[str, Any]:
    return next(contract for contract in _contracts() if contract["id"] == name)


def _named_by_contracts() -> list[str]:
    keys = ("protected_modules", "allowed_importers", "source_modules")
    return ["enishi.roles.portal", *(name for contract in _contracts() for key in keys for name in contract.get(key, []))]


def _plant(house: Path, name: str, code: str) -> None:
    path = house / "src" / "enishi" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for package in (path.parent, path.parent.parent):
        (package / "__init__.py").touch()
    path.write_text(code, encoding="utf-8")


def test_the_contracts_hold(house: Path) -> None:
    result = linted(house)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_the_contract_of_the_pure_rooms_names_each_that_is_there() -> None:
    there = {f"enishi.{module.room}" for module in modules() if module.room in PURE}
    assert there - set(_contract("pure")["source_modules"]) == set()


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_planted_violation_breaks_its_contract(house: Path, name: str) -> None:
    contract = CONTRACT.get(name, name)
    assert linted(house, "--contract", contract).returncode == 0, "the copy must hold before the violation is planted"
    _plant(house, *VIOLATIONS[name])
    result = linted(house, "--contract", contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout
    assert "planted" in result.stdout or "stranger" in result.stdout
