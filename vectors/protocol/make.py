"""Writes the check values of the messages of an inquiry: `python vectors/protocol/make.py`.

What all cases of a file share stands under `shared`; a case repeats only what differs.  Signed forms are text, msgpack and other bytes hex;
`expect` is "ok" or the slug of the fault.
"""

import base64
from typing import Any, Final

import msgspec
import wrong_members
from vector_world import (
    AT_MS,
    HERE,
    PINS,
    REGISTRY,
    SEALS,
    SNAPSHOT,
    A,
    B,
    Case,
    M,
    browser,
    case,
    code,
    converted,
    key,
    layered,
    nonces,
    other,
    render,
    scalar,
    seed,
)

from enishi.linkage import convert
from enishi.linkage.group import multiply
from enishi.protocol.forms import sign_form
from enishi.protocol.outcome import Answer, GivenOutcome, SignedOutcome, answer_hash, answer_info, sign_outcome, sign_outcomes
from enishi.protocol.receipt import Receipt, ReceiptRoot, SignedReceipt, pair_hash, sign_receipts
from enishi.protocol.registry import AUDIT, snapshot_digest
from enishi.protocol.rows import Row, row_paths, rows_root
from enishi.protocol.statement import AffairRef, Inquiry, Statement, commit, item_id_of, signer_keyid, txid_of
from enishi.protocol.verdict import GroundShown, Verdict
from enishi.protocol.wire import InquiryReply, ItemReply, Notice
from enishi.seal.dsse import Signature
from enishi.seal.pad import pad
from enishi.terms import InstitutionId, Kind, Outcome
from enishi.tlog.tree import leaf_hash

replace, pack = msgspec.structs.replace, msgspec.msgpack.encode
REPLY: Final = browser("reply key")


def rows() -> tuple[tuple[Row, ...], convert.RowSecrets]:
    with nonces("rows"):
        made, secrets = convert.blind([code(A), code(A, multiply(scalar("another"), M))], layered(B), layered(AUDIT))
    return tuple(Row(r, b or b"", u, commit("case", seed(f"salt {i}"), f"2025-{i}"), "applicant", "") for i, (r, b, u) in enumerate(made)), secrets


ROWS, SECRETS = rows()
STATEMENT: Final = Statement(
    v=1,
    kind=Kind.INQUIRY,
    nonce=seed("nonce")[:16],
    inquirer=A,
    provider=B,
    inquirer_epoch=1,
    provider_epoch=1,
    audit_epoch=1,
    registry=snapshot_digest(REGISTRY.payload),
    law=SNAPSHOT.law,
    at_ms=AT_MS,
    affair=AffairRef("506M60004008009@2024-05-27", "108"),
    purpose_item="3",
    items=("住民票関係情報",),
    reply_key=REPLY.public,
    officer=commit("officer", seed("officer salt"), "welfare-system/officer-1"),
    nondisclosure=None,
    count=len(ROWS),
    rows=rows_root(ROWS),
)
SIGNED: Final = sign_form(STATEMENT, "statement", key(A), signer_keyid(A, 1))
TXID: Final = txid_of(SIGNED.payload)


