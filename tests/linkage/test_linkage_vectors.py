"""vectors/linkage/proofs.json: the bytes that hashing, blinding and proofs give.  A change here is a change of the protocol."""

import json
from pathlib import Path
from typing import Any

import pytest

from enishi.errors import Tampered
from enishi.linkage import convert, dleq, enrol, possession
from enishi.linkage.forms import decode_rows
from enishi.linkage.group import multiply
from enishi.linkage.hashing import hash_to_group, hash_to_scalar

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "linkage" / "proofs.json").read_text())
HASHES, PROOFS, ROWS = VECTORS["hashes"], VECTORS["proofs"], VECTORS["rows"]
un = bytes.fromhex


def test_hashes() -> None:
    group, scalar = HASHES["hash_to_group"], HASHES["hash_to_scalar"]
    assert hash_to_group(group["use"], *map(un, group["parts"])).hex() == group["point"]
    assert hash_to_scalar(scalar["use"], *map(un, scalar["parts"])).hex() == scalar["scalar"]
    assert enrol.handle_point(un(HASHES["handle_point"]["handle"])).hex() == HASHES["handle_point"]["point"]


@pytest.mark.parametrize("case", HASHES["beta"], ids=lambda case: f"row {case['i']}")
def test_beta(case: dict[str, Any]) -> None:
    assert convert.beta(un(case["secret"]), un(case["txid"]), case["i"]).hex() == case["beta"]


def test_equality_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    case = PROOFS["dleq"]
    k, a, pairs = un(case["k"]), un(case["a"]), [(un(left), un(right)) for left, right in case["pairs"]]
    monkeypatch.setattr(dleq, "random_scalar", lambda: un(PROOFS["nonce"]))
    assert dleq.prove(k, a, multiply(k, a), pairs, un(PROOFS["context"])).encode().hex() == case["proof"]
    dleq.verify(a, multiply(k, a), pairs, dleq.decode_proof(un(case["proof"])), un(PROOFS["context"]))


def test_possession(monkeypatch: pytest.MonkeyPatch) -> None:
    case = PROOFS["possession"]
    monkeypatch.setattr(possession, "random_scalar", lambda: un(PROOFS["nonce"]))
    assert possession.prove_possession(un(case["secret"]), un(PROOFS["context"])).encode().hex() == case["proof"]
    possession.check_possession(un(case["public"]), dleq.decode_proof(un(case["proof"])), un(PROOFS["context"]))


def test_pi(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = decode_rows([(un(r), un(b), un(u)) for r, b, u in ROWS["rows"]])
    txid, z_b, z_u = un(ROWS["txid"]), un(ROWS["z_b"]), un(ROWS["z_u"])
    monkeypatch.setattr(convert, "random_scalar", lambda: un(PROOFS["nonce"]))
    pi = convert.prove_rows(txid, z_b, z_u, rows, convert.RowSecrets(tuple(map(un, ROWS["r"]))))
    assert pi.encode().hex() == ROWS["pi"]
    convert.check_rows(txid, z_b, z_u, rows, convert.decode_pi(un(ROWS["pi"])))
    with pytest.raises(Tampered, match="pi-false"):
        convert.check_rows(txid, z_u, z_b, rows, pi)
