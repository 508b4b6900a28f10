"""Writes the check values of suspension notes, of what the exchange shows, of SNAPSHOT leaves, notice seeds and records handed in:
`python vectors/protocol/make_changes.py`.

The form of the files is that of make.py.
"""

from typing import Any, Final

import msgspec
from make import SIGNED, TXID, notice, of_old, outcome, signed_receipt
from vector_world import (
    AT_MS,
    HERE,
    INSTITUTIONS,
    ORIGIN,
    PINS,
    REGISTRY,
    SEALS,
    SNAPSHOT,
    A,
    B,
    Case,
    case,
    hybrid,
    key,
    render,
    seed,
    signed_registry,
    snapshot,
)

from enishi.protocol.forms import sign_form
from enishi.protocol.handed import Handed, write_handed
from enishi.protocol.outcome import sign_outcome
from enishi.protocol.registry import SnapshotDigest, snapshot_digest
from enishi.protocol.seed import SEED_INFO, seed_info, seed_plain
from enishi.protocol.statement import item_id_of
from enishi.protocol.suspension import Suspension, SuspensionDigest, sign_suspension
from enishi.protocol.wire import BlindRow, NoticeSeed, SnapshotReply
from enishi.seal.dsse import Envelope, sign_envelope
from enishi.seal.pad import pad
from enishi.terms import InstitutionId, ItemId, Outcome
from enishi.tlog.leaf import NO_LABEL, PUBLIC_SALT, Leaf, LeafKind, commitment, encode_leaf

replace, pack, text = msgspec.structs.replace, msgspec.msgpack.encode, msgspec.json.encode
ITEM, NOTICE, RECEIPT = item_id_of(TXID, 0), notice(), signed_receipt(0)
RETURNED: Final = tuple(BlindRow(seed(f"R {n}"), seed(f"B {n}"), seed(f"U {n}")) for n in ("given", "returned"))
"""Blinded rows that are nobody's."""

# ---- suspension.json, shown.json --------------------------------------------------------------------------------------------------------

NOTE: Final = Suspension(v=1, mesh=ORIGIN, institution=B, serial=1, reason="incident", because="鍵が盗まれたおそれ", at_ms=AT_MS, signer="oversight")


def note(**changes: Any) -> Envelope:
    """A note signed by the one whom it names."""
    said = replace(NOTE, **changes)
    return sign_suspension(said, key(said.signer)).envelope


def written_so(payload: bytes) -> Envelope:
    """Bytes that no writer would write, under a true signature."""
    return sign_envelope("application/vnd.enishi.suspension+json", payload, key("oversight"), "oversight")


def suspensions() -> tuple[Case, list[Case]]:
    payload, good = text(NOTE), note()

    def made(name: str, expect: str, envelope: Envelope, **given: Any) -> Case:
        return case(name, expect, note=pack(envelope), **given)

    later = pack(signed_registry(snapshot(serial=2, previous=snapshot_digest(REGISTRY.payload))))
    cases = [
        made("of the commission", "ok", good),
        made("of the exchange", "ok", note(signer="exchange")),
        made("signed under the next registry, which is drafted", "ok", note(serial=2)),
        made("under the registry that follows", "suspension-over", good, registry=later),
        made("of the serial that follows", "ok", note(serial=2), registry=later),
        made("two registries ahead", "suspension-ahead", note(serial=3)),
        made("of another mesh", "suspension-elsewhere", note(mesh="log.enishi.example/2")),
        made("about nobody", "institution-unknown", note(institution=InstitutionId("019999"))),
        made("signed by the other", "signature-invalid", sign_form(NOTE, "suspension", key("exchange"), "oversight")),
        made("under the other's keyid", "signature-missing", sign_form(NOTE, "suspension", key("exchange"), "exchange")),
        made("under the registrar's key", "signature-missing", sign_form(NOTE, "suspension", key("registrar"), "registrar")),
        made("of another payloadType", "envelope-type-wrong", sign_form(NOTE, "registry", key("oversight"), "oversight")),
        made("a byte changed", "signature-invalid", replace(good, payload=payload.replace(b'"serial":1', b'"serial":2'))),
        made("version 2", "version-unknown", note(v=2)),
        made("a signer that is none", "form-unreadable", written_so(payload.replace(b'"signer":"oversight"', b'"signer":"registrar"'))),
        made("a reason that is none", "form-unreadable", written_so(payload.replace(b'"incident"', b'"mood"'))),
        made("without a sentence", "form-unreadable", note(because="")),
        made("a sentence of 400 characters", "ok", note(because="あ" * 400)),
        made("a sentence of 401 characters", "form-unreadable", note(because="あ" * 401)),
        made("a serial before the first", "form-unreadable", note(serial=-1)),
        made("a serial beyond its range", "form-unreadable", note(serial=1 << 32)),
        made("a time before time", "form-unreadable", note(at_ms=-1)),
        made("a member missing", "form-unreadable", written_so(payload.replace(b'"reason":"incident",', b""))),
        made("an unknown member", "form-unreadable", written_so(payload.replace(b'{"v":1,', b'{"v":1,"w":1,'))),
        made("a member twice", "form-not-canonical", written_so(payload.replace(b'{"v":1,', b'{"v":1,"v":1,'))),
        made("white space", "form-not-canonical", written_so(payload.replace(b'{"v":1,', b'{"v": 1,'))),
    ]
    shared = {"registry": pack(REGISTRY), "pins": PINS, "digest": SuspensionDigest(sign_suspension(NOTE, key("oversight")).digest).suspension}
    return shared, [one if one["name"] == "of the commission" else {**one, "digest": None} for one in cases]


