"""Writes the check values of notes, keys, file names, bundles and submissions to a witness: `python vectors/tlog/make_notes.py`.

All bytes are hex; `expect` is "ok" or the code of the fault.  Everything is derived from fixed seeds, so a second run changes nothing.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from enishi.seal.sign import SigningKey
from enishi.tlog import checkpoint, note, tiles, tree, witness

HERE: Final = Path(__file__).parent
ORIGIN: Final = "log.enishi.example/1"
WITNESS: Final = "witness.enishi.example/w1"

Case = dict[str, Any]


def seed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def flip(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


def notes() -> list[Case]:
    """Of the first case on, `letters` times the letter x stand before the bytes of `note`."""
    key = SigningKey.from_bytes(seed("log key"))
    signed = checkpoint.sign_checkpoint(checkpoint.Checkpoint(ORIGIN, 13, seed("root")), key).encode()
    line = signed.rsplit(b"\n\n", 1)[1]
    head = signed.removesuffix(line)
    rows = [
        ("a signed note", signed, "ok"),
        ("64 signature lines", head + line * 64, "ok"),
        ("65 signature lines", head + line * 65, "note-malformed"),
        ("no newline at the end", signed[:-1], "note-malformed"),
        ("a hyphen for the dash", signed.replace("—".encode(), b"-"), "note-malformed"),
        ("two spaces before the signature", signed.replace(b"/1 ", b"/1  ", 1), "note-malformed"),
        ("a plus in the key name", signed.replace(b"\xe2\x80\x94 log.", b"\xe2\x80\x94 log+"), "note-malformed"),
        ("a control character", b"\x07" + signed, "note-malformed"),
        ("not UTF-8", b"\xff" + signed, "note-malformed"),
        ("a signature of four bytes", head + b"\xe2\x80\x94 name AAAAAA==\n", "note-malformed"),
        ("base64 without its padding", head + b"\xe2\x80\x94 name AAAAAAAA\n" + line.replace(b"=", b""), "note-malformed"),
        ("base64 with stray bits", head + b"\xe2\x80\x94 name AAAAAAB=\n", "note-malformed"),
    ]
    cases: list[Case] = [{"name": name, "letters": 0, "note": text.hex(), "expect": expect} for name, text, expect in rows]
    return [*cases, {"name": "longer than 64 KiB", "letters": 65_536, "note": signed.hex(), "expect": "note-malformed"}]


def verifiers() -> list[Case]:
    public = SigningKey.from_bytes(seed("log key")).public
    log, witness_key = note.Verifier(ORIGIN, public), note.Verifier(WITNESS, public, note.KeyType.COSIGNATURE)
    name, key_id, key = log.encoded.split("+", 2)
    raw = b"\2" + public
    hashed = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    typed = f"{name}+{hashed}+{base64.b64encode(raw).decode()}"
    rows = [
        ("a log", log.encoded, "ok"),
        ("a witness", witness_key.encoded, "ok"),
        ("another key id", f"{name}+{flip(bytes.fromhex(key_id)).hex()}+{key}", "verifier-key-malformed"),
        ("key id in capitals", f"{name}+{key_id.upper()}+{key}", "verifier-key-malformed"),
        ("an empty name", f"+{key_id}+{key}", "verifier-key-malformed"),
        ("a space in the name", f"a {name}+{key_id}+{key}", "verifier-key-malformed"),
        ("an unknown type", typed, "verifier-key-malformed"),
        ("a short key", log.encoded[:-4], "verifier-key-malformed"),
        ("no key", f"{name}+{key_id}", "verifier-key-malformed"),
    ]
    return [{"name": name, "verifier": text, "expect": expect} for name, text, expect in rows]


def tile_names() -> list[Case]:
    rows = [
        ("tile/0/000", (0, 0, 256), "ok"),
        ("tile/0/000.p/5", (0, 0, 5), "ok"),
        ("tile/63/999", (63, 999, 256), "ok"),
        ("tile/0/x001/000", (0, 1000, 256), "ok"),
        ("tile/1/x001/x234/067.p/255", (1, 1_234_067, 255), "ok"),
        ("tile/entries/x001/234", (-1, 1234, 256), "ok"),
        ("tile/entries/000.p/1", (-1, 0, 1), "ok"),
        *(
            (name, (0, 0, 0), "tile-path-malformed")
            for name in (
                *("tile/0/0", "tile/0/1000", "tile/0/x000/001", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/000.p/0"),
                *("tile/0/000.p/256", "tile/0/000.p/05", "tile/0/000.p/", "tile/0/001/000", "tile/0/x001", "tile/0/x001/x000"),
                *("/tile/0/000", "tile/0/000/", "tile/0/000\n", "tile/Entries/000", "tile/0/٠٠٠", "tile/0/../0/000", "tile/0/000.p/5.p/5"),
            )
        ),
    ]
    return [{"name": name, "path": name, "level": level, "index": i, "width": w, "expect": expect} for name, (level, i, w), expect in rows]


def bundles() -> list[Case]:
    entries = [b"a", b"", b"ccc"]
    good = tiles.encode_bundle(entries)
    rows = [
        ("three entries", good, 3, "ok"),
        ("a byte more", good + b"\0", 3, "bundle-malformed"),
        ("cut short", good[:-1], 3, "bundle-malformed"),
        ("cut in a length", good + b"\0", 4, "bundle-malformed"),
        ("fewer entries than the name says", good, 4, "bundle-malformed"),
        ("more entries than the name says", good, 2, "bundle-malformed"),
        ("nothing", b"", 1, "bundle-malformed"),
    ]
    shown = [entry.hex() for entry in entries]
    return [{"name": name, "bundle": raw.hex(), "width": width, "entries": shown, "expect": expect} for name, raw, width, expect in rows]


def submissions() -> list[Case]:
    key = SigningKey.from_bytes(seed("log key"))
    log = note.Verifier(ORIGIN, key.public)
    hashes = [tree.leaf_hash(bytes([i])) for i in range(13)]
    states = {size: checkpoint.Checkpoint(ORIGIN, size, tree.root_of(hashes[:size])) for size in (0, 6, 8, 13)}

    def body(old: int, size: int, proof: list[bytes], root: bytes | None = None) -> str:
        state = states[size] if root is None else checkpoint.Checkpoint(ORIGIN, size, root)
        return witness.Submission(old, tuple(proof), checkpoint.sign_checkpoint(state, key)).encode().decode()

    proof = tree.consistency(hashes, 6)
    good = body(6, 13, proof)
    foreign = checkpoint.sign_checkpoint(states[13], SigningKey.from_bytes(seed("another key")))
    rows: list[tuple[str, str, int | None, str]] = [
        ("the first checkpoint", body(0, 13, []), None, "ok"),
        ("grown", good, 6, "ok"),
        ("the same again", body(13, 13, []), 13, "ok"),
        ("another size than the witness has", good, 8, "witness-has-another-size"),
        ("nothing seen, yet a proof from 6", good, None, "witness-has-another-size"),
        ("smaller than what was seen", body(13, 8, []), 13, "submission-malformed"),
        ("a split view", body(13, 13, [], seed("another root")), 13, "witness-has-another-root"),
        ("history rewritten", body(6, 13, proof, seed("another root")), 6, "consistency-broken"),
        ("a hash too few", body(6, 13, proof[:-1]), 6, "consistency-broken"),
        ("a hash too many", body(6, 13, [*proof, proof[0]]), 6, "consistency-broken"),
        ("a proof from nothing", body(0, 13, proof[:1]), None, "consistency-broken"),
        ("another log's key", witness.Submission(6, tuple(proof), foreign).encode().decode(), 6, "note-not-signed"),
        ("64 hashes", body(6, 13, [proof[0]] * 64), 6, "submission-malformed"),
        ("a hash of 31 bytes", body(6, 13, [proof[0][:31]]), 6, "submission-malformed"),
        ("no old size", good.removeprefix("old 6\n"), 6, "submission-malformed"),
        ("old size with a leading zero", good.replace("old 6", "old 06"), 6, "submission-malformed"),
        ("no empty line", good.replace("\n\n", "\n"), 6, "submission-malformed"),
        ("no signature", good.rsplit("—", 1)[0], 6, "note-malformed"),
    ]
    return [
        {
            "name": name,
            "body": text,
            "last": None if seen is None else {"size": seen, "root": states[seen].root.hex()},
            "log": log.encoded,
            "size": 13,
            "root": states[13].root.hex(),
            "expect": expect,
        }
        for name, text, seen, expect in rows
    ]


FILES: Final = {"note": notes, "verifier": verifiers, "tile": tile_names, "bundle": bundles, "witness": submissions}


def render(name: str) -> str:
    return json.dumps({"cases": FILES[name]()}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(render(stem), encoding="utf-8")
