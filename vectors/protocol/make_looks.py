"""Writes the check values of cards, looks and records: `python vectors/protocol/make_looks.py`.

The form of the files is that of make.py.
"""

import base64
from typing import Any, Final

import msgspec
from vector_world import (
    AT_MS,
    AUTHORITY,
    HERE,
    LOG,
    ORIGIN,
    SEALS,
    SEER,
    WITNESS,
    A,
    B,
    Case,
    M,
    browser,
    case,
    certificate,
    key,
    layered,
    nonces,
    render,
    scalar,
    seed,
)

from enishi.linkage import convert
from enishi.linkage.group import multiply
from enishi.protocol.forms import END_MS, sign_form
from enishi.protocol.nondisclosure import HARM, NOTE_MS
from enishi.protocol.record import RecordBody, WithheldNote, bare_body, note_body, write_body
from enishi.protocol.registry import AUDIT
from enishi.protocol.statement import AffairRef
from enishi.protocol.verdict import GroundShown
from enishi.protocol.view import CardSigned, Labels, ShownLog, ShownRecord, View, ViewRequest, card_message, labels_info, request_digest
from enishi.seal.dsse import Envelope, countersign
from enishi.seal.pad import pad
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId, Kind, Txid
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.cosign import cosign
from enishi.tlog.labels import LabelMap, label, person_key
from enishi.tlog.leaf import NO_LABEL, PUBLIC_SALT, Leaf, LeafKind, commitment, encode_leaf
from enishi.tlog.note import add_signatures
from enishi.tlog.tree import inclusions, leaf_hash, root_of

replace, pack = msgspec.structs.replace, msgspec.msgpack.encode

# ---- card.json, request.json, view.json -------------------------------------------------------------------------------------------------

ANSWER, DEVICE = browser("answer key"), browser("device key")
REQUEST: Final = ViewRequest(
    v=1, face="portal", session=seed("session"), nonce=seed("look")[:16], answer_key=ANSWER.public, device_key=DEVICE.public, at_ms=AT_MS
)
ASKED: Final = msgspec.json.encode(REQUEST)
SERIAL: Final = int.from_bytes(seed("serial")[:16], "big") >> 1


def carded(message: bytes, der: bytes, signer: str = "card") -> bytes:
    return pack(CardSigned(ASKED, der, key(signer).sign(message)))


def cards() -> tuple[Case, list[Case]]:
    good = certificate("Card", "card", "Test card authority", "authority", SERIAL)
    foreign = certificate("Card", "card", "Test card authority", "exchange", SERIAL)
    misnamed = certificate("Card", "card", "Another authority", "authority", SERIAL)
    message = card_message(ASKED)
    cases = [
        case("as the card signed it", "ok", signed=carded(message, good)),
        case("another request", "card-signature-invalid", signed=carded(card_message(ASKED + b" "), good)),
        case("the request itself, unframed", "card-signature-invalid", signed=carded(ASKED, good)),
        case(
            "signed for the other use",
            "card-signature-invalid",
            signed=carded(message.replace(b"\0\0\0\x0eauthentication", b"\0\0\0\x09signature"), good),
        ),
        case("another card's signature", "card-signature-invalid", signed=carded(message, good, "portal")),
        case("a certificate that another signed", "card-certificate-refused", signed=carded(message, foreign)),
        case("a certificate of another name", "card-certificate-refused", signed=carded(message, misnamed)),
        case("no certificate", "card-certificate-refused", signed=carded(message, b"0")),
        case("before its time", "card-certificate-expired", signed=carded(message, good), at_ms=1_600_000_000_000),
        case("after its time", "card-certificate-expired", signed=carded(message, good), at_ms=2_100_000_000_000),
    ]
    return {"authority": AUTHORITY, "serial": f"{SERIAL:032x}", "at_ms": AT_MS}, cases


def requests() -> tuple[Case, list[Case]]:
    def made(name: str, expect: str, **changes: Any) -> Case:
        return case(name, expect, request=msgspec.json.encode(replace(REQUEST, **changes)).decode())

    text = ASKED.decode()
    cases = [
        made("as the face writes it", "ok"),
        made("without a device key", "ok", device_key=b""),
        case("in another order", "ok", request=text.replace('"v":1,"face":"portal",', '"face":"portal","v":1,')),
        made("version 2", "version-unknown", v=2),
        made("a session of 31 bytes", "length-wrong", session=bytes(31)),
        made("a nonce of 17 bytes", "length-wrong", nonce=bytes(17)),
        made("a device key of 32 bytes", "length-wrong", device_key=bytes(32)),
        made("no answer key", "length-wrong", answer_key=b"\2"),
        made("a time before time", "form-unreadable", at_ms=-1),
        case("an unknown member", "form-unreadable", request=text.replace('{"v":1,', '{"v":1,"w":1,')),
        made("by a mandate", "ok", device_key=b"", mandate=seed("mandate")[:16]),
        made("by a mandate, with a device key", "mandate-with-device", mandate=seed("mandate")[:16]),
        made("by a mandate of 15 bytes", "form-unreadable", device_key=b"", mandate=bytes(15)),
        case("something behind it", "form-unreadable", request=text + "x"),
    ]
    return {}, cases