def shown() -> tuple[Case, list[Case]]:
    first = note()
    suspended = (INSTITUTIONS[0], replace(INSTITUTIONS[1], suspended=True))
    carried = signed_registry(snapshot(serial=2, previous=snapshot_digest(REGISTRY.payload), institutions=suspended))

    def made(name: str, expect: str, suspended: list[str], registry: Envelope, *notes: Envelope, **given: Any) -> Case:
        return case(name, expect, reply=pack(SnapshotReply(registry, notes)), suspended=suspended, **given)

    plain = {"snapshot": REGISTRY}
    cases = [
        made("no suspension, and no member of it", "ok", [], REGISTRY),
        case("no suspension, written out", "ok", reply=pack({**plain, "suspensions": ()}), suspended=[]),
        made("one suspension", "ok", [B], REGISTRY, first),
        made("one by each", "ok", [B, A], REGISTRY, first, note(institution=A, signer="exchange")),
        made("two of one institution", "ok", [B], REGISTRY, first, note(signer="exchange")),
        made("the registry that carries it", "ok", [B], carried),
        made("a note that the registry has decided", "suspension-over", [B], carried, first),
        made("a note of another mesh", "suspension-elsewhere", [], REGISTRY, note(mesh="x")),
        made("a false note beside a true one", "signature-invalid", [], REGISTRY, first, sign_form(NOTE, "suspension", key("exchange"), "oversight")),
        case("suspensions that are null", "message-not-in-form", reply=pack({**plain, "suspensions": None}), suspended=[]),
        case("a bare note", "message-not-in-form", reply=pack({**plain, "suspensions": first}), suspended=[]),
        case("an unknown member", "message-not-in-form", reply=pack({**plain, "more": 1}), suspended=[]),
        case("no snapshot", "message-not-in-form", reply=pack({"suspensions": ()}), suspended=[]),
    ]
    return {"pins": PINS}, cases


# ---- logged.json: bodies of SNAPSHOT leaves ----------------------------------------------------------------------------------------------


def logged() -> tuple[Case, list[Case]]:
    digest = snapshot_digest(REGISTRY.payload)
    registry, suspension = SnapshotDigest(digest, SNAPSHOT.law), SuspensionDigest(sign_suspension(NOTE, key("oversight")).digest)

    def leaf(body: bytes, salt: bytes = PUBLIC_SALT, kind: LeafKind = LeafKind.SNAPSHOT, label: bytes = NO_LABEL) -> bytes:
        return encode_leaf(Leaf(1, 0 if label == NO_LABEL else 1, AT_MS, kind, label, commitment(salt, body)))

    def made(name: str, expect: str, said: Any, data: bytes) -> Case:
        return case(name, expect, says=msgspec.structs.asdict(said), body=text(said).decode(), leaf=data)

    labelled = bytearray(leaf(text(registry)))
    labelled[14] = 1
    cases = [
        made("a registry", "ok", registry, leaf(text(registry))),
        made("a suspension", "ok", suspension, leaf(text(suspension))),
        made("another registry", "body-differs", SnapshotDigest(seed("other"), SNAPSHOT.law), leaf(text(registry))),
        made("other law", "body-differs", SnapshotDigest(digest, seed("other")), leaf(text(registry))),
        made("another note", "body-differs", SuspensionDigest(seed("other")), leaf(text(suspension))),
        made("a note where the registry stands", "body-differs", suspension, leaf(text(registry))),
        made("under a salt", "body-differs", registry, leaf(text(registry), seed("salt"))),
        made("with white space", "body-differs", registry, leaf(text(registry).replace(b",", b", "))),
        made("under a label", "leaf-malformed", registry, bytes(labelled)),
        made("of a byte fewer", "leaf-malformed", registry, leaf(text(registry))[:-1]),
    ]
    return {}, cases


