"""Writes the check values beside this file: `python vectors/evidence/make.py`.

`values.json`: every hash of the signed forms, by the words of docs/protocol.md; bytes are hex.  `bundle.enishi.json` and `pins.json`: evidence
that holds.  `changes.json`: one change each, with the checks that then fail.  Everything follows from fixed seeds, so a second run changes nothing.
"""

import base64
import hashlib
from datetime import date
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import msgspec

from enishi.encoding import digest, frame
from enishi.evidence import Bundle, OutcomeEvidence, Standing, decode, encode, verify_bundle
from enishi.linkage import possession
from enishi.linkage.group import base
from enishi.linkage.hashing import hash_to_scalar
from enishi.protocol.forms import sign_form
from enishi.protocol.outcome import GivenOutcome, answer_hash, answer_info, sign_outcomes
from enishi.protocol.receipt import Receipt, pair_hash, sign_receipts
from enishi.protocol.record import Opened, RecordBody, disclosure_info, write_body
from enishi.protocol.registry import (
    AUDIT,
    AuditEpoch,
    Capacity,
    Institution,
    KeyEpoch,
    Operator,
    Snapshot,
    Witness,
    possession_context,
    snapshot_digest,
)
from enishi.protocol.rows import Row, row_paths, rows_root
from enishi.protocol.statement import THING, AffairRef, Statement, commit, item_id_of, signer_keyid, txid_of
from enishi.protocol.view import card_message, labels_info, request_digest, view_info
from enishi.seal.dsse import Envelope, countersign, pae
from enishi.seal.hpke import SealingKey, Suite
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId, Kind, Outcome, Txid
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.cosign import cosign
from enishi.tlog.labels import LabelMap, label, person_key
from enishi.tlog.leaf import PUBLIC_SALT, Leaf, LeafKind, commitment, encode_leaf
from enishi.tlog.note import KeyType, Verifier, add_signatures
from enishi.tlog.tree import inclusion, leaf_hash, root_of

HERE: Final = Path(__file__).parent
AT_MS: Final = 1_743_433_200_000
ORIGIN, WITNESS = "log.enishi.example/1", "witness.enishi.example/w1"
A, B = InstitutionId("012131"), InstitutionId("011002")


def seed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def key(name: str) -> SigningKey:
    return SigningKey.from_bytes(seed(name))


def scalar(name: str) -> bytes:
    return hash_to_scalar("vector", name.encode())


def point(name: str) -> bytes:
    return base(scalar(name))


def proof(name: str, owner: str, kind: str, epoch: int) -> bytes:
    """Of possession of that point's scalar, under a nonce that anybody can make again."""
    with patch.object(possession, "random_scalar", lambda: scalar(f"nonce {name}")):
        return possession.prove_possession(scalar(name), possession_context(owner, kind, epoch)).encode()


def hybrid(name: str) -> bytes:
    """A public sealing key of suite 1."""
    return SealingKey(Suite.HYBRID, hashlib.shake_256(name.encode()).digest(96)).public


# ---- the forms ----------------------------------------------------------------------------------------------------------------------


def institution(name: InstitutionId, ja: str, en: str) -> Institution:
    epoch = KeyEpoch(
        epoch=1,
        elgamal=point(f"Y {name}"),
        elgamal_proof=proof(f"Y {name}", name, "elgamal", 1),
        hpke=hybrid(f"hpke {name}"),
        signing=key(f"signing {name}").public,
        share_exchange=point(f"S_x {name}"),
        share_keeper=point(f"S_k {name}"),
        active=True,
    )
    return Institution(
        id=name,
        name_ja=ja,
        name_en=en,
        kind="municipality",
        platform="platform-1",
        suspended=False,
        capacities=(Capacity("市町村長", date(2015, 10, 5)),),
        assessments=(),
        epochs=(epoch,),
    )


def operator(name: str) -> Operator:
    return Operator(
        s_root=point(f"S_root {name}"),
        s_root_proof=proof(f"S_root {name}", name, "s_root", 0),
        layer=point(f"K {name}"),
        layer_proof=proof(f"K {name}", name, "layer", 0),
        signing=key(f"signing {name}").public,
    )


