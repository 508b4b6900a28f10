"""Writes the check values of a person's request for their own data: `python vectors/protocol/make_own.py`.

The form of the file is that of make.py.  `reader` says who reads: the registrar its request, the portal what comes back, an operator the
statement with π, the holder the notice, whose pair opens to its own code.
"""

from typing import Any, Final

import msgspec
from vector_world import AT_MS, BETA, HERE, PINS, REGISTRY, A, B, Case, M, browser, case, code, key, layered, nonces, render, scalar, seed

from enishi.law.other.self_disclosure import PLACE
from enishi.linkage import convert
from enishi.linkage.group import multiply, s_mul
from enishi.protocol.forms import sign_form
from enishi.protocol.letters import SEALED, letter_digest
from enishi.protocol.receipt import Receipt, pair_hash, sign_receipts
from enishi.protocol.registry import AUDIT
from enishi.protocol.self_disclosure import REQUEST as REQUEST_THING
from enishi.protocol.self_disclosure import ROOT, THING, SelfNotice, SelfRequest, SelfStatement, request_digest, self_txid
from enishi.protocol.statement import item_id_of
from enishi.seal.dsse import Envelope, countersign
from enishi.terms import Kind

replace, pack = msgspec.structs.replace, msgspec.msgpack.encode
ANSWER: Final = browser("own answer key")
REQUEST: Final = SelfRequest(
    v=1,
    kind=Kind.SELF,
    face="portal",
    session=seed("own session"),
    nonce=seed("own")[:16],
    holder=B,
    items=("local_tax", "jumin"),
    period="2024",
    answer_key=ANSWER.public,
    at_ms=AT_MS,
)
ASKED: Final = msgspec.json.encode(REQUEST)


def rows(other: bytes = M) -> tuple[convert.Row3, convert.RowSecrets]:
    """The row about M; with another person, the element for the log is theirs, under the same r."""
    with nonces("own row"):
        (row,), secrets = convert.blind([M], layered(B), layered(AUDIT))
    if other == M:
        return row, secrets
    with nonces("own row"):
        (filed,), _ = convert.blind([other], layered(B), layered(AUDIT))
    return row._replace(C_U=filed.C_U), secrets


LETTER: Final = bytes(SEALED)
"""What stands for a sealed letter; whether it opens is the holder's matter alone."""
LETTER_ITEMS: Final[dict[str, Any]] = {"items": ("letter",), "period": ""}
MANDATE: Final = seed("own mandate")[:16]
BY_LAW: Final[dict[str, Any]] = {"mandate": MANDATE, "represents": "by_law"}
ROW, SECRETS = rows()
STRANGE, _ = rows(multiply(scalar("another"), M))


def statement(row: convert.Row3 = ROW, **changes: Any) -> SelfStatement:
    made = SelfStatement(
        v=1,
        kind=Kind.SELF,
        nonce=seed("own statement")[:16],
        face="portal",
        holder=B,
        holder_epoch=1,
        audit_epoch=1,
        at_ms=AT_MS + 10,
        request=request_digest(ASKED),
        items=REQUEST.items,
        period=REQUEST.period,
        answer_key=ANSWER.public,
        r=row.R,
        b=row.C_B or b"",
        u=row.C_U,
    )
    return replace(made, **changes)


def alone(said: SelfStatement, signer: str = "registrar") -> Envelope:
    return sign_form(said, THING, key(signer), "registrar")


def both(said: SelfStatement, second: str = "portal") -> Envelope:
    return countersign(alone(said), key(second), "portal")


def proven(row: convert.Row3, envelope: Envelope) -> bytes:
    with nonces("own pi"):
        return convert.prove_rows(self_txid(envelope), layered(B), layered(AUDIT), [row], SECRETS).encode()


def turned(target: str, operator: str, side: str) -> bytes:
    """δ_{@root→target} of an operator."""
    return s_mul(scalar(f"s_root {operator}"), scalar(f"s_{side} {target}"))