def statements() -> tuple[Case, list[Case]]:
    text = SIGNED.payload.decode()

    def swap(name: str, old: str, new: str, expect: str) -> Case:
        assert text.count(old) == 1, old
        return case(name, expect, payload=text.replace(old, new))

    nonce = base64.b64encode(STATEMENT.nonce).decode()
    cases = [
        case("as signed", "ok", payload=text),
        swap("an unknown member", '{"v":1,', '{"v":1,"w":1,', "form-unreadable"),
        swap("a member missing", '"purpose_item":"3",', "", "form-unreadable"),
        swap("a member twice", '{"v":1,', '{"v":1,"v":1,', "form-not-canonical"),
        swap("members in another order", '"v":1,"kind":"inquiry",', '"kind":"inquiry","v":1,', "form-not-canonical"),
        swap("white space", '"count":2', '"count": 2', "form-not-canonical"),
        swap("an escape that need not be", '"012131"', '"\\u003012131"', "form-not-canonical"),
        swap("a number as text", '{"v":1,', '{"v":"1",', "form-unreadable"),
        swap("a number with a fraction", '{"v":1,', '{"v":1.0,', "form-unreadable"),
        swap("a number with an exponent", '{"v":1,', '{"v":1e0,', "form-unreadable"),
        swap("a boolean for a number", '{"v":1,', '{"v":true,', "form-unreadable"),
        swap("base64 without padding", nonce, nonce.rstrip("="), "form-unreadable"),
        swap("base64 with stray bits", nonce, nonce[:-3] + chr(ord(nonce[-3]) + 1) + "==", "form-not-canonical"),
        case("something behind it", "form-unreadable", payload=text + "{}"),
        case("a newline behind it", "form-not-canonical", payload=text + "\n"),
        case("a byte order mark", "form-unreadable", payload="\ufeff" + text),
        swap("version 2", '{"v":1,', '{"v":2,', "version-unknown"),
        swap("kind self", '"inquiry"', '"self"', "kind-wrong"),
        swap("kind of no form", '"inquiry"', '"query"', "form-unreadable"),
        swap("one party", '"provider":"011002"', '"provider":"012131"', "parties-equal"),
        swap("a nonce of 15 bytes", nonce, base64.b64encode(STATEMENT.nonce[:15]).decode(), "length-wrong"),
        swap("a time before time", f'"at_ms":{AT_MS}', '"at_ms":-1', "form-unreadable"),
        swap("the end of time", f'"at_ms":{AT_MS}', '"at_ms":253402214400000', "form-unreadable"),
        swap("no item", '["住民票関係情報"]', "[]", "form-unreadable"),
        swap("an empty item", '["住民票関係情報"]', '[""]', "form-unreadable"),
        swap("a purpose item that is none", '"purpose_item":"3"', '"purpose_item":"三"', "purpose-item-wrong"),
        swap("a purpose item of a paragraph", '"purpose_item":"3"', '"purpose_item":"2項3-2"', "ok"),
        swap("a mark without end", '"nondisclosure":null', '"nondisclosure":{"ground":"x","until_ms":0}', "form-unreadable"),
        swap("no affair", '"affair":{"source":"506M60004008009@2024-05-27","row":"108"}', '"affair":null', "form-unreadable"),
        *(
            case(name, expect, payload=msgspec.json.encode(replace(STATEMENT, **changes)).decode())
            for name, expect, changes in wrong_members.STATEMENTS
        ),
    ]
    return {}, [{**one, "txid": txid_of(one["payload"].encode())} for one in cases]


def inquiry(**changes: Any) -> bytes:
    with nonces("pi"):
        triples = [convert.Row3(row.r, row.b, row.u) for row in ROWS]
        pi = convert.prove_rows(TXID, layered(B), layered(AUDIT), triples, SECRETS).encode()
    return pack(replace(Inquiry(SIGNED, ROWS, pi), **changes))


def resigned(statement: Statement, rows: tuple[Row, ...]) -> bytes:
    return inquiry(statement=sign_form(statement, "statement", key(A), signer_keyid(A, 1)), rows=rows)


def bound(*rows: Row) -> bytes:
    """A message that signs other rows than π was made for."""
    return resigned(replace(STATEMENT, rows=rows_root(rows), count=len(rows)), rows)


def inquiries() -> tuple[Case, list[Case]]:
    first, second = ROWS
    wire = msgspec.msgpack.decode(inquiry())
    top = replace(first, u=first.u[:31] + bytes([first.u[31] | 0x80]))
    cases = [
        case("as sent", "ok", message=inquiry()),
        case("π of another message", "pi-false", message=resigned(replace(STATEMENT, nonce=seed("other")[:16]), ROWS)),
        case("C_B of another person", "pi-false", message=bound(replace(first, b=other(first.b)), second)),
        case("a neutral point", "point-not-canonical", message=bound(replace(first, r=bytes(32)), second)),
        case("a top bit", "point-not-canonical", message=bound(top, second)),
        case("π one byte short", "proof-length", message=inquiry(pi=seed("π") + seed("s")[:31])),
        case("rows exchanged", "rows-root", message=inquiry(rows=(second, first))),
        case("another relation than was signed", "rows-root", message=inquiry(rows=(replace(first, relation="spouse"), second))),
        case("a row fewer", "rows-count", message=inquiry(rows=(first,))),
        case("no row", "rows-count", message=resigned(replace(STATEMENT, count=0), ())),
        case("a relation too long", "row-too-long", message=bound(replace(first, relation="r" * 65), second)),
        case("a case of 31 bytes", "length-wrong", message=bound(replace(first, case=first.case[:31]), second)),
        case(
            "signed by somebody else", "signature-invalid", message=inquiry(statement=sign_form(STATEMENT, "statement", key(B), signer_keyid(A, 1)))
        ),
        case("signed under another keyid", "signature-missing", message=inquiry(statement=sign_form(STATEMENT, "statement", key(A), "x/1"))),
        case("another payloadType", "payload-type-wrong", message=inquiry(statement=replace(SIGNED, payloadType=SIGNED.payloadType + "x"))),
        case("an unknown member", "message-not-in-form", message=pack({**wire, "more": 1})),
        case("π as text", "message-not-in-form", message=pack({**wire, "pi": wire["pi"].hex()})),
        case("a row of five", "message-not-in-form", message=pack({**wire, "rows": [wire["rows"][0][:5], wire["rows"][1]]})),
        case("a row as a map", "message-not-in-form", message=pack({**wire, "rows": [{"r": b""}, wire["rows"][1]]})),
        case("a byte behind it", "message-unreadable", message=inquiry() + b"\xc0"),
        case("cut short", "message-unreadable", message=inquiry()[:-1]),
    ]
    return {"signing": key(A).public, "z_b": layered(B), "z_u": layered(AUDIT), "txid": TXID}, cases


