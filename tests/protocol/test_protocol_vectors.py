"""The check values of vectors/protocol: every message and proof, valid and invalid, gets the verdict that it expects."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from protocol.vector_readers import READERS, verdict

VECTORS = Path(__file__).parents[2] / "vectors" / "protocol"
MAKERS = ("make", "make_people", "make_changes", "make_looks")


def cases(stem: str) -> list[Any]:
    found = json.loads((VECTORS / f"{stem}.json").read_text(encoding="utf-8"))
    return [pytest.param(stem, found["shared"] | case, id=f"{stem}: {case['name']}") for case in found["cases"]]


FILES = sorted(path.stem for path in VECTORS.glob("*.json") if path.stem != "sealed")


@pytest.mark.parametrize(("stem", "case"), [case for stem in FILES for case in cases(stem)])
def test_each_case_gets_the_verdict_it_expects(stem: str, case: dict[str, Any]) -> None:
    assert verdict(stem, case) == case["expect"]


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> list[ModuleType]:
    monkeypatch.syspath_prepend(str(VECTORS))
    return [loaded(name) for name in MAKERS]


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"protocol_{name}", VECTORS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_files_are_what_their_makers_write(makers: list[ModuleType]) -> None:
    assert sorted(stem for maker in makers for stem in maker.FILES) == FILES == sorted(READERS)
    for maker in makers:
        for stem in maker.FILES:
            assert maker.written(stem) == (VECTORS / f"{stem}.json").read_text(encoding="utf-8"), stem
    assert makers[-1].SEALS.render() == (VECTORS / "sealed.json").read_text(encoding="utf-8")
