"""The check values of vectors/evidence: recomputed here with nothing but SHA-256, and the bundle with each change as it is written there."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from enishi.evidence import decode, verify_bundle

FOLDER = Path(__file__).parents[2] / "vectors" / "evidence"
VALUES: dict[str, dict[str, Any]] = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = json.loads((FOLDER / "changes.json").read_text(encoding="utf-8"))["cases"]
PINS = {name: base64.b64decode(key) for name, key in json.loads((FOLDER / "pins.json").read_text(encoding="utf-8")).items()}


def frame(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def digest(use: str, *parts: bytes) -> bytes:
    return hashlib.sha256(frame(f"enishi/v1/{use}".encode(), *parts)).digest()


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def raw(name: str, *fields: str) -> list[bytes]:
    return [bytes.fromhex(VALUES[name][field]) for field in fields]


def text(name: str, field: str) -> bytes:
    said: str = VALUES[name][field]
    return said.encode()


def computed() -> dict[str, bytes]:
    """Every value by its definition in docs/protocol.md."""
    kind, payload = VALUES["pae"]["type"].encode(), bytes.fromhex(VALUES["pae"]["payload"])
    leaves = [bytes.fromhex(leaf) for leaf in VALUES["rows"]["leaves"]]
    (ciphertexts, case) = raw("row", "ciphertexts", "case")
    return {
        "frame": frame(*(bytes.fromhex(part) for part in VALUES["frame"]["parts"])),
        "digest": digest(VALUES["digest"]["use"], *(bytes.fromhex(part) for part in VALUES["digest"]["parts"])),
        "pae": b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload),
        "registry": digest("registry", *raw("registry", "payload")),
        "txid": digest("txid", *raw("txid", "payload")),
        "item": digest("item", *raw("item", "txid"), u64(VALUES["item"]["i"])),
        "commit-case": digest("commit-case", *raw("commit-case", "salt"), text("commit-case", "text")),
        "commit-officer": digest("commit-officer", *raw("commit-officer", "salt"), text("commit-officer", "text")),
        "row-ciphertexts": digest("row-ciphertexts", *raw("row-ciphertexts", "r", "b", "u")),
        "row": hashlib.sha256(b"\0" + frame(ciphertexts, case, text("row", "relation"), text("row", "period"))).digest(),
        "rows": node(node(leaves[0], leaves[1]), leaves[2]),
        "pair": digest("pair", *raw("pair", "r", "c")),
        "answer": digest("answer", *raw("answer", "sealed")),
        "answer-info": frame(b"enishi/v1/answer", *raw("answer-info", "txid", "item_id")),
        "disclosure": digest("disclosure", *raw("disclosure", "commitment")),
        "possession": frame(b"possession", text("possession", "owner"), text("possession", "key"), u64(VALUES["possession"]["epoch"])),
        "card": frame(b"enishi/v1/card", b"authentication", *raw("card", "request")),
        "view-request": digest("view-request", *raw("view-request", "request")),
        "view-info": frame(b"enishi/v1/view", *raw("view-info", "txid")),
        "labels-info": frame(b"enishi/v1/labels", *raw("labels-info", "request")),
    }


def test_every_hash_is_what_the_page_defines() -> None:
    assert {name: value.hex() for name, value in computed().items()} == {name: value["expect"] for name, value in VALUES.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_change_fails_what_it_must(case: dict[str, Any]) -> None:
    whole = place = json.loads((FOLDER / "bundle.enishi.json").read_text(encoding="utf-8"))
    for step in case["path"][:-1]:
        place = place[step]
    if case["path"]:
        place[case["path"][-1]] = case["value"]
    report = verify_bundle(decode(json.dumps(whole).encode()), PINS)
    assert list(report.failed) == case["expect"]
    assert report.ok is (not case["path"])