def seen(**changes: Any) -> View:
    with nonces("view"):
        ((r, _, u),) = convert.blind_tags([M], layered(AUDIT))
    made = View(
        v=1,
        kind=Kind.VIEW,
        nonce=seed("view nonce")[:16],
        face="portal",
        audit_epoch=1,
        at_ms=AT_MS + 10,
        request=request_digest(ASKED),
        answer_key=ANSWER.public,
        device_key=DEVICE.public,
        r=r,
        u=u,
    )
    return replace(made, **changes)


def views() -> tuple[Case, list[Case]]:
    def alone(signer: SigningKey, **changes: Any) -> Envelope:
        return sign_form(seen(**changes), "view", signer, "registrar")

    def text(envelope: Envelope) -> str:
        return msgspec.json.encode(envelope).decode()

    registrar, portal = key("registrar"), key("portal")
    both = countersign(alone(registrar), portal, "portal")
    cases = [
        case("to the portal", "ok", view=text(alone(registrar)), reader="portal"),
        case("of another request", "view-other-request", view=text(alone(registrar, request=seed("x"))), reader="portal"),
        case("to another answer key", "view-other-request", view=text(alone(registrar, answer_key=DEVICE.public)), reader="portal"),
        case("to another device key", "view-other-request", view=text(alone(registrar, device_key=b"")), reader="portal"),
        case("of another face", "view-other-request", view=text(alone(registrar, face="other")), reader="portal"),
        case("of another kind, to the portal", "view-other-request", view=text(alone(registrar, kind=Kind.SELF)), reader="portal"),
        case("by a mandate that was not asked by", "view-other-request", view=text(alone(registrar, mandate=bytes(16))), reader="portal"),
        case("signed by another registrar", "signature-invalid", view=text(alone(portal)), reader="portal"),
        case("to an operator", "ok", view=text(both)),
        case("without the portal", "signature-missing", view=text(alone(registrar))),
        case("without the registrar", "signature-missing", view=text(sign_form(seen(), "view", portal, "portal"))),
        case("with a false signature of the portal", "signature-invalid", view=text(countersign(alone(registrar), registrar, "portal"))),
        case("of another kind", "kind-wrong", view=text(countersign(alone(registrar, kind=Kind.SELF), portal, "portal"))),
        case("with a short nonce", "length-wrong", view=text(countersign(alone(registrar, nonce=bytes(15)), portal, "portal"))),
        case("an epoch beyond a leaf", "form-unreadable", view=text(countersign(alone(registrar, audit_epoch=1 << 32), portal, "portal"))),
        case("with a request of 31 bytes", "length-wrong", view=text(countersign(alone(registrar, request=bytes(31)), portal, "portal"))),
        case("with an r of 31 bytes", "length-wrong", view=text(countersign(alone(registrar, r=seen().r[:31]), portal, "portal"))),
        case("with a u of 33 bytes", "length-wrong", view=text(countersign(alone(registrar, u=seen().u + b"\0"), portal, "portal"))),
        case("with a device key of 5 bytes", "length-wrong", view=text(countersign(alone(registrar, device_key=bytes(5)), portal, "portal"))),
        case("by a mandate", "ok", view=text(countersign(alone(registrar, device_key=b"", mandate=bytes(16)), portal, "portal"))),
        case("by a mandate, with a device key", "mandate-with-device", view=text(countersign(alone(registrar, mandate=bytes(16)), portal, "portal"))),
        case("with no answer key", "length-wrong", view=text(countersign(alone(registrar, answer_key=b"\2"), portal, "portal"))),
        case("with an r of 31 bytes, to the portal", "length-wrong", view=text(alone(registrar, r=seen().r[:31])), reader="portal"),
    ]
    return {"request": ASKED.decode(), "portal": portal.public, "registrar": registrar.public, "reader": "operator"}, cases


# ---- record.json, look.json -------------------------------------------------------------------------------------------------------------

