"""Writes the check values beside this file: `python vectors/seal/make.py`.  Bytes are hex; `expect` is "ok" or the code of the fault.

Envelopes follow from fixed seeds.  Sealing draws fresh randomness, so seal.json keeps what was sealed once (`--reseal` draws anew).
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final

from enishi.seal.dsse import Envelope, Signature, countersign, encode_envelope, sign_envelope
from enishi.seal.hpke import SealingKey, Suite, seal
from enishi.seal.pad import pad
from enishi.seal.sign import SigningKey

HERE: Final = Path(__file__).parent
TYPE: Final = "application/vnd.enishi.statement+json"

Case = dict[str, Any]


def seed(name: str, length: int = 32) -> bytes:
    return hashlib.shake_256(name.encode()).digest(length)


def envelopes() -> list[Case]:
    one, two = SigningKey.from_bytes(seed("one")), SigningKey.from_bytes(seed("two"))
    keys = {"one": one.public.hex(), "two": two.public.hex()}
    payload = '{"affair":"災害弔慰金"}'.encode()
    single = sign_envelope(TYPE, payload, one, "one")
    both = countersign(single, two, "two")
    swapped = Envelope(TYPE, payload, (Signature("one", both.signatures[1].sig), Signature("two", both.signatures[0].sig)))
    foreign = countersign(single, SigningKey.from_bytes(seed("three")), "three")
    rows = [
        ("one signer", single, ["one"], "ok"),
        ("two signers", both, ["one", "two"], "ok"),
        ("a signature more than asked", both, ["one"], "ok"),
        ("a stranger's signature beside", foreign, ["one"], "ok"),
        ("one of two is missing", single, ["one", "two"], "signature-missing"),
        ("signatures swapped", swapped, ["one", "two"], "signature-invalid"),
        ("another payload", Envelope(TYPE, payload + b" ", single.signatures), ["one"], "signature-invalid"),
        ("another type", Envelope(TYPE + "2", payload, single.signatures), ["one"], "envelope-type-wrong"),
        ("the same signer twice", Envelope(TYPE, payload, single.signatures * 2), ["one"], "envelope-signed-twice"),
        ("no signature", Envelope(TYPE, payload, ()), ["one"], "signature-missing"),
    ]
    return [
        {"name": name, "envelope": encode_envelope(env).decode(), "type": TYPE, "keys": keys, "required": required, "expect": expect}
        for name, env, required, expect in rows
    ]


def seals() -> list[Case]:
    cases = []
    for suite, secret in ((Suite.BROWSER, seed("browser")), (Suite.HYBRID, seed("hybrid", 96))):
        key = SealingKey(suite, secret)
        info, plaintext = b"enishi/v1/answer", '{"結果":"provided"}'.encode()
        sealed, padded = seal(key.public, info, plaintext), seal(key.public, info, pad(plaintext))
        shared = {"suite": int(suite), "key": key.to_bytes().hex(), "public": key.public.hex()}
        rows = [
            ("opens", sealed, info, plaintext, "ok"),
            ("opens, padded", padded, info, pad(plaintext), "ok"),
            ("another info", sealed, info + b"x", plaintext, "seal-broken"),
            ("last byte changed", sealed[:-1] + bytes([sealed[-1] ^ 1]), info, plaintext, "seal-broken"),
            ("first byte changed", sealed[:1] + bytes([sealed[1] ^ 1]) + sealed[2:], info, plaintext, "seal-broken"),
            ("another suite", bytes([3 - suite]) + sealed[1:] + bytes(1200), info, plaintext, "seal-broken"),
            ("an unknown suite", b"\t" + sealed[1:], info, plaintext, "seal-suite-unknown"),
            ("too short", sealed[:40], info, plaintext, "seal-too-short"),
        ]
        cases += [
            {"name": name, **shared, "info": i.hex(), "plaintext": p.hex(), "sealed": s.hex(), "expect": expect} for name, s, i, p, expect in rows
        ]
    return cases


def render(cases: list[Case]) -> str:
    return json.dumps({"cases": cases}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "envelope.json").write_text(render(envelopes()), encoding="utf-8")
    if "--reseal" in sys.argv:
        (HERE / "seal.json").write_text(render(seals()), encoding="utf-8")
