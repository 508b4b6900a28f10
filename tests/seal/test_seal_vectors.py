"""The committed check values of vectors/seal: the package gives the verdict that each case expects."""

import hashlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from enishi.errors import Fault
from enishi.seal import SealingKey, check_envelope, decode_envelope, open_sealed
from enishi.seal.pad import pad, unpad
from enishi.seal.sign import verify

VECTORS = Path(__file__).parents[2] / "vectors" / "seal"
Case = dict[str, Any]


def cases(stem: str) -> list[Any]:
    found = json.loads((VECTORS / f"{stem}.json").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=f"{case.get('suite', '')} {case['name']}") for case in found]


@pytest.mark.parametrize("case", [*cases("seal"), *cases("rfc9180"), *cases("many")])
def test_seals(case: Case) -> None:
    key = SealingKey.from_bytes(bytes.fromhex(case["key"]))
    assert key.public.hex() == case["public"]
    try:
        opened, verdict = open_sealed(key, bytes.fromhex(case["info"]), bytes.fromhex(case["sealed"])), "ok"
        assert opened.hex() == case["plaintext"]
    except Fault as fault:
        verdict = fault.code
    assert verdict == case["expect"]


@pytest.mark.parametrize("case", cases("xwing"))
def test_the_hybrid_opens_what_the_published_secrets_seal(case: Case) -> None:
    key = SealingKey.from_bytes(b"\1" + bytes.fromhex(case["private"]))
    assert hashlib.sha3_256(key.public[1:]).hexdigest() == case["public_sha3"]
    assert verdict(lambda: open_sealed(key, bytes.fromhex(case["info"]), bytes.fromhex(case["sealed"])).hex() == case["plaintext"]) == case["expect"]


@pytest.mark.parametrize("case", cases("pad"))
def test_paddings(case: Case) -> None:
    padded = bytes.fromhex(case["head"]) + bytes(case["zeros"]) + bytes.fromhex(case["tail"])
    plain = bytes.fromhex(case["plaintext"])
    assert verdict(lambda: unpad(padded) == plain and pad(plain) == padded) == case["expect"]


@pytest.mark.parametrize("case", cases("key"))
def test_signing_keys(case: Case) -> None:
    # No signature of another's is at hand under a given key: a key that may verify gets as far as the signature.
    expect = "signature-invalid" if case["expect"] == "ok" else case["expect"]
    assert verdict(lambda: verify(bytes.fromhex(case["public"]), b"message", bytes(64)) is None) == expect


def verdict(holds: Callable[[], bool]) -> str:
    try:
        assert holds()
    except Fault as fault:
        return fault.code
    return "ok"


@pytest.mark.parametrize("case", cases("envelope"))
def test_envelopes(case: Case) -> None:
    keys = {keyid: bytes.fromhex(public) for keyid, public in case["keys"].items()}
    try:
        check_envelope(decode_envelope(case["envelope"].encode()), case["type"], keys, set(case["required"]))
        verdict = "ok"
    except Fault as fault:
        verdict = fault.code
    assert verdict == case["expect"]


def test_the_files_are_what_their_maker_writes() -> None:
    spec = importlib.util.spec_from_file_location("make_seal_vectors", VECTORS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    for stem, make in maker.FILES.items():
        assert maker.render(make()) == (VECTORS / f"{stem}.json").read_text(encoding="utf-8"), stem
    drawn = json.loads((VECTORS / "many.json").read_text(encoding="utf-8"))["drawn"]
    assert maker.render(maker.many(), drawn=drawn) == (VECTORS / "many.json").read_text(encoding="utf-8")