ITEM, TXID = ItemId(seed("item")), Txid(seed("txid"))
UNTIL_MS: Final = AT_MS + 90 * 86_400_000
AFFAIR: Final = AffairRef("506M60004008009@2024-05-27", "108")


def body(kind: Any, **changes: Any) -> bytes:
    said: dict[str, Any] = {"kind": kind, "item_id": ITEM, "txid": TXID, "at_ms": AT_MS, "inquirer": A, "provider": B}
    return write_body(RecordBody(**(said | changes)))


NOBODY: Final = {"inquirer": InstitutionId(""), "provider": InstitutionId(""), "face": "portal"}
BODIES: Final = {
    "intent": body("intent", affair=AFFAIR, affair_name="災害弔慰金", items=("住民票関係情報",), basis=("506M60004008009@2024-05-27#110",)),
    "refusal": body("refusal", affair=AFFAIR, grounds=(GroundShown("linkage-none", "x#1", {"ja": "不可", "en": "no"}),)),
    "outcome": body("outcome", outcome="held", deadline_ms=AT_MS + 604_800_000),
    "look": body("look", **NOBODY, request=request_digest(ASKED)),
    "look of a representative": body("look", **NOBODY, request=request_digest(ASKED), mandate=seed("mandate")[:16]),
    "late_entry": body("late_entry", original_index=3, marks=("withheld-until:1743433200000",)),
    "change": body("change", inquirer=A, provider=B, items=("koseki",), basis=("506M60004008009@2024-05-27#108",)),
    "withheld": write_body(note_body(WithheldNote(0, HARM, UNTIL_MS), AT_MS + 1)),
}


def text64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def records() -> tuple[Case, list[Case]]:
    salt = seed("salt")
    texts = {name: made.decode() for name, made in BODIES.items()}
    least = f'{{"kind":"look","item_id":"{text64(ITEM)}","txid":"{text64(TXID)}","at_ms":1}}'
    note, bare = texts["withheld"], write_body(bare_body(AT_MS)).decode()
    rows = [(name, "ok", text) for name, text in texts.items()]
    rows += [
        ("the least that is one", "ok", least),
        ("a look as 0.1.0 wrote it", "ok", body("look", **NOBODY).decode()),
        ("what is shown of a withheld record", "ok", bare),
        ("a request's digest of 31 bytes", "form-unreadable", least.replace("}", f',"request":"{text64(bytes(31))}"}}')),
        ("a request's digest that is empty", "form-unreadable", least.replace("}", ',"request":""}')),
        ("a request's digest that is null", "form-unreadable", least.replace("}", ',"request":null}')),
        ("an unknown kind", "form-unreadable", least.replace("look", "peek")),
        ("no txid", "form-unreadable", least.replace(f'"txid":"{text64(TXID)}",', "")),
        ("an unknown member", "form-unreadable", least.replace("}", ',"w":1}')),
        ("a time as text", "form-unreadable", least.replace(":1}", ':"1"}')),
        ("a time before 1970", "form-unreadable", least.replace(":1}", ":-1}")),
        ("version 2", "version-unknown", texts["look"].replace('"v":1', '"v":2')),
        ("an item id of 5 bytes", "length-wrong", least.replace(text64(ITEM), text64(ITEM[:5]))),
        ("a look without an item id", "length-wrong", least.replace(text64(ITEM), "")),
        ("a txid of 33 bytes", "length-wrong", least.replace(text64(TXID), text64(TXID + b"\0"))),
        ("a withheld record that names its item", "length-wrong", bare.replace('"txid":""', f'"txid":"{text64(TXID)}"')),
        ("a withheld record that says more", "length-wrong", bare.replace('"inquirer":""', f'"inquirer":"{A}"')),
        ("an outcome that names a request", "record-request-wrong", texts["outcome"].replace("}", f',"request":"{text64(bytes(32))}"}}')),
        ("a request for one's own data by a mandate", "ok", texts["look of a representative"].replace('"look"', '"self"')),
        ("an outcome by a mandate", "record-mandate-wrong", texts["outcome"].replace("}", f',"mandate":"{text64(bytes(16))}"}}')),
        ("a mandate of 15 bytes", "form-unreadable", least.replace("}", f',"mandate":"{text64(bytes(15))}"}}')),
        ("an outcome that points to a leaf", "record-index-wrong", texts["outcome"].replace('"original_index":-1', '"original_index":3')),
        ("a late entry that points to none", "record-index-wrong", texts["late_entry"].replace('"original_index":3', '"original_index":-1')),
        ("a note that points to none", "record-index-wrong", note.replace('"original_index":0', '"original_index":-1')),
        ("a note that names an item", "length-wrong", note.replace('"item_id":""', f'"item_id":"{text64(ITEM)}"')),
        ("a note without a ground", "withheld-note-malformed", note.replace(f'"withheld-ground:{HARM}",', "")),
        ("a note without an end", "withheld-note-malformed", note.replace(f',"withheld-until:{UNTIL_MS}"', "")),
        ("a note whose end has a zero before it", "withheld-note-malformed", note.replace("withheld-until:", "withheld-until:0")),
        ("a note whose end is behind all calendars", "withheld-note-malformed", note.replace(str(UNTIL_MS), str(END_MS))),
        ("a note with a further mark", "withheld-note-malformed", note.replace('"]', '","proposals"]')),
        ("a note that names a party", "withheld-note-malformed", note.replace('"inquirer":""', f'"inquirer":"{A}"')),
    ]
    return {"salt": salt}, [case(name, expect, body=text, commitment=commitment(salt, text.encode())) for name, expect, text in rows]