# ---- what is recorded, told and answered ------------------------------------------------------------------------------------------------

PAIRS: Final = [converted(convert.Row3(row.r, row.b, row.u)) for row in ROWS]


def receipt(i: int, **changes: Any) -> Receipt:
    made = Receipt(
        v=1,
        item_id=item_id_of(TXID, i),
        inquirer=A,
        provider=B,
        inquirer_epoch=1,
        provider_epoch=1,
        audit_epoch=1,
        verdict="permit",
        basis=("506M60004008009@2024-05-27#110",),
        pair_hash=pair_hash(*PAIRS[i]),
        leaf_hash=seed(f"leaf {i}"),
        index=i,
        at_ms=AT_MS + 40,
    )
    return replace(made, **changes)


def signed_receipt(i: int, signer: str = "keeper", **changes: Any) -> SignedReceipt:
    batch = [receipt(j, **(changes if j == i else {})) for j in range(2)]
    return sign_receipts(batch, key(signer), AT_MS + 50)[i]


def receipts() -> tuple[Case, list[Case]]:
    good, second = signed_receipt(0), signed_receipt(1)
    head, changed = good.head, replace(good.head, payload=good.head.payload.replace(b"2,", b"3,"))
    cases = [
        case("as the keeper signed it", "ok", receipt=pack(good)),
        case("the other of its batch", "ok", receipt=pack(second), place=1),
        case("signed by another", "signature-invalid", receipt=pack(signed_receipt(0, "exchange"))),
        case("another place", "inclusion-broken", receipt=pack(replace(good, place=1))),
        case("a place beyond the batch", "proof-position", receipt=pack(replace(good, place=2))),
        case("the other's bytes", "inclusion-broken", receipt=pack(replace(good, receipt=second.receipt))),
        case("no path", "inclusion-broken", receipt=pack(replace(good, path=()))),
        case("a head that was changed", "signature-invalid", receipt=pack(replace(good, head=changed))),
        case("a head of another payloadType", "envelope-type-wrong", receipt=pack(replace(good, head=replace(head, payloadType="x")))),
        case("signed twice", "envelope-signed-twice", receipt=pack(replace(good, head=replace(head, signatures=head.signatures * 2)))),
        case("for another row", "receipt-other-item", receipt=pack(second)),
        case("for another provider", "receipt-other-item", receipt=pack(signed_receipt(0, provider="012025"))),
        case("for another key epoch", "receipt-other-item", receipt=pack(signed_receipt(0, provider_epoch=2))),
        case("for another audit epoch", "receipt-other-item", receipt=pack(signed_receipt(0, audit_epoch=2))),
        case("white space in it", "form-not-canonical", receipt=pack(alone(msgspec.json.encode(receipt(0))[:-1] + b" }"))),
        *(case(name, expect, receipt=pack(signed_receipt(0, **changes))) for name, expect, changes in wrong_members.RECEIPTS),
        *(case(name, expect, receipt=pack(alone(msgspec.json.encode(receipt(0)), **changes))) for name, expect, changes in wrong_members.HEADS),
    ]
    return {"keeper": key("keeper").public, "statement": SIGNED.payload.decode(), "place": 0}, cases


