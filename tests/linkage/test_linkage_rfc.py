"""The published values of RFC 9380 (expansion), RFC 9496 (group) and RFC 9497 (hashing and batched proofs)."""

import json
from pathlib import Path
from typing import Any

import pytest

from enishi.errors import Malformed, Tampered
from enishi.linkage import dleq
from enishi.linkage.group import G, base, decode_point, decode_scalar, multiply, point_from_hash, scalar_from_hash
from enishi.linkage.hashing import expand_message_xmd, to_group_under

FOLDER = Path(__file__).parents[2] / "vectors" / "linkage"


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


GROUP = load("rfc9496.json")["cases"]
EXPANSION = load("rfc9380.json")
BASE, VERIFIABLE = load("rfc9497.json")["modes"]
CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"


def points(joined: str) -> list[bytes]:
    return [bytes.fromhex(one) for one in joined.split(",")]


@pytest.mark.parametrize("case", EXPANSION["cases"])
def test_expansion(case: dict[str, Any]) -> None:
    assert expand_message_xmd(case["message"].encode(), EXPANSION["dst"].encode(), case["length"]).hex() == case["uniform"]


@pytest.mark.parametrize(("dst", "length"), [(b"", 32), (b"x" * 256, 32), (b"x", 0), (b"x", 255 * 64 + 1)])
def test_expansion_keeps_its_limits(dst: bytes, length: int) -> None:
    with pytest.raises(Malformed, match="expansion-too-long"):
        expand_message_xmd(b"", dst, length)


@pytest.mark.parametrize("case", GROUP, ids=lambda case: case.get("why", case["what"]))
def test_group(case: dict[str, Any]) -> None:
    point = bytes.fromhex(case["point"])
    if case["what"] == "encoding":
        with pytest.raises(Malformed, match=case["expect"]):
            decode_point(point, "point")
    elif case["what"] == "map":
        assert point_from_hash(bytes.fromhex(case["uniform"])) == point
    else:
        assert base(case["k"].to_bytes(32, "little")) == decode_point(point) == point


@pytest.mark.parametrize("size", [63, 65])
def test_uniform_bytes_must_be_64(size: int) -> None:
    with pytest.raises(Malformed):
        point_from_hash(bytes(size))
    with pytest.raises(Malformed):
        scalar_from_hash(bytes(size))


@pytest.mark.parametrize("mode", [BASE, VERIFIABLE], ids=["base", "verifiable"])
def test_hash_to_group_and_evaluation(mode: dict[str, Any]) -> None:
    for vector in mode["vectors"]:
        columns = (points(vector[name]) for name in ("Input", "Blind", "BlindedElement", "EvaluationElement"))
        for given, blind, blinded, evaluated in zip(*columns, strict=True):
            assert multiply(decode_scalar(blind), to_group_under(bytes.fromhex(mode["groupDST"]), given)) == blinded
            assert multiply(bytes.fromhex(mode["skSm"]), blinded) == evaluated


@pytest.mark.parametrize("vector", VERIFIABLE["vectors"], ids=lambda vector: f"batch of {vector['Batch']}")
def test_batched_proofs(vector: dict[str, Any]) -> None:
    secret, public = bytes.fromhex(VERIFIABLE["skSm"]), bytes.fromhex(VERIFIABLE["pkSm"])
    pairs = list(zip(points(vector["BlindedElement"]), points(vector["EvaluationElement"]), strict=True))
    proof = dleq.generate(secret, G, public, pairs, CONTEXT, bytes.fromhex(vector["Proof"]["r"]))
    assert proof.encode().hex() == vector["Proof"]["proof"]
    dleq.examine(G, public, pairs, dleq.decode_proof(proof.encode()), CONTEXT)
    with pytest.raises(Tampered, match="dleq-false"):
        dleq.examine(G, public, pairs, proof, CONTEXT + b"x")
