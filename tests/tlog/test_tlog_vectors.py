"""The committed check values of vectors/tlog: the package gives the verdict that each case expects."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from enishi.errors import Fault
from enishi.tlog import checkpoint, cosign, labels, leaf, note, tiles, tree, witness

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


def check_note(case: Case) -> None:
    encoded = b"x" * case["letters"] + raw(case["note"])
    assert note.parse_note(encoded).encode() == encoded


def check_verifier(case: Case) -> None:
    note.parse_verifier(case["verifier"])


def check_tile(case: Case) -> None:
    assert tiles.parse_path(case["path"]) == tiles.Tile(case["level"], case["index"], case["width"])


def check_bundle(case: Case) -> None:
    assert tiles.decode_bundle(raw(case["bundle"]), case["width"]) == hexes(case["entries"])


def check_witness(case: Case) -> None:
    log, seen = note.parse_verifier(case["log"]), case["last"]
    last = None if seen is None else checkpoint.Checkpoint(log.name, seen["size"], raw(seen["root"]))
    fresh = witness.check_submission(witness.parse_submission(case["body"].encode()), last, log)
    assert fresh == checkpoint.Checkpoint(log.name, case["size"], raw(case["root"]))


CHECKS = {
    "leaf": check_leaf,
    "label": check_label,
    "inclusion": check_inclusion,
    "consistency": check_consistency,
    "map": check_map,
    "checkpoint": check_checkpoint,
    "cosignature": check_cosignature,
    "note": check_note,
    "verifier": check_verifier,
    "tile": check_tile,
    "bundle": check_bundle,
    "witness": check_witness,
}


def cases(stem: str) -> list[Case]:
    found: list[Case] = json.loads((VECTORS / f"{stem}.json").read_text(encoding="utf-8"))["cases"]
    return found


@pytest.mark.parametrize(("stem", "case"), [pytest.param(s, c, id=f"{s}: {c.get('name', c.get('n'))}") for s in CHECKS for c in cases(s)])
def test_each_case_gets_the_verdict_it_expects(stem: str, case: Case) -> None:
    assert verdict(CHECKS[stem], case) == case["expect"]


def test_the_files_are_what_their_makers_write() -> None:
    made = {stem: maker for maker in map(loaded, ("make", "make_notes")) for stem in maker.FILES}
    assert set(made) == set(CHECKS)
    for stem in CHECKS:
        assert made[stem].render(stem) == (VECTORS / f"{stem}.json").read_text(encoding="utf-8")


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tlog_{name}", VECTORS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return maker
