"""The committed check values of vectors/tlog: the package gives the verdict that each case expects."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from enishi.errors import Fault
from enishi.tlog import checkpoint, cosign, labels, leaf, note, tree

VECTORS = Path(__file__).parents[2] / "vectors" / "tlog"
Case = dict[str, Any]
raw = bytes.fromhex


def verdict(check: Any, *args: Any) -> str:
    try:
        check(*args)
    except Fault as fault:
        return fault.code
    return "ok"


def hexes(values: list[str]) -> list[bytes]:
    return [raw(value) for value in values]


def check_leaf(case: Case) -> None:
    leaf.check_body(leaf.decode_leaf(raw(case["leaf"])), raw(case["salt"]), raw(case["body"]))
    assert leaf.encode_leaf(leaf.decode_leaf(raw(case["leaf"]))) == raw(case["leaf"])
    assert tree.leaf_hash(raw(case["leaf"])) == raw(case["leaf_hash"])


def check_label(case: Case) -> None:
    assert labels.person_key(raw(case["key"]), raw(case["tag"])) == raw(case["person_key"])
    assert labels.label(raw(case["person_key"]), case["n"]) == raw(case["label"])


def check_inclusion(case: Case) -> None:
    tree.verify_inclusion(raw(case["leaf_hash"]), case["index"], case["size"], hexes(case["path"]), raw(case["root"]))


def check_consistency(case: Case) -> None:
    tree.verify_consistency(case["old_size"], case["size"], raw(case["old_root"]), raw(case["root"]), hexes(case["path"]))


def check_map(case: Case) -> None:
    steps = tuple(labels.MapStep(step["bit"], raw(step["sibling"])) for step in case["proof"]["steps"])
    verify = labels.verify_present if case["claim"] == "present" else labels.verify_absent
    verify(raw(case["root"]), raw(case["label"]), labels.MapProof(raw(case["proof"]["found"]), steps))


def check_checkpoint(case: Case) -> None:
    state = checkpoint.read_checkpoint(case["note"].encode(), note.parse_verifier(case["verifier"]))
    assert state == checkpoint.Checkpoint(case["origin"], case["size"], raw(case["root"]))


def check_cosignature(case: Case) -> None:
    line = note.parse_signatures(case["line"])[0]
    assert cosign.verify_cosignature(case["text"], line, note.parse_verifier(case["verifier"])) == case["at_ms"]


CHECKS = {
    "leaf": check_leaf,
    "label": check_label,
    "inclusion": check_inclusion,
    "consistency": check_consistency,
    "map": check_map,
    "checkpoint": check_checkpoint,
    "cosignature": check_cosignature,
}


def cases(stem: str) -> list[Case]:
    found: list[Case] = json.loads((VECTORS / f"{stem}.json").read_text(encoding="utf-8"))["cases"]
    return found


@pytest.mark.parametrize(("stem", "case"), [pytest.param(s, c, id=f"{s}: {c.get('name', c.get('n'))}") for s in CHECKS for c in cases(s)])
def test_each_case_gets_the_verdict_it_expects(stem: str, case: Case) -> None:
    assert verdict(CHECKS[stem], case) == case["expect"]


def test_the_files_are_what_their_maker_writes() -> None:
    spec = importlib.util.spec_from_file_location("make_tlog_vectors", VECTORS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert set(maker.FILES) == set(CHECKS)
    for stem in CHECKS:
        assert maker.render(stem) == (VECTORS / f"{stem}.json").read_text(encoding="utf-8")
