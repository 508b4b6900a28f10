"""Writes the check values beside this file: `python vectors/seal/make.py`.  Bytes are hex; `expect` is "ok" or the code of the fault.

Envelopes, keys and paddings follow from fixed seeds.  Sealing draws fresh randomness, so seal.json keeps what was sealed once, and many.json the
encapsulations that its messages share (`--reseal` draws anew).  Published are: in rfc9180.json the values of RFC 9180, A.1.1; in xwing.json `seed`,
`eseed`, `ss` and both hashes, which are the three test vectors of draft-connolly-cfrg-xwing-kem (KEM 0x647a).  Neither source seals without
associated data, so what is sealed here is sealed under the published shared secrets by the key schedule of RFC 9180, 5.1, written out below.
"""

import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enishi.seal.dsse import Envelope, Signature, countersign, encode_envelope, sign_envelope
from enishi.seal.hpke import SealingKey, Suite, seal
from enishi.seal.pad import pad
from enishi.seal.shared import SECRET_INFO
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


# ---- published values ------------------------------------------------------------------------------------------------------------------

SUITES: Final = {1: (b"HPKE\x64\x7a\x00\x01\x00\x02", 32), 2: (b"HPKE\x00\x20\x00\x01\x00\x01", 16)}
"""RFC 9180, 5.1: the ids of KEM, KDF and AEAD, and the length of the AEAD's key."""
PLAINTEXT: Final = b"Beauty is truth, truth beauty"