def alone(payload: bytes, **changes: Any) -> SignedReceipt:
    """A receipt's bytes, the only ones of their batch, under a head that may say something else."""
    head = replace(ReceiptRoot(1, leaf_hash(payload), 1, AT_MS), **changes)
    return SignedReceipt(payload, 0, (), sign_form(head, "receipts", key("keeper"), "keeper"))


def outcome(i: int, kind: Outcome, sealed: bytes, **changes: Any) -> GivenOutcome:
    made = GivenOutcome(
        v=1,
        item_id=item_id_of(TXID, i),
        provider=B,
        provider_epoch=1,
        kind=kind,
        answer_hash=answer_hash(sealed),
        at_ms=AT_MS + 60,
        deadline_ms=0,
        citation="",
        nondisclosure=None,
    )
    return replace(made, **changes)


def shown(form: msgspec.Struct) -> str:
    return msgspec.json.encode(form).decode()


def of_old(said: GivenOutcome, signer: InstitutionId = B) -> SignedOutcome:
    """An outcome in an envelope of its own, as 0.1.0 wrote it."""
    head = sign_form(said, "outcome", key(signer), signer_keyid(said.provider, said.provider_epoch))
    return SignedOutcome(head.payloadType, head.payload, head.signatures)


def notice(i: int = 0, **changes: Any) -> Notice:
    made = Notice(
        statement=SIGNED,
        place=i,
        row=ROWS[i].shown(),
        path=row_paths(ROWS)[i],
        receipt=signed_receipt(i),
        pair_r=PAIRS[i].R,
        pair_c=PAIRS[i].C,
    )
    return replace(made, **changes)


def notices() -> tuple[Case, list[Case]]:
    good, second = notice(), notice(1)
    foreign = sign_form(STATEMENT, "statement", key(B), signer_keyid(A, 1))
    unsigned = replace(SIGNED, signatures=(Signature("x/1", SIGNED.signatures[0].sig),))
    refusal, crossed = signed_receipt(0, verdict="refusal", pair_hash=b""), signed_receipt(1, pair_hash=pair_hash(*PAIRS[0]))
    cases = [
        case("as the exchange sends it", "ok", notice=pack(good)),
        case("of the second row", "ok", notice=pack(second), code=code(B, multiply(scalar("another"), M))),
        case("(2) signed by another", "signature-invalid", notice=pack(replace(good, statement=foreign))),
        case("(2) not signed by the inquirer", "signature-missing", notice=pack(replace(good, statement=unsigned))),
        case("(3) another relation", "inclusion-broken", notice=pack(replace(good, row=replace(good.row, relation="spouse")))),
        case("(3) another place", "inclusion-broken", notice=pack(replace(good, place=1))),
        case("(3) a place beyond the rows", "proof-position", notice=pack(replace(good, place=2))),
        case("(4) the other row's receipt", "receipt-other-item", notice=pack(replace(good, receipt=second.receipt))),
        case("(4) another row's receipt for this pair", "receipt-other-item", notice=pack(replace(good, receipt=crossed))),
        case("(4) signed by the exchange", "signature-invalid", notice=pack(replace(good, receipt=signed_receipt(0, "exchange")))),
        case("(5) another person's pair", "receipt-other-pair", notice=pack(replace(good, pair_r=second.pair_r, pair_c=second.pair_c))),
        case("(5) recorded as a refusal", "receipt-other-pair", notice=pack(replace(good, receipt=refusal))),
    ]
    return {"registry": pack(REGISTRY), "pins": PINS, "elgamal": scalar(f"y {B}"), "code": code(B)}, cases


def answer(name: str, i: int = 0, kind: Outcome = Outcome.NOT_REGISTERED, of: int | None = None, **changes: Any) -> ItemReply:
    """An item with outcome and sealed answer; `of` lets the answer speak of another one."""
    said = Answer(v=1, item_id=item_id_of(TXID, i if of is None else of), kind=kind, documents={}, schemas={})
    plain = msgspec.json.encode(replace(said, **changes))
    sealed = SEALS.seal(name, REPLY, answer_info(TXID, item_id_of(TXID, i)), pad(plain))
    signed = sign_outcome(outcome(i, kind, sealed), key(B))
    return ItemReply(receipt=signed_receipt(i), refusal=b"", outcome=signed, outcome_index=7, sealed=sealed)


def item(recorded: SignedReceipt, refusal: bytes) -> ItemReply:
    """An item without outcome."""
    return ItemReply(receipt=recorded, refusal=refusal, outcome=None, outcome_index=-1, sealed=b"")