def registry() -> Envelope:
    witness = Verifier(WITNESS, key("witness").public, KeyType.COSIGNATURE)
    audit = AuditEpoch(
        epoch=1,
        elgamal=point("Y_U"),
        elgamal_proof=proof("Y_U", AUDIT, "elgamal", 1),
        share_exchange=point("S_x @audit"),
        share_keeper=point("S_k @audit"),
    )
    snapshot = Snapshot(
        v=1,
        serial=1,
        at_ms=AT_MS,
        previous=bytes(32),
        law=seed("law"),
        exchange=operator("exchange"),
        keeper=operator("keeper"),
        registrar=key("registrar").public,
        portal=key("portal").public,
        disclosure=hybrid("disclosure"),
        log_origin=ORIGIN,
        log_key=Verifier(ORIGIN, key("log").public).encoded,
        witnesses=(Witness(WITNESS, witness.encoded),),
        witness_quorum=1,
        card_authority=b"",
        audit=(audit,),
        institutions=(institution(A, "苫小牧市", "Tomakomai"), institution(B, "札幌市", "Sapporo")),
    )
    return countersign(sign_form(snapshot, "registry", key("exchange"), "exchange"), key("oversight"), "oversight")


ROWS: Final = tuple(
    Row(point(f"R {i}"), point(f"C_B {i}"), point(f"C_U {i}"), commit("case", seed(f"case salt {i}"), f"2025-{i}"), "applicant", "2024")
    for i in range(3)
)


def statement(snapshot: Envelope) -> Statement:
    return Statement(
        v=1,
        kind=Kind.INQUIRY,
        nonce=seed("nonce")[:16],
        inquirer=A,
        provider=B,
        inquirer_epoch=1,
        provider_epoch=1,
        audit_epoch=1,
        registry=snapshot_digest(snapshot.payload),
        law=seed("law"),
        at_ms=AT_MS,
        affair=AffairRef("506M60004008009@2024-05-27", "108"),
        purpose_item="3",
        items=("地方税関係情報",),
        reply_key=b"\2" + seed("reply key"),
        officer=commit("officer", seed("officer salt"), "welfare-system/officer-1"),
        nondisclosure=None,
        count=len(ROWS),
        rows=rows_root(ROWS),
    )


def body_of(kind: Any, asked: Statement, txid: Txid, item_id: ItemId, **more: Any) -> bytes:
    said = {"affair": asked.affair, "purpose_item": asked.purpose_item, "items": asked.items, "period": "2024", "relation": "applicant"}
    return write_body(
        RecordBody(kind=kind, item_id=item_id, txid=txid, at_ms=AT_MS + 40, inquirer=A, provider=B, **(said if kind == "intent" else {}), **more)
    )


def leaf(kind: LeafKind, name: bytes, salt: bytes, body: bytes) -> bytes:
    return encode_leaf(Leaf(1, 0 if kind is LeafKind.LABEL_MAP else 1, AT_MS + 40, kind, name, commitment(salt, body)))


def make_bundle() -> Bundle:
    snapshot = registry()
    asked = statement(snapshot)
    envelope = sign_form(asked, THING, key(f"signing {A}"), signer_keyid(A, 1))
    txid, place, answer = txid_of(envelope.payload), 1, b"sealed answer, as it travelled"
    item_id = item_id_of(txid, place)
    outcome = GivenOutcome(
        v=1,
        item_id=item_id,
        provider=B,
        provider_epoch=1,
        kind=Outcome.PROVIDED,
        answer_hash=answer_hash(answer),
        at_ms=AT_MS + 60,
        deadline_ms=0,
        citation="",
        nondisclosure=None,
    )
    another = msgspec.structs.replace(outcome, item_id=item_id_of(txid, 0), answer_hash=answer_hash(b"another"))
    person, salts = person_key(seed("label key"), seed("tag")), (seed("salt 0"), seed("salt 1"))
    bodies = (
        body_of("intent", asked, txid, item_id, basis=("506M60004008009@2024-05-27#110",)),
        body_of("outcome", asked, txid, item_id, outcome="provided"),
    )
    names = (label(person, 0), label(person, 1))
    mapped = LabelMap(names).root
    leaves = (
        leaf(LeafKind.INTENT, names[0], salts[0], bodies[0]),
        leaf(LeafKind.OUTCOME, names[1], salts[1], bodies[1]),
        leaf(LeafKind.LABEL_MAP, bytes(32), PUBLIC_SALT, mapped),
    )
    hashes = [leaf_hash(one) for one in leaves]
    receipts = [receipt(asked, item_id_of(txid, i), hashes[0], 0) for i in range(len(ROWS))]
    note = sign_checkpoint(Checkpoint(ORIGIN, len(hashes), root_of(hashes)), key("log"))
    standings = [Standing(index=i, leaf=leaves[i], inclusion=tuple(inclusion(hashes, i)), opened=Opened(salts[i], bodies[i])) for i in range(2)]
    return Bundle(
        v=1,
        registry=snapshot,
        statement=envelope,
        place=place,
        row=ROWS[place].shown(),
        path=row_paths(ROWS)[place],
        receipt=sign_receipts(receipts, key("signing keeper"), AT_MS + 50)[place],
        record=standings[0],
        outcomes=(OutcomeEvidence(sign_outcomes((another, outcome), key(f"signing {B}"), AT_MS + 60)[1], standings[1]),),
        answer=answer,
        checkpoint=add_signatures(note, [cosign(note.text, WITNESS, key("witness"), AT_MS + 1000)]).encode().decode(),
    )


