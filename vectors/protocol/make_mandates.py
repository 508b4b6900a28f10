"""Writes the check values of mandates: `python vectors/protocol/make_mandates.py`.

The form of the file is that of make.py.  Certificate and list are those of make_offers.py, which has what is wrong with either.
"""

from typing import Any, Final

import msgspec
from make_looks import ASKED
from make_offers import CERTIFICATE, LIST, SERIAL, listed
from vector_world import AT_MS, AUTHORITY, HERE, Case, case, key, render, seed

from enishi.oidc.documents import document_message
from enishi.protocol.forms import sign_form
from enishi.protocol.mandate import YEAR_MS, MandateAcceptance, MandateOffer, MandateShown, SignedMandate, declared_digest, sign_declared
from enishi.protocol.view import request_digest
from enishi.seal.dsse import Envelope, sign_envelope
from enishi.terms import InstitutionId

replace, pack = msgspec.structs.replace, msgspec.msgpack.encode
OFFER: Final = MandateOffer(
    v=1,
    face="portal",
    scope=("records", "data"),
    until_ms=AT_MS + YEAR_MS - 1000,
    session=request_digest(ASKED),
    nonce=seed("mandate nonce")[:16],
    at_ms=AT_MS - 1000,
)
ENVELOPE: Final = sign_declared(OFFER, key("portal"))
ACCEPTANCE: Final = MandateAcceptance(
    v=1,
    face="portal",
    mandate=seed("mandate")[:16],
    offer=declared_digest(ENVELOPE),
    session=request_digest(ASKED),
    nonce=seed("acceptance nonce")[:16],
    at_ms=AT_MS - 1000,
)
ACCEPTED: Final = sign_declared(ACCEPTANCE, key("portal"))


def signed(envelope: Envelope = ENVELOPE, **changes: Any) -> SignedMandate:
    signature = key("card").sign(document_message(declared_digest(envelope)))
    return replace(SignedMandate(envelope, CERTIFICATE, signature, LIST), **changes)


def changed(form: Any = OFFER, **members: Any) -> SignedMandate:
    """Another declaration, signed by portal and card as it stands."""
    return signed(sign_declared(replace(form, **members), key("portal")))


def given(payload: bytes, thing: str = "mandate-offer") -> SignedMandate:
    return signed(sign_envelope(f"application/vnd.enishi.{thing}+json", payload, key("portal"), "portal"))


def mandates() -> tuple[Case, list[Case]]:
    text, agreed = ENVELOPE.payload, ACCEPTED.payload
    rows: list[tuple[str, str, str, SignedMandate]] = [
        ("an offer", "offer", "ok", signed()),
        ("one scope", "offer", "ok", changed(scope=("data",))),
        ("at the edge of its time", "offer", "ok", changed(at_ms=AT_MS - 600_000, until_ms=AT_MS - 599_999)),
        ("an acceptance", "acceptance", "ok", signed(ACCEPTED)),
        ("an acceptance as an offer", "offer", "envelope-type-wrong", signed(ACCEPTED)),
        ("an offer as an acceptance", "acceptance", "envelope-type-wrong", signed()),
        ("an acceptance in an offer's type", "offer", "form-unreadable", given(agreed)),
        ("signed by another portal", "offer", "signature-invalid", signed(sign_form(OFFER, "mandate-offer", key("exchange"), "portal"))),
        ("of another face", "offer", "kind-wrong", changed(face="consent")),
        ("version 2", "acceptance", "version-unknown", changed(ACCEPTANCE, v=2)),
        ("white space", "offer", "form-not-canonical", given(text.replace(b'"v":1,', b'"v": 1,'))),
        ("a member twice", "acceptance", "form-not-canonical", given(agreed.replace(b'{"v":1,', b'{"v":1,"v":1,'), "mandate-acceptance")),
        ("an unknown member", "offer", "form-unreadable", given(text.replace(b'{"v":1,', b'{"v":1,"w":1,'))),
        ("no scope", "offer", "form-unreadable", changed(scope=())),
        ("a scope that is none", "offer", "form-unreadable", changed(scope=("letters",))),
        ("a scope twice", "offer", "mandate-wrong", changed(scope=("data", "data"))),
        ("an end at its beginning", "offer", "mandate-wrong", changed(until_ms=OFFER.at_ms)),
        ("an end more than a year off", "offer", "mandate-wrong", changed(until_ms=OFFER.at_ms + YEAR_MS + 1)),
        ("a mandate of 15 bytes", "acceptance", "form-unreadable", changed(ACCEPTANCE, mandate=bytes(15))),
        ("too old", "offer", "mandate-not-fresh", changed(at_ms=AT_MS - 600_001, until_ms=AT_MS)),
        ("too far ahead", "acceptance", "mandate-not-fresh", changed(ACCEPTANCE, at_ms=AT_MS + 600_001)),
        ("signed for another offer", "acceptance", "card-signature-invalid", signed(ACCEPTED, signature=signed().signature)),
        ("a revoked certificate", "offer", "card-certificate-revoked", signed(revocation_list=listed(SERIAL))),
    ]
    shared = {"portal": key("portal").public, "authority": AUTHORITY, "at_ms": AT_MS, "serial": f"{SERIAL:032x}"}
    return shared, [case(name, expect, reader=reader, signed=pack(one)) for name, reader, expect, one in rows]


SHOWN: Final = MandateShown(
    id=ACCEPTANCE.mandate,
    role="representative",
    kind="voluntary",
    scope=("records",),
    other="内田　紬",
    institution=InstitutionId(""),
    citation="",
    state="in_force",
    from_ms=AT_MS,
    until_ms=OFFER.until_ms,
    ended_ms=0,
    uses=(AT_MS + 2000, AT_MS + 1000),
)
FILES: Final = {"mandate": mandates}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
