"""The committed check values of vectors/seal: the package gives the verdict that each case expects."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from enishi.errors import Fault
from enishi.seal import SealingKey, check_envelope, decode_envelope, open_sealed

VECTORS = Path(__file__).parents[2] / "vectors" / "seal"
Case = dict[str, Any]


def cases(stem: str) -> list[Any]:
    found = json.loads((VECTORS / f"{stem}.json").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=f"{case.get('suite', '')} {case['name']}") for case in found]


@pytest.mark.parametrize("case", cases("seal"))
def test_seals(case: Case) -> None:
    key = SealingKey.from_bytes(bytes.fromhex(case["key"]))
    assert key.public.hex() == case["public"]
    try:
        opened, verdict = open_sealed(key, bytes.fromhex(case["info"]), bytes.fromhex(case["sealed"])), "ok"
        assert opened.hex() == case["plaintext"]
    except Fault as fault:
        verdict = fault.code
    assert verdict == case["expect"]


@pytest.mark.parametrize("case", cases("envelope"))
def test_envelopes(case: Case) -> None:
    keys = {keyid: bytes.fromhex(public) for keyid, public in case["keys"].items()}
    try:
        check_envelope(decode_envelope(case["envelope"].encode()), case["type"], keys, set(case["required"]))
        verdict = "ok"
    except Fault as fault:
        verdict = fault.code
    assert verdict == case["expect"]


def test_the_envelopes_are_what_their_maker_writes() -> None:
    spec = importlib.util.spec_from_file_location("make_seal_vectors", VECTORS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.render(maker.envelopes()) == (VECTORS / "envelope.json").read_text(encoding="utf-8")