def receipt(asked: Statement, item_id: ItemId, hashed: bytes, index: int) -> Receipt:
    return Receipt(
        v=1,
        item_id=item_id,
        inquirer=A,
        provider=B,
        inquirer_epoch=1,
        provider_epoch=1,
        audit_epoch=asked.audit_epoch,
        verdict="permit",
        basis=("506M60004008009@2024-05-27#110",),
        pair_hash=pair_hash(point("pair R"), point("pair C")),
        leaf_hash=hashed,
        index=index,
        at_ms=AT_MS + 40,
    )


# ---- the files ----------------------------------------------------------------------------------------------------------------------


def values(bundle: Bundle) -> dict[str, Any]:
    """Input and output of every hash, bytes in hex."""
    payload, row = bundle.statement.payload, ROWS[1]
    txid = txid_of(payload)
    item_id, shown = item_id_of(txid, 1), row.shown()
    return {
        "frame": {"parts": ["", "61", "6262"], "expect": frame(b"", b"a", b"bb").hex()},
        "digest": {"use": "vector", "parts": ["61"], "expect": digest("vector", b"a").hex()},
        "pae": {
            "type": "application/vnd.enishi.statement+json",
            "payload": "7b7d",
            "expect": pae("application/vnd.enishi.statement+json", b"{}").hex(),
        },
        "registry": {"payload": bundle.registry.payload.hex(), "expect": snapshot_digest(bundle.registry.payload).hex()},
        "txid": {"payload": payload.hex(), "expect": txid.hex()},
        "item": {"txid": txid.hex(), "i": 1, "expect": item_id.hex()},
        "commit-case": {"salt": seed("case salt 1").hex(), "text": "2025-1", "expect": commit("case", seed("case salt 1"), "2025-1").hex()},
        "commit-officer": {
            "salt": seed("officer salt").hex(),
            "text": "welfare-system/officer-1",
            "expect": commit("officer", seed("officer salt"), "welfare-system/officer-1").hex(),
        },
        "row-ciphertexts": {"r": row.r.hex(), "b": row.b.hex(), "u": row.u.hex(), "expect": shown.ciphertexts.hex()},
        "row": {
            "case": row.case.hex(),
            "relation": row.relation,
            "period": row.period,
            "ciphertexts": shown.ciphertexts.hex(),
            "expect": shown.leaf().hex(),
        },
        "rows": {"leaves": [one.shown().leaf().hex() for one in ROWS], "expect": rows_root(ROWS).hex()},
        "pair": {"r": point("pair R").hex(), "c": point("pair C").hex(), "expect": pair_hash(point("pair R"), point("pair C")).hex()},
        "answer": {"sealed": bundle.answer.hex(), "expect": answer_hash(bundle.answer).hex()},
        "answer-info": {"txid": txid.hex(), "item_id": item_id.hex(), "expect": answer_info(txid, item_id).hex()},
        "disclosure": {"commitment": seed("commitment").hex(), "expect": disclosure_info(seed("commitment")).hex()},
        "possession": {"owner": "012131", "key": "elgamal", "epoch": 1, "expect": possession_context("012131", "elgamal", 1).hex()},
        "card": {"request": "7b7d", "expect": card_message(b"{}").hex()},
        "view-request": {"request": "7b7d", "expect": request_digest(b"{}").hex()},
        "view-info": {"txid": txid.hex(), "expect": view_info(txid).hex()},
        "labels-info": {"request": request_digest(b"{}").hex(), "expect": labels_info(request_digest(b"{}")).hex()},
    }