PERSON: Final = person_key(seed("label key"), multiply(scalar("tag"), M))


def leaf(n: int, kind: LeafKind, made: bytes, salt: bytes) -> bytes:
    return encode_leaf(Leaf(1, 1, AT_MS + n, kind, label(PERSON, n), commitment(salt, made)))


KINDS: Final = (LeafKind.INTENT, LeafKind.OUTCOME, LeafKind.LATE_ENTRY)
OWN: Final = tuple(BODIES[name] for name in ("intent", "outcome", "late_entry"))
LOOK: Final = (LeafKind.LOOK, BODIES["look"])
SALTS: Final = tuple(seed(f"salt {n}") for n in range(5))
SECOND: Final = body("intent", affair=AFFAIR)
"""What stood withheld under a label of the second chain, until the late entry of the same item."""
STRANGE: Final = body("refusal", item_id=ItemId(seed("another item")))


def shown_log(
    other: bytes = SECOND,
    withheld: int = -1,
    spoken: int = 4,
    behind: tuple[bytes, ...] = (),
    look: tuple[LeafKind, bytes] = LOOK,
    note: bytes = b"",
) -> tuple[ShownLog, Labels]:
    """Three records of a person, the look itself (`look`), and one under another label (`other`).

    One withheld, fewer labels spoken of, leaves behind the map's, or a note in the place of the outcome.
    """
    kinds, bodies = (*KINDS, look[0]), (*OWN, look[1])
    if note:
        kinds, bodies = (kinds[0], LeafKind.WITHHELD, *kinds[2:]), (bodies[0], note, *bodies[2:])
    own = [leaf(n, kinds[n], bodies[n], SALTS[n]) for n in range(4)]
    names = [*(label(PERSON, n) for n in range(4)), seed("another's label")]
    mapped = LabelMap(names)
    foreign = encode_leaf(Leaf(1, 1, AT_MS, LeafKind.INTENT, names[4], commitment(SALTS[4], other)))
    last = encode_leaf(Leaf(1, 0, AT_MS + 9, LeafKind.LABEL_MAP, NO_LABEL, commitment(PUBLIC_SALT, mapped.root)))
    leaves = [own[0], foreign, *own[1:], last, *behind]
    hashes = [leaf_hash(one) for one in leaves]
    paths, note = inclusions(hashes), sign_checkpoint(Checkpoint(ORIGIN, len(leaves), root_of(hashes)), key("log"))
    secret = write_body(bare_body(AT_MS + withheld))
    shown = [(b"", secret) if n == withheld else (SALTS[n], bodies[n]) for n in range(4)]
    placed = [*((i, *shown[n]) for n, i in enumerate((0, 2, 3, 4))), (1, SALTS[4], other)]
    labels = Labels(PERSON, spoken, tuple(mapped.prove(label(PERSON, n)) for n in range(spoken)), mapped.prove(label(PERSON, spoken)))
    log = ShownLog(
        size=len(leaves),
        checkpoint=add_signatures(note, [cosign(note.text, WITNESS, key("witness"), AT_MS + 20)]).encode().decode(),
        records=tuple(ShownRecord(i, leaves[i], salt, made, tuple(paths[i])) for i, salt, made in placed),
        map_index=5,
        map_leaf=last,
        map_root=mapped.root,
        map_inclusion=tuple(paths[5]),
        sealed_labels=b"",
    )
    return log, labels


def sealed(name: str, labels: Labels) -> bytes:
    return SEALS.seal(f"labels {name}", DEVICE, labels_info(request_digest(ASKED)), pad(msgspec.json.encode(labels)))