def scheduled(suite: int, ss: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the first message, base mode."""
    ids, length = SUITES[suite]

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + ids + label + ikm, "sha256")

    def expand(key: bytes, label: bytes, context: bytes, size: int) -> bytes:
        return hmac.digest(key, size.to_bytes(2, "big") + b"HPKE-v1" + ids + label + context + b"\x01", "sha256")[:size]

    context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(ss, b"secret", b"")
    return expand(secret, b"key", context, length), expand(secret, b"base_nonce", context, 12)


def rfc9180() -> list[Case]:
    published = {
        "key": "4531685d41d65f03dc48f6b8302c05b0",
        "base_nonce": "56d890e5accaaf011cff4b7d",
        "enc": "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
        "ss": "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
    }
    private, public = (
        "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
        "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    )
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    key, nonce, enc, ss = map(bytes.fromhex, published.values())
    assert scheduled(2, ss, info) == (key, nonce)
    sealed = b"\2" + enc + AESGCM(key).encrypt(nonce, PLAINTEXT, b"")
    bound = b"\2" + enc + AESGCM(key).encrypt(nonce, PLAINTEXT, b"Count-0")
    rows = [
        ("A.1.1, without associated data", info, sealed, "ok"),
        ("A.1.1, with associated data", info, bound, "seal-broken"),
        ("another info", info + b"\0", sealed, "seal-broken"),
        ("no info", b"", sealed, "seal-broken"),
        ("another nonce", info, b"\2" + enc + AESGCM(key).encrypt(flipped(nonce), PLAINTEXT, b""), "seal-broken"),
        ("an encapsulated key of order one", info, b"\2" + bytes(32) + sealed[33:], "seal-broken"),
        ("the tag alone", info, b"\2" + enc + sealed[-16:], "seal-broken"),
    ]
    shared = {"suite": 2, "key": "02" + private, "public": "02" + public, **{f"rfc_{name}": value for name, value in published.items()}}
    return [
        {"name": name, **shared, "info": i.hex(), "plaintext": PLAINTEXT.hex(), "sealed": s.hex(), "expect": expect} for name, i, s, expect in rows
    ]


def flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


def xwing() -> list[Case]:
    """What stands in the file as published (and `enc`, which follows from it), completed by a private key and a sealed message."""
    names = ("seed", "eseed", "ss", "public_sha3", "enc_sha3", "enc")
    found = json.loads((HERE / "xwing.json").read_text(encoding="utf-8"))["cases"]
    published = [{name: one[name] for name in names} for one in found if one.get("expect", "ok") == "ok"]
    return [made for number, one in enumerate(published, start=1) for made in sealings(number, one)]


def sealings(number: int, one: Case) -> list[Case]:
    enc, info = bytes.fromhex(one["enc"]), b"enishi/v1/answer"
    assert hashlib.sha3_256(enc).hexdigest() == one["enc_sha3"]
    private = hashlib.shake_256(bytes.fromhex(one["seed"])).digest(96)
    key, nonce = scheduled(1, bytes.fromhex(one["ss"]), info)
    sealed = b"\1" + enc + AESGCM(key).encrypt(nonce, PLAINTEXT, b"")
    shared = {**one, "private": private.hex(), "info": info.hex(), "plaintext": PLAINTEXT.hex()}
    rows = [("holds", sealed, "ok")]
    if number == 1:
        rows.append(("another lattice ciphertext", sealed[:1] + bytes([sealed[1] ^ 1]) + sealed[2:], "seal-broken"))
        rows.append(("another X25519 key", sealed[:1120] + bytes([sealed[1120] ^ 1]) + sealed[1121:], "seal-broken"))
    return [{"name": f"vector {number} {name}", **shared, "sealed": made.hex(), "expect": expect} for name, made, expect in rows]


# ---- many messages under one encapsulation ------------------------------------------------------------------------------------------------


def drawn() -> Case:
    """What many.json keeps: one secret encapsulated twice, once to another key, and once under another info."""
    key, other, secret = SealingKey(Suite.HYBRID, seed("hybrid", 96)), SealingKey(Suite.HYBRID, seed("another", 96)), seed("secret")
    made = {
        "encapsulation": seal(key.public, SECRET_INFO, secret),
        "again": seal(key.public, SECRET_INFO, secret),
        "to_another": seal(other.public, SECRET_INFO, secret),
        "other_info": seal(key.public, b"enishi/v1/answer", secret),
    }
    return {"secret": secret.hex(), **{name: value[1:].hex() for name, value in made.items()}}


def together(encapsulation: bytes, secret: bytes, info: bytes, nonce: bytes, plaintext: bytes) -> tuple[bytes, bytes, bytes]:
    """Exporter secret, key of the message, and the message, written out by RFC 5869."""
    exporter = hmac.digest(encapsulation, secret, "sha256")
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in (b"enishi/v1/sealed-message", nonce, info))
    key = hmac.digest(exporter, framed + b"\1", "sha256")
    return exporter, key, b"\3" + encapsulation + nonce + AESGCM(key).encrypt(bytes(12), plaintext, b"")


def many(kept: Case | None = None) -> list[Case]:
    kept = kept or json.loads((HERE / "many.json").read_text(encoding="utf-8"))["drawn"]
    key, browser = SealingKey(Suite.HYBRID, seed("hybrid", 96)), SealingKey(Suite.BROWSER, seed("browser"))
    secret, enc, again, to_another, other_info = (bytes.fromhex(value) for value in kept.values())
    info, plain, nonce = b"enishi/v1/answer", '{"結果":"provided"}'.encode(), seed("nonce", 16)
    exporter, message_key, one = together(enc, secret, info, nonce, plain)
    _, _, two = together(enc, secret, info, seed("nonce 2", 16), plain)
    _, _, empty = together(enc, secret, b"", nonce, b"")
    moved = b"\3" + again + one[1 + len(enc) :]
    unsalted = hmac.digest(bytes(32), secret, "sha256")
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in (b"enishi/v1/sealed-message", nonce, info))
    loose = b"\3" + enc + nonce + AESGCM(hmac.digest(unsalted, framed + b"\1", "sha256")).encrypt(bytes(12), plain, b"")
    rows = [
        ("opens", key, info, plain, one, "ok"),
        ("the same once more, under another nonce", key, info, plain, two, "ok"),
        ("nothing, under no info", key, b"", b"", empty, "ok"),
        ("padded", key, info, pad(plain), together(enc, secret, info, nonce, pad(plain))[2], "ok"),
        ("under the other encapsulation of the same secret", key, info, plain, together(again, secret, info, nonce, plain)[2], "ok"),
        ("moved under the other encapsulation of the same secret", key, info, plain, moved, "seal-broken"),
        ("an exporter secret without its salt", key, info, plain, loose, "seal-broken"),
        ("encapsulated to another key", key, info, plain, together(to_another, secret, info, nonce, plain)[2], "seal-broken"),
        ("encapsulated under another info", key, info, plain, together(other_info, secret, info, nonce, plain)[2], "seal-broken"),
        ("another info", key, info + b"x", plain, one, "seal-broken"),
        ("another message's nonce", key, info, plain, one[: 1 + len(enc)] + two[1 + len(enc) :][:16] + one[1 + len(enc) + 16 :], "seal-broken"),
        ("last byte changed", key, info, plain, flipped(one), "seal-broken"),
        ("first byte changed", key, info, plain, one[:1] + bytes([one[1] ^ 1]) + one[2:], "seal-broken"),
        ("the sealed secret changed", key, info, plain, one[:1168] + bytes([one[1168] ^ 1]) + one[1169:], "seal-broken"),
        ("said to be of suite 1", key, info, plain, b"\1" + one[1:], "seal-broken"),
        ("of suite 1, said to be of suite 3", key, info, plain, b"\3" + one[1:1121] + bytes(200), "seal-broken"),
        ("a browser's key", browser, info, plain, one, "seal-broken"),
        ("a byte short of the shortest", key, b"", b"", empty[:-1], "seal-too-short"),
    ]
    shared = {"suite": 3, "secret": secret.hex(), "exporter": exporter.hex(), "message_key": message_key.hex()}
    return [
        {
            "name": name,
            **shared,
            "key": k.to_bytes().hex(),
            "public": k.public.hex(),
            "info": i.hex(),
            "plaintext": p.hex(),
            "sealed": s.hex(),
            "expect": e,
        }
        for name, k, i, p, s, e in rows
    ]


# ---- padding and keys -------------------------------------------------------------------------------------------------------------------


def pads() -> list[Case]:
    """Padded bytes as `head`, so many zero bytes, and `tail`."""
    rows = [
        ("five bytes", b"\0\0\0\5enish", 1015, b"", b"enish", "ok"),
        ("nothing", bytes(4), 1020, b"", b"", "ok"),
        ("1,020 bytes fill the smallest size", b"\0\0\3\xfc", 1020, b"", bytes(1020), "ok"),
        ("1,021 bytes need the next", b"\0\0\3\xfd", 2044, b"", bytes(1021), "ok"),
        ("1,024 bytes", b"\0\0\4\0", 2044, b"", bytes(1024), "ok"),
        ("a filler that is not zero", bytes(4), 1019, b"\1", b"", "padding-malformed"),
        ("a size that is none", bytes(4), 1021, b"", b"", "padding-malformed"),
        ("twice as large as needed", bytes(4), 2044, b"", b"", "padding-malformed"),
        ("a length beyond the end", b"\0\0\4\0", 1020, b"", b"", "padding-malformed"),
        ("a length that needs the next size", b"\0\0\3\xfd", 1020, b"", b"", "padding-malformed"),
        ("smaller than the smallest size", bytes(4), 508, b"", b"", "padding-malformed"),
        ("no byte", b"", 0, b"", b"", "padding-malformed"),
    ]
    return [
        {"name": name, "head": head.hex(), "zeros": zeros, "tail": tail.hex(), "plaintext": plain.hex(), "expect": expect}
        for name, head, zeros, tail, plain, expect in rows
    ]


def keys() -> list[Case]:
    """Ed25519 keys that verify; those of small order do not."""
    good = SigningKey.from_bytes(seed("one")).public
    small = {
        "order 1": "01" + "00" * 31,
        "order 2": "ec" + "ff" * 30 + "7f",
        "order 4": "00" * 32,
        "order 4, sign bit": "00" * 31 + "80",
        "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "order 8, the other": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "order 4, not canonical": "ed" + "ff" * 30 + "7f",
        "order 1, not canonical": "ee" + "ff" * 30 + "7f",
    }
    rows = [("a key", good.hex(), "ok"), ("one byte short", good[:-1].hex(), "verification-key-malformed")]
    rows += [(name, public, "verification-key-malformed") for name, public in small.items()]
    return [{"name": name, "public": public, "expect": expect} for name, public, expect in rows]


FILES: Final = {"envelope": envelopes, "rfc9180": rfc9180, "xwing": xwing, "pad": pads, "key": keys}


def render(cases: list[Case], **kept: Any) -> str:
    return json.dumps({**kept, "cases": cases}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for stem, make in FILES.items():
        (HERE / f"{stem}.json").write_text(render(make()), encoding="utf-8")
    if "--reseal" in sys.argv or not (HERE / "many.json").exists():
        drawn_now = drawn()
        (HERE / "many.json").write_text(render(many(drawn_now), drawn=drawn_now), encoding="utf-8")
    if "--reseal" in sys.argv:
        (HERE / "seal.json").write_text(render(seals()), encoding="utf-8")
