"""The rules of shape hold over the program, and each is seen to find a planted violation."""

import pytest

from house import shape
from house.source import ROOT, kept_files, modules, planted

TREE = modules()


def test_no_public_function_takes_a_boolean() -> None:
    assert shape.boolean_parameters(TREE) == []


@pytest.mark.parametrize(
    "code",
    [
        "def read(strict: bool) -> None: ...\n",
        "def read(strict=False): ...\n",
        "async def read(*, strict: bool | None = None) -> None: ...\n",
        "class Log:\n    def read(self, strict: bool) -> None: ...\n",
    ],
)
def test_a_planted_boolean_is_found(code: str) -> None:
    assert shape.boolean_parameters([planted(code)])


@pytest.mark.parametrize("code", ["def _read(strict: bool): ...\n", "def read(ask: Callable[[], bool]): ...\n", "class Row:\n    exempt: bool\n"])
def test_what_is_no_public_boolean_is_free(code: str) -> None:
    assert shape.boolean_parameters([planted(code)]) == []


def test_modules_are_short() -> None:
    assert shape.long_modules(TREE) == []


def test_a_long_module_is_found() -> None:
    assert shape.long_modules([planted("x = 1\n" * 401)])


def test_tests_and_tools_are_short_too() -> None:
    outside = [path for path in kept_files() if path.suffix == ".py" and "src" not in path.relative_to(ROOT).parts[:1]]
    assert [str(path) for path in outside if path.read_text(encoding="utf-8").count("\n") > shape.LONGEST] == []


def test_no_module_is_a_bag() -> None:
    assert shape.bags(TREE) == []


def test_a_bag_is_found() -> None:
    assert shape.bags([planted("", "enishi.mesh.utils")])