def looks() -> tuple[Case, list[Case]]:
    log, labels = shown_log()
    whole = replace(log, sealed_labels=sealed("whole", labels))
    first, second, third, own, brought = whole.records
    strange, older = (replace(made, sealed_labels=whole.sealed_labels) for made in (shown_log(STRANGE)[0], shown_log(behind=(first.leaf,))[0]))
    fewer = sealed("of two records", shown_log(spoken=2)[1])

    def looked(*look: Any) -> bytes:
        return pack(replace(shown_log(look=look)[0], sealed_labels=whole.sealed_labels))

    def withheld(*note: Any, at_ms: int = AT_MS + 1) -> bytes:
        said = write_body(note_body(WithheldNote(*note), at_ms)) if note else b""
        return pack(replace(shown_log(withheld=0, note=said)[0], sealed_labels=whole.sealed_labels))

    other_size = whole.checkpoint.replace("\n6\n", "\n7\n")
    unwitnessed = whole.checkpoint.rsplit("— ", 1)[0]
    cases = [
        case("a whole record, one brought in by a late entry", "ok", log=pack(whole)),
        case("without the one brought in", "ok", log=pack(replace(whole, records=(first, second, third, own)))),
        case("a record of another item besides", "record-besides", log=pack(strange)),
        case("a map that is not the last leaf", "map-not-current", log=pack(older)),
        case("one withheld, as its note says", "ok", log=withheld(0, HARM, UNTIL_MS)),
        case("one withheld for as long as law lets", "ok", log=withheld(0, HARM, AT_MS + 1 + NOTE_MS)),
        case("one withheld without a note", "withheld-without-note", log=withheld()),
        case("one withheld by the note of another leaf", "withheld-without-note", log=withheld(1, HARM, UNTIL_MS)),
        case("one withheld by a note that has ended", "withheld-without-note", log=withheld(0, HARM, AT_MS + 3)),
        case("one withheld for longer than law lets", "withheld-without-note", log=withheld(0, HARM, AT_MS + 2 + NOTE_MS)),
        case("one withheld for a ground that law does not know", "withheld-without-note", log=withheld(0, "415AC0000000057#78-1-8", UNTIL_MS)),
        case("one withheld by a note of another time", "withheld-without-note", log=withheld(0, HARM, UNTIL_MS, at_ms=AT_MS)),
        case("one left out", "record-not-shown", log=pack(replace(whole, records=(first, third, own, brought)))),
        case("one twice", "record-besides", log=pack(replace(whole, records=(*whole.records, first)))),
        case("one more than the labels say", "label-present", log=pack(replace(whole, sealed_labels=fewer))),
        case("another body", "body-differs", log=pack(replace(whole, records=(replace(first, body=second.body), second, third, own, brought)))),
        case("another place", "inclusion-broken", log=pack(replace(whole, records=(replace(first, index=1), second, third, own, brought)))),
        case(
            "a withheld one that says more", "body-differs", log=pack(replace(whole, records=(replace(first, salt=b""), second, third, own, brought)))
        ),
        case("no look of its own", "own-look-missing", log=looked(LeafKind.OUTCOME, BODIES["outcome"])),
        case("a look of another request", "own-look-missing", log=looked(LeafKind.LOOK, body("look", **NOBODY, request=seed("x")))),
        case("a look that names no request", "own-look-missing", log=looked(LeafKind.LOOK, body("look", **NOBODY))),
        case("its request named by a leaf that is no look", "own-look-missing", log=looked(LeafKind.OUTCOME, BODIES["look"])),
        case("an older map", "map-not-current", log=pack(replace(whole, map_index=4))),
        case("another map root", "body-differs", log=pack(replace(whole, map_root=seed("x")))),
        case("a size that the log did not sign", "note-signature-invalid", log=pack(replace(whole, checkpoint=other_size))),
        case("no witness", "cosignatures-missing", log=pack(replace(whole, checkpoint=unwitnessed))),
        case("a cosignature too old", "cosignatures-missing", log=pack(whole), at_ms=AT_MS + 3_700_000),
        case("a cosignature from the future", "cosignatures-missing", log=pack(whole), at_ms=AT_MS - 400_000),
        case("labels that do not open", "seal-broken", log=pack(whole), device_key=ANSWER.to_bytes()),
    ]
    known = {"log": LOG.encoded, "witnesses": [SEER.encoded], "needed": 1}
    return {"request": ASKED.decode(), "device_key": DEVICE.to_bytes(), "known": known, "at_ms": AT_MS + 60_000, "count": 4}, cases


FILES: Final = {"card": cards, "request": requests, "view": views, "record": records, "look": looks}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
    (HERE / "sealed.json").write_text(SEALS.render(), encoding="utf-8")