def pair() -> convert.Pair:
    given = convert.admit_pair(ROW, BETA, scalar("layer keeper"), scalar("y @audit"))
    returned = convert.exchange_step(given, scalar("layer exchange"), turned(B, "exchange", "x"), turned(AUDIT, "exchange", "x"))
    return convert.commit_pair(returned, BETA, turned(B, "keeper", "k"))


PAIR: Final = pair()


def notice(envelope: Envelope, pair_c: bytes = PAIR.C, signer: str = "keeper", letter: bytes = b"", **changes: Any) -> bytes:
    receipt = Receipt(
        v=1,
        item_id=item_id_of(self_txid(envelope), 0),
        inquirer=ROOT,
        provider=B,
        inquirer_epoch=0,
        provider_epoch=1,
        audit_epoch=1,
        verdict="self",
        basis=(PLACE,),
        pair_hash=pair_hash(*PAIR),
        leaf_hash=seed("own leaf"),
        index=7,
        at_ms=AT_MS + 40,
    )
    (signed,) = sign_receipts([replace(receipt, **changes)], key(signer), AT_MS + 50)
    return pack(SelfNotice(statement=envelope, receipt=signed, pair_r=PAIR.R, pair_c=pair_c, letter=letter))


def _requests() -> list[Case]:
    def made(name: str, expect: str, text: str = "", **changes: Any) -> Case:
        return case(name, expect, reader="registrar", request=text or msgspec.json.encode(replace(REQUEST, **changes)).decode())

    text = ASKED.decode()
    return [
        made("a request as the face writes it", "ok"),
        made("a request in another order", "form-not-canonical", text.replace('"v":1,"kind":"self",', '"kind":"self","v":1,')),
        made("a request of version 2", "version-unknown", v=2),
        made("a request of a look's kind", "kind-wrong", kind=Kind.VIEW),
        made("a request with a session of 31 bytes", "form-unreadable", session=bytes(31)),
        made("a request for nothing", "form-unreadable", items=()),
        made("a request with a key of no suite", "seal-suite-unknown", answer_key=b"\7" + bytes(32)),
        made("a request with half a key", "sealing-key-malformed", answer_key=ANSWER.public[:20]),
        made("a request that a letter goes with", "ok", **LETTER_ITEMS, letter=letter_digest(LETTER)),
        made("a request for one's letters", "ok", items=("letters",), period=""),
        made("a letter that is not named", "letter-misplaced", **LETTER_ITEMS),
        made("a letter's name without it", "letter-misplaced", letter=letter_digest(LETTER)),
        made("a letter beside an item", "letter-misplaced", items=("letter", "koseki"), period="", letter=letter_digest(LETTER)),
        made("one's letters of a year", "letter-misplaced", items=("letters",)),
        made("a letter's digest of 31 bytes", "form-unreadable", **LETTER_ITEMS, letter=bytes(31)),
        made("a request by a mandate", "ok", mandate=MANDATE),
        made("a mandate of 15 bytes", "form-unreadable", mandate=bytes(15)),
        made("a letter by a mandate", "mandate-misplaced", **LETTER_ITEMS, letter=letter_digest(LETTER), mandate=MANDATE),
        made("one's letters by a mandate", "mandate-misplaced", items=("letters",), period="", mandate=MANDATE),
        made("a request with a device key", "form-unreadable", text.replace('"at_ms"', '"device_key":"","at_ms"')),
    ]


def _portals() -> list[Case]:
    def made(name: str, expect: str, said: SelfStatement, signer: str = "registrar") -> Case:
        return case(name, expect, reader="portal", statement=msgspec.json.encode(alone(said, signer)).decode())

    return [
        made("to the portal", "ok", statement()),
        made("of another request", "view-other-request", statement(request=seed("x"))),
        made("to another answer key", "view-other-request", statement(answer_key=browser("mine").public)),
        made("of another holder", "view-other-request", statement(holder=A)),
        made("of other items", "view-other-request", statement(items=("koseki",))),
        made("of another period", "view-other-request", statement(period="2023")),
        made("with a letter that the request has not", "view-other-request", statement(**LETTER_ITEMS, letter=letter_digest(LETTER))),
        made("by a mandate that the request has not", "view-other-request", statement(**BY_LAW)),
        made("of another kind, to the portal", "kind-wrong", statement(kind=Kind.VIEW)),
        made("signed by another registrar", "signature-invalid", statement(), "exchange"),
    ]


