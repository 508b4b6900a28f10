"""Writes the check values beside this file: `python vectors/tlog/make.py`.  All bytes are hex; `expect` is "ok" or the code of the fault.

Everything is derived from fixed seeds, so a second run changes nothing; tests/tlog/test_tlog_vectors.py holds the package to these files.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from enishi.seal.sign import SigningKey
from enishi.tlog import checkpoint, cosign, labels, leaf, note, tree

HERE: Final = Path(__file__).parent
ORIGIN: Final = "log.enishi.example/1"
WITNESS: Final = "witness.enishi.example/w1"
AT_MS: Final = 1_743_433_200_000

Case = dict[str, Any]


def seed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def flip(value: bytes, byte: int = 0) -> bytes:
    return value[:byte] + bytes([value[byte] ^ 1]) + value[byte + 1 :]


def leaves() -> list[Case]:
    salt, body = seed("salt"), '{"affair":"災害弔慰金"}'.encode()
    committed = leaf.commitment(salt, body)
    good = leaf.Leaf(1, 7, AT_MS, leaf.LeafKind.INTENT, seed("label"), committed)
    mapped = leaf.Leaf(1, 7, AT_MS, leaf.LeafKind.LABEL_MAP, leaf.NO_LABEL, leaf.commitment(leaf.PUBLIC_SALT, seed("root")))
    encoded = leaf.encode_leaf(good)
    rows = [
        ("an intent", encoded, salt, body, "ok"),
        ("the root of the label map", leaf.encode_leaf(mapped), leaf.PUBLIC_SALT, seed("root"), "ok"),
        ("a withheld note", encoded[:13] + b"\x08" + encoded[14:], salt, body, "ok"),
        ("another body", encoded, salt, body + b" ", "body-differs"),
        ("another salt", encoded, flip(salt), body, "body-differs"),
        ("cut short", encoded[:-1], salt, body, "leaf-malformed"),
        ("one byte more", encoded + b"\0", salt, body, "leaf-malformed"),
        ("version 2", b"\2" + encoded[1:], salt, body, "leaf-malformed"),
        ("kind 0", encoded[:13] + b"\0" + encoded[14:], salt, body, "leaf-malformed"),
        ("kind 11", encoded[:13] + b"\x0b" + encoded[14:], salt, body, "leaf-malformed"),
        ("a withheld note without label", encoded[:13] + b"\x08" + bytes(32) + encoded[46:], salt, body, "leaf-malformed"),
        ("an intent without label", encoded[:14] + bytes(32) + encoded[46:], salt, body, "leaf-malformed"),
        ("a label map with label", encoded[:13] + b"\6" + encoded[14:], salt, body, "leaf-malformed"),
    ]
    return [
        {"name": name, "leaf": raw.hex(), "leaf_hash": tree.leaf_hash(raw).hex(), "salt": s.hex(), "body": b.hex(), "expect": expect}
        for name, raw, s, b, expect in rows
    ]


def chains() -> list[Case]:
    key, tag = seed("label key"), seed("tag")
    person = labels.person_key(key, tag)
    return [
        {"key": key.hex(), "tag": tag.hex(), "person_key": person.hex(), "n": n, "label": labels.label(person, n).hex(), "expect": "ok"}
        for n in (0, 1, 2, 255, 256, 2**53 - 1)
    ]


def proofs_of_inclusion() -> list[Case]:
    hashes = [tree.leaf_hash(bytes([i])) for i in range(13)]
    cases = []
    for size in (1, 2, 3, 7, 8, 13):
        for index in sorted({0, size // 2, size - 1}):
            path = tree.inclusion(hashes[:size], index)
            cases.append(_inclusion(f"leaf {index} of {size}", hashes[index], index, size, path, tree.root_of(hashes[:size]), "ok"))
    path, root = tree.inclusion(hashes, 4), tree.root_of(hashes)
    return [
        *cases,
        _inclusion("another leaf", flip(hashes[4]), 4, 13, path, root, "inclusion-broken"),
        _inclusion("another place", hashes[4], 5, 13, path, root, "inclusion-broken"),
        _inclusion("another size", hashes[4], 4, 8, path, root, "inclusion-broken"),
        _inclusion("another root", hashes[4], 4, 13, path, flip(root), "inclusion-broken"),
        _inclusion("one hash too few", hashes[4], 4, 13, path[:-1], root, "inclusion-broken"),
        _inclusion("one hash too many", hashes[4], 4, 13, [*path, root], root, "inclusion-broken"),
        _inclusion("a path that leads above the root", hashes[0], 0, 1, [root], tree.node_hash(root, hashes[0]), "inclusion-broken"),
        _inclusion("a short hash", hashes[4], 4, 13, [path[0][:31], *path[1:]], root, "proof-malformed"),
        _inclusion("beyond the log", hashes[4], 13, 13, path, root, "proof-position"),
    ]


def _inclusion(name: str, hashed: bytes, index: int, size: int, path: list[bytes], root: bytes, expect: str) -> Case:
    hexes = [value.hex() for value in path]
    return {"name": name, "leaf_hash": hashed.hex(), "index": index, "size": size, "path": hexes, "root": root.hex(), "expect": expect}


def proofs_of_consistency() -> list[Case]:
    hashes = [tree.leaf_hash(bytes([i])) for i in range(13)]
    pairs = [(0, 5), (1, 2), (1, 13), (3, 7), (4, 8), (6, 13), (8, 13), (13, 13)]
    cases = [
        _consistency(
            f"{old} to {size}", old, size, tree.root_of(hashes[:old]), tree.root_of(hashes[:size]), tree.consistency(hashes[:size], old), "ok"
        )
        for old, size in pairs
    ]
    old_root, root, path = tree.root_of(hashes[:6]), tree.root_of(hashes), tree.consistency(hashes, 6)
    return [
        *cases,
        _consistency("history rewritten", 6, 13, flip(old_root), root, path, "consistency-broken"),
        _consistency("another new root", 6, 13, old_root, flip(root), path, "consistency-broken"),
        _consistency("one hash too few", 6, 13, old_root, root, path[:-1], "consistency-broken"),
        _consistency("one hash too many", 6, 13, old_root, root, [*path, root], "consistency-broken"),
        _consistency("same size, other root", 13, 13, old_root, root, [], "consistency-broken"),
        _consistency("a log that shrank", 13, 6, root, old_root, [], "proof-position"),
    ]


def _consistency(name: str, old: int, size: int, old_root: bytes, root: bytes, path: list[bytes], expect: str) -> Case:
    hexes = [value.hex() for value in path]
    return {"name": name, "old_size": old, "size": size, "old_root": old_root.hex(), "root": root.hex(), "path": hexes, "expect": expect}


def proofs_of_labels() -> list[Case]:
    person = labels.person_key(seed("label key"), seed("tag"))
    mine = [labels.label(person, n) for n in range(4)]
    kept = labels.LabelMap([*mine[:3], *(seed(f"label of others {i}") for i in range(20))])
    there, gone = kept.prove(mine[1]), kept.prove(mine[3])
    one, none = labels.LabelMap([mine[0]]), labels.LabelMap()
    lowered = labels.MapProof(there.found, (labels.MapStep(there.steps[0].bit + 1, there.steps[0].sibling), *there.steps[1:]))
    return [
        *(_mapped(f"label {n} is there", kept.root, mine[n], kept.prove(mine[n]), "present", "ok") for n in range(3)),
        _mapped("label 3 is not there", kept.root, mine[3], gone, "absent", "ok"),
        _mapped("the only label", one.root, mine[0], one.prove(mine[0]), "present", "ok"),
        _mapped("not the only label", one.root, mine[1], one.prove(mine[1]), "absent", "ok"),
        _mapped("nothing is in the empty map", none.root, mine[0], none.prove(mine[0]), "absent", "ok"),
        _mapped("a label that is there, called absent", kept.root, mine[1], there, "absent", "label-present"),
        _mapped("a label that is not there, called present", kept.root, mine[3], gone, "present", "label-absent"),
        _mapped("another label's leaf for an absence", kept.root, mine[1], kept.prove(mine[2]), "absent", "label-proof-broken"),
        _mapped("another root", flip(kept.root), mine[1], there, "present", "label-proof-broken"),
        _mapped("the empty answer for a full map", kept.root, mine[1], none.prove(mine[1]), "absent", "label-proof-broken"),
        _mapped("another bit", kept.root, mine[1], lowered, "present", "label-proof-broken"),
        _mapped("bits that do not fall", kept.root, mine[1], labels.MapProof(there.found, there.steps[::-1]), "present", "label-proof-malformed"),
        _mapped("a short leaf", kept.root, mine[1], labels.MapProof(there.found[:31], there.steps), "present", "label-proof-malformed"),
    ]


def _mapped(name: str, root: bytes, wanted: bytes, proof: labels.MapProof, claim: str, expect: str) -> Case:
    steps = [{"bit": step.bit, "sibling": step.sibling.hex()} for step in proof.steps]
    shown = {"found": proof.found.hex(), "steps": steps}
    return {"name": name, "root": root.hex(), "label": wanted.hex(), "proof": shown, "claim": claim, "expect": expect}


def checkpoints() -> list[Case]:
    key = SigningKey.from_bytes(seed("log key"))
    log = note.Verifier(ORIGIN, key.public)
    stranger = note.Verifier(ORIGIN, SigningKey.from_bytes(seed("another key")).public)
    state = checkpoint.Checkpoint(ORIGIN, 13, seed("root"))
    signed = checkpoint.sign_checkpoint(state, key).encode().decode()
    foreign = note.sign_note(checkpoint.Checkpoint("log.enishi.example/2", 13, seed("root")).text, ORIGIN, key).encode().decode()
    rows = [
        ("as the log signed it", signed, log, "ok"),
        ("another size", signed.replace("\n13\n", "\n14\n"), log, "note-signature-invalid"),
        ("another key", signed, stranger, "note-not-signed"),
        ("another origin", foreign, log, "checkpoint-of-another-log"),
        (
            "size with leading zero",
            note.sign_note(state.text.replace("\n13\n", "\n013\n"), ORIGIN, key).encode().decode(),
            log,
            "checkpoint-malformed",
        ),
        ("no signature", signed.split("—")[0], log, "note-malformed"),
        ("no empty line", signed.replace("\n\n", "\n"), log, "note-malformed"),
    ]
    return [
        {"name": name, "note": text, "verifier": who.encoded, "origin": ORIGIN, "size": 13, "root": seed("root").hex(), "expect": expect}
        for name, text, who, expect in rows
    ]


def cosignatures() -> list[Case]:
    key, witness_key = SigningKey.from_bytes(seed("log key")), SigningKey.from_bytes(seed("witness key"))
    state = checkpoint.sign_checkpoint(checkpoint.Checkpoint(ORIGIN, 13, seed("root")), key)
    witness = note.Verifier(WITNESS, witness_key.public, note.KeyType.COSIGNATURE)
    line = cosign.cosign(state.text, WITNESS, witness_key, AT_MS)
    later = note.NoteSignature(WITNESS, line.key_id, flip(line.signature, 7))
    short = note.NoteSignature(WITNESS, line.key_id, line.signature[:-1])
    plain = note.sign_note(state.text, WITNESS, witness_key).signatures[0]
    other = state.text.replace("\n13\n", "\n14\n")
    rows = [
        ("as the witness made it", state.text, line, "ok"),
        ("over another checkpoint", other, line, "note-signature-invalid"),
        ("with another time", state.text, later, "note-signature-invalid"),
        ("cut short", state.text, short, "cosignature-malformed"),
        ("a plain signature of the same key", state.text, plain, "cosignature-of-another-witness"),
    ]
    return [
        {"name": name, "text": text, "line": found.line, "verifier": witness.encoded, "at_ms": AT_MS, "expect": expect}
        for name, text, found, expect in rows
    ]


FILES: Final = {
    "leaf": leaves,
    "label": chains,
    "inclusion": proofs_of_inclusion,
    "consistency": proofs_of_consistency,
    "map": proofs_of_labels,
    "checkpoint": checkpoints,
    "cosignature": cosignatures,
}


def render(name: str) -> str:
    return json.dumps({"cases": FILES[name]()}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(render(stem), encoding="utf-8")