EDITS: Final[tuple[tuple[str, tuple[str | int, ...]], ...]] = (
    ("registry payload", ("registry", "payload")),
    ("signature of the commission", ("registry", "signatures", 1, "sig")),
    ("statement payload", ("statement", "payload")),
    ("signature of the inquirer", ("statement", "signatures", 0, "sig")),
    ("place", ("place",)),
    ("ciphertexts of the row", ("row", 0)),
    ("case of the row", ("row", 1)),
    ("relation", ("row", 2)),
    ("period", ("row", 3)),
    ("path of the row", ("path", 0)),
    ("receipt", ("receipt", "receipt")),
    ("place of the receipt", ("receipt", "place")),
    ("path of the receipt", ("receipt", "path", 0)),
    ("signature of the keeper", ("receipt", "head", "signatures", 0, "sig")),
    ("leaf", ("record", "leaf")),
    ("index", ("record", "index")),
    ("inclusion", ("record", "inclusion", 0)),
    ("salt of the body", ("record", "opened", 0)),
    ("body", ("record", "opened", 1)),
    ("outcome", ("outcomes", 0, "outcome", "outcome")),
    ("head of the outcomes", ("outcomes", 0, "outcome", "payload")),
    ("place of the outcome", ("outcomes", 0, "outcome", "place")),
    ("path of the outcome", ("outcomes", 0, "outcome", "path", 0)),
    ("signature of the provider", ("outcomes", 0, "outcome", "signatures", 0, "sig")),
    ("leaf of the outcome", ("outcomes", 0, "standing", "leaf")),
    ("inclusion of the outcome", ("outcomes", 0, "standing", "inclusion", 0)),
    ("sealed answer", ("answer",)),
)


def other(value: Any) -> Any:
    """A number one higher, a text of another word, bytes with the last bit of their last byte flipped."""
    if isinstance(value, int):
        return value + 1
    try:
        raw = base64.b64decode(value, validate=True)
    except ValueError:
        raw = b""
    if len(raw) < 9 or base64.b64encode(raw).decode() != value:
        return "spouse" if value == "applicant" else "2023"
    return base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()


def changed(encoded: bytes, path: tuple[str | int, ...], value: Any) -> bytes:
    """The file with one value replaced."""
    whole = place = msgspec.json.decode(encoded)
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return msgspec.json.encode(whole)


def changes(bundle: Bundle, pins: dict[str, bytes]) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = [{"name": "nothing", "path": [], "value": None, "expect": []}]
    encoded = encode(bundle)
    for name, path in EDITS:
        value: Any = msgspec.json.decode(encoded)
        for step in path:
            value = value[step]
        failed = verify_bundle(decode(changed(encoded, path, other(value))), pins).failed
        cases.append({"name": name, "path": list(path), "value": other(value), "expect": list(failed)})
    for name, old, new in (("root", "\n3\n", "\n4\n"), ("cosignature", f"— {WITNESS} ", "— nobody ")):
        text = bundle.checkpoint.replace(old, new)
        failed = verify_bundle(decode(changed(encoded, ("checkpoint",), text)), pins).failed
        cases.append({"name": name, "path": ["checkpoint"], "value": text, "expect": list(failed)})
    return cases


def main() -> None:
    bundle = make_bundle()
    pins = {"exchange": key("exchange").public, "oversight": key("oversight").public}
    report = verify_bundle(bundle, pins)
    assert report.ok, report.failed
    (HERE / "bundle.enishi.json").write_bytes(encode(bundle))
    for name, content in (("pins.json", pins), ("values.json", values(bundle)), ("changes.json", {"cases": changes(bundle, pins)})):
        (HERE / name).write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")


if __name__ == "__main__":
    main()
