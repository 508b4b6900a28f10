"""The documents lead where they say: links, commands, tests, ports."""

import re
from pathlib import Path

import pytest

from docs.reading import broken_links, table, words
from house.source import ROOT, kept_files

PAGES = [path for path in kept_files() if path.suffix == ".md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_resolves(path: Path) -> None:
    assert broken_links(path, path.read_text(encoding="utf-8")) == []


def test_a_planted_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.touch()
    assert broken_links(page, "see [this](missing.md)")
    assert broken_links(page, "# Title\nsee [this](#nowhere)")
    assert broken_links(page, "# A title\nsee [this](#a-title) and [that](https://example.org/x)") == []


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_command_exists(path: Path) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= _targets()


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_both_readmes_show_the_two_commands(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.search(r"^make up ", text, re.MULTILINE)
    assert re.search(r"^make test ", text, re.MULTILINE)


def test_the_readmes_link_to_the_same_pages() -> None:
    english, japanese = (set(re.findall(r"\]\(([^)]+)\)", (ROOT / name).read_text(encoding="utf-8"))) for name in ("README.md", "README.ja.md"))
    assert english - {"README.ja.md"} == japanese - {"README.md"}


def test_the_ports_are_one_row_each() -> None:
    rows = table((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), "Ports")
    offsets = [int(row[0].removeprefix("BASE").removeprefix("+") or 0) for row in rows]
    assert offsets == list(range(len(rows)))
    assert [row[2] for row in rows if f":{8400 + int(row[0][5:] or 0)}" not in row[2]] == []


def test_every_test_that_the_threats_name_exists() -> None:
    rows = table((ROOT / "docs" / "threats.md").read_text(encoding="utf-8"), "Attacks")
    assert [row[0] for row in rows if row[2] != "not yet" and not words(row[2])] == []
    assert missing_tests([name for row in rows for name in words(row[2])]) == []


def test_a_threat_with_an_invented_test_is_found() -> None:
    assert missing_tests(["test_that_nobody_wrote"]) == ["test_that_nobody_wrote"]


def missing_tests(names: list[str]) -> list[str]:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("*/test_*.py"))
    return [name for name in names if f"def {name}(" not in tests]


def test_ci_runs_make_test_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("exec")] == ["exec make test"]


def test_the_decisions_are_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}