def _operators() -> list[Case]:
    good, strange = both(statement()), both(statement(STRANGE))

    def made(name: str, expect: str, envelope: Envelope, pi: bytes) -> Case:
        return case(name, expect, statement=msgspec.json.encode(envelope).decode(), pi=pi)

    pi = proven(ROW, good)
    renamed = replace(good, payloadType=f"application/vnd.enishi.{REQUEST_THING}+json")
    return [
        made("to an operator", "ok", good, pi),
        made("without the portal", "signature-missing", alone(statement()), pi),
        made("with a false signature of the portal", "signature-invalid", both(statement(), "exchange"), pi),
        made("of another payloadType", "envelope-type-wrong", renamed, pi),
        made("of an inquiry's kind", "kind-wrong", both(statement(kind=Kind.INQUIRY)), pi),
        *(made(name, expect, envelope, proven(ROW, envelope)) for name, expect, envelope in _represented()),
        made("filed under another person", "pi-false", strange, proven(STRANGE, strange)),
        made("with the proof of another statement", "pi-false", both(statement(period="2023")), pi),
        made("an epoch beyond a leaf", "form-unreadable", both(statement(audit_epoch=1 << 32)), pi),
    ]


def _represented() -> list[tuple[str, str, Envelope]]:
    return [
        ("by a mandate, to an operator", "ok", both(statement(**BY_LAW))),
        ("by a mandate that the person gave", "ok", both(statement(mandate=MANDATE, represents="by_wish"))),
        ("by a mandate of nobody knows what", "mandate-misplaced", both(statement(mandate=MANDATE))),
        ("by law, without a mandate", "mandate-misplaced", both(statement(represents="by_law"))),
        ("a letter by a mandate, to an operator", "mandate-misplaced", both(statement(**LETTER_ITEMS, letter=letter_digest(LETTER), **BY_LAW))),
    ]


def _holders() -> list[Case]:
    good = both(statement())
    lettered = both(statement(**LETTER_ITEMS, letter=letter_digest(LETTER)))

    def made(name: str, expect: str, told: bytes) -> Case:
        return case(name, expect, reader="holder", notice=told)

    return [
        made("a letter, to the holder", "ok", notice(lettered, letter=LETTER)),
        made("another letter", "letter-differs", notice(lettered, letter=LETTER[:-1] + b"\1")),
        made("half a letter", "letter-differs", notice(lettered, letter=LETTER[:100])),
        made("a letter that did not come", "letter-differs", notice(lettered)),
        made("a letter that nobody named", "letter-differs", notice(good, letter=LETTER[:100])),
        made("to the holder", "ok", notice(good)),
        made("to the holder, without the portal", "signature-missing", notice(alone(statement()))),
        made("another person's pair", "receipt-other-pair", notice(good, PAIR.R)),
        made("a receipt of another item", "receipt-other-item", notice(good, item_id=seed("x"))),
        made("a receipt of an institution's inquiry", "receipt-other-item", notice(good, inquirer=A, inquirer_epoch=1)),
        made("a receipt for another holder", "receipt-other-item", notice(good, provider=A)),
        made("a receipt that says permit", "receipt-other-pair", notice(good, verdict="permit")),
        made("a receipt that another signed", "signature-invalid", notice(good, signer="exchange")),
        made("an epoch that is not active", "epoch-unknown", notice(both(statement(holder_epoch=2)), provider_epoch=2)),
    ]


def own() -> tuple[Case, list[Case]]:
    shared: Case = {
        "registry": pack(REGISTRY),
        "pins": PINS,
        "request": ASKED.decode(),
        "portal": key("portal").public,
        "registrar": key("registrar").public,
        "z_b": layered(B),
        "z_u": layered(AUDIT),
        "elgamal": scalar(f"y {B}"),
        "code": code(B),
        "reader": "operator",
    }
    return shared, [*_requests(), *_portals(), *_operators(), *_holders()]


FILES: Final = {"self": own}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