def reply(*items: ItemReply, txid: bytes = TXID) -> bytes:
    return pack(InquiryReply(txid, items))  # type: ignore[arg-type]


def _together(*items: ItemReply) -> list[ItemReply]:
    """The same items with their outcomes signed once."""
    given = [msgspec.json.decode(one.outcome.outcome, type=GivenOutcome) for one in items if one.outcome]
    signed = sign_outcomes(given, key(B), AT_MS + 60)
    return [replace(one, outcome=outcome) for one, outcome in zip(items, signed, strict=True)]


def replies() -> tuple[Case, list[Case]]:
    first, second = answer("reply 0"), answer("reply 1", 1, Outcome.NO_SUCH_PERSON)
    verdict = msgspec.json.encode(
        Verdict(permit=False, basis=(), grounds=(GroundShown("linkage-none", "x#1", {"ja": "不可", "en": "no"}),), marks=(), remedies=())
    )
    refused = item(signed_receipt(1, verdict="refusal", pair_hash=b""), verdict)
    waiting = item(signed_receipt(1), b"")
    lying = answer("reply that says otherwise", 0, Outcome.NOT_REGISTERED, of=1)
    elsewhere = replace(first, sealed=SEALS.seal("reply under another info", REPLY, b"another", pad(b"{}")))
    elsewhere = replace(elsewhere, outcome=sign_outcome(outcome(0, Outcome.NOT_REGISTERED, elsewhere.sealed), key(B)))
    undated = {name: answer(f"reply as of {name}", as_of={"jumin": time}) for name, time in wrong_members.TIMES.items()}
    documents = answer("reply with documents of no outcome", 0, Outcome.NOT_REGISTERED, documents={"jumin": (msgspec.Raw(b"{}"),)})
    old = replace(first, outcome=of_old(outcome(0, Outcome.NOT_REGISTERED, first.sealed)))
    crossed = _together(first, second)[0]
    crossed = replace(crossed, outcome=replace(crossed.outcome, place=1))
    cases = [
        case("two answers", "ok", reply=reply(first, second), kinds=["not_registered", "no_such_person"]),
        case("an answer and a refusal", "ok", reply=reply(first, refused), kinds=["not_registered", ""]),
        case("an answer and one that waits", "ok", reply=reply(first, waiting), kinds=["not_registered", ""]),
        case("two answers under one root", "ok", reply=reply(*_together(first, second)), kinds=["not_registered", "no_such_person"]),
        case("an outcome of 0.1.0", "ok", reply=reply(old, second), kinds=["not_registered", "no_such_person"]),
        case("an outcome at the other's place", "inclusion-broken", reply=reply(crossed, second)),
        case("another txid", "reply-other-inquiry", reply=reply(first, second, txid=seed("x"))),
        case("an item fewer", "reply-other-inquiry", reply=reply(first)),
        case("items exchanged", "receipt-other-item", reply=reply(second, first)),
        case("the other item's outcome", "outcome-other-item", reply=reply(replace(first, outcome=second.outcome), second)),
        case("the other item's answer", "answer-other", reply=reply(replace(first, sealed=second.sealed), second)),
        case("an answer that speaks of another item", "answer-other", reply=reply(lying, second)),
        case("an answer under another info", "seal-broken", reply=reply(elsewhere, second)),
        case("documents in an outcome without", "answer-not-asked", reply=reply(documents, second)),
        case("a refusal with an answer", "refusal-with-answer", reply=reply(first, replace(refused, sealed=b"x"))),
        case(
            "an answer that says as of when",
            "ok",
            reply=reply(answer("reply as of", as_of={"jumin": AT_MS - 1}), second),
            kinds=["not_registered", "no_such_person"],
        ),
        *(case(f"as of {name}", "form-unreadable", reply=reply(one, second)) for name, one in undated.items()),
        case("a final outcome before", "outcome-final", reply=reply(first, second), before=["no_such_person", None]),
        case("held before", "ok", reply=reply(first, second), before=["held", None], kinds=["not_registered", "no_such_person"]),
    ]
    shared = {"registry": pack(REGISTRY), "pins": PINS, "statement": SIGNED.payload.decode(), "key": REPLY.to_bytes(), "before": [None, None]}
    return shared, cases


FILES: Final = {"statement": statements, "inquiry": inquiries, "receipt": receipts, "notice": notices, "reply": replies}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
    (HERE / "sealed.json").write_text(SEALS.render(), encoding="utf-8")
