"""The check values of vectors/protocol: every message and proof, valid and invalid, gets the verdict that it expects."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from docs import protocol_source as source
from protocol.vector_readers import READERS, verdict

VECTORS = Path(__file__).parents[2] / "vectors" / "protocol"
MAKERS = (
    *("make", "make_outcomes", "make_people", "make_changes", "make_joining", "make_mesh", "make_offers", "make_mandates", "make_agents"),
    *("make_forms", "make_own", "make_looks"),
)


def cases(stem: str) -> list[Any]:
    found = json.loads((VECTORS / f"{stem}.json").read_text(encoding="utf-8"))
    return [pytest.param(stem, found["shared"] | case, id=f"{stem}: {case['name']}") for case in found["cases"]]


FILES = sorted(path.stem for path in VECTORS.glob("*.json") if path.stem != "sealed")
FORMS = json.loads((VECTORS / "form.json").read_text(encoding="utf-8"))
NAMED = {name: [case for case in FORMS["cases"] if case["form"] == name] for name in FORMS["shared"]["whole"]}


@pytest.mark.parametrize(("stem", "case"), [case for stem in FILES if stem != "form" for case in cases(stem)])
def test_each_case_gets_the_verdict_it_expects(stem: str, case: dict[str, Any]) -> None:
    assert verdict(stem, case) == case["expect"]


@pytest.mark.parametrize("name", NAMED)
def test_each_form_is_taken_whole_and_in_no_other_way(name: str) -> None:
    got = {case["name"]: (verdict("form", FORMS["shared"] | case), case["expect"]) for case in NAMED[name]}
    assert {about: both for about, both in got.items() if both[0] != both[1]} == {}


def test_each_form_of_the_protocol_has_a_vector_that_is_taken_and_several_that_are_not() -> None:
    taken, refused = ({case["form"] for case in FORMS["cases"] if (case["expect"] == "ok") is ok} for ok in (True, False))
    assert taken == refused
    assert {name.partition("[")[0] for name in taken} == set(source.forms())
    assert min(len(cases) for name, cases in NAMED.items() if name != "Empty") >= 5


def test_each_message_of_a_door_has_a_vector(tmp_path: Path) -> None:
    spoken = {source.shown(form) for door in source.doors(tmp_path) for form in (door.request, door.reply)}
    assert spoken - set(NAMED) == set()


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