# ---- seed.json ---------------------------------------------------------------------------------------------------------------------------

SEED: Final = NoticeSeed(
    statement=SIGNED,
    place=0,
    row=NOTICE.row,
    path=NOTICE.path,
    pair_r=NOTICE.pair_r,
    pair_c=NOTICE.pair_c,
    given=RETURNED[0],
    returned=RETURNED[1],
)


def seeds() -> tuple[Case, list[Case]]:
    disclosure, plain, info = hybrid("disclosure"), pack(SEED), seed_info(ITEM)

    def made(name: str, expect: str, info: bytes, content: bytes, **given: Any) -> Case:
        return case(name, expect, sealed=SEALS.seal(f"seed {name}", disclosure, info, content), **given)

    stained = bytearray(seed_plain(SEED))
    stained[-1] = 1
    good = made("as the keeper keeps it", "ok", info, seed_plain(SEED))
    cases = [
        good,
        made("as 0.1.0 kept it", "ok", SEED_INFO, plain),
        {**good, "name": "put in another item's place", "expect": "seal-broken", "item_id": seed("another item")},
        {**good, "name": "a byte changed", "expect": "seal-broken", "sealed": good["sealed"][:-1] + bytes([good["sealed"][-1] ^ 1])},
        {**good, "name": "cut short", "expect": "seal-too-short", "sealed": good["sealed"][:1000]},
        {**good, "name": "of no suite", "expect": "seal-suite-unknown", "sealed": b"\0" + good["sealed"][1:]},
        made("not padded", "padding-malformed", info, plain),
        made("padded with something", "padding-malformed", info, bytes(stained)),
        made("a pair of 31 bytes", "form-unreadable", info, seed_plain(replace(SEED, pair_r=SEED.pair_r[:31]))),
        made("an unknown member", "form-unreadable", info, pad(pack({**msgspec.msgpack.decode(plain), "more": 1}))),
        made("something behind it", "form-unreadable", info, pad(plain + b"\xc0")),
    ]
    return {"key": disclosure.to_bytes(), "item_id": ITEM, "seed": plain}, cases


# ---- handed.json -------------------------------------------------------------------------------------------------------------------------


GIVEN: Final = sign_outcome(outcome(0, Outcome.PROVIDED, b"sealed"), key(B))
GOOD: Final = Handed(by=A, part="inquirer", item_id=ITEM, at_ms=AT_MS, receipt=RECEIPT, outcomes=(GIVEN,))


def handed() -> tuple[Case, list[Case]]:
    def made(name: str, expect: str, **changes: Any) -> Case:
        return case(name, expect, line=write_handed(replace(GOOD, **changes)).decode())

    whole = write_handed(GOOD).decode()
    cases = [
        made("an inquirer's", "ok"),
        made("a provider's", "ok", by=B, part="provider"),
        made("the keeper's", "ok", by="keeper", part="keeper"),
        made("before any reply", "ok", receipt=None, outcomes=()),
        made("eight outcomes", "ok", outcomes=(GIVEN,) * 8),
        made("an outcome of 0.1.0", "ok", outcomes=(of_old(outcome(0, Outcome.PROVIDED, b"sealed")),)),
        made("an outcome's path of 31 bytes", "form-unreadable", outcomes=(replace(GIVEN, path=(bytes(31),)),)),
        made("nine outcomes", "form-unreadable", outcomes=(GIVEN,) * 9),
        made("of nobody", "form-unreadable", by=""),
        made("of a long name", "form-unreadable", by="a" * 41),
        case("of no part", "form-unreadable", line=whole.replace('"inquirer"', '"auditor"', 1)),
        made("version 2", "version-unknown", v=2),
        made("an item id of 31 bytes", "length-wrong", item_id=ItemId(bytes(31))),
        made("an item id of 33 bytes", "length-wrong", item_id=ItemId(bytes(33))),
        made("a time before time", "form-unreadable", at_ms=-1),
        made("the end of time", "form-unreadable", at_ms=253_402_214_400_000),
        made("a path of 31 bytes", "form-unreadable", receipt=replace(RECEIPT, path=(bytes(31),))),
        case("an unknown member", "form-unreadable", line=whole.replace('{"v":1,', '{"v":1,"w":1,', 1)),
        case("no outcomes", "form-unreadable", line=whole[: whole.index(',"outcomes"')] + "}"),
        case("two lines", "form-unreadable", line=whole + "\n" + whole),
    ]
    return {}, cases


FILES: Final = {"suspension": suspensions, "shown": shown, "logged": logged, "seed": seeds, "handed": handed}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
    (HERE / "sealed.json").write_text(SEALS.render(), encoding="utf-8")
