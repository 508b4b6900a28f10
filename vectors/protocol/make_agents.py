"""Writes the check values of mandates to organisations: `python vectors/protocol/make_agents.py`.

The form of the file is that of make.py; certificates and lists are those of make_offers.py.
"""

from typing import Any, Final

import msgspec
from make_looks import ASKED
from make_offers import CERTIFICATE, ENVELOPE, LIST, SERIAL, certified, listed
from vector_world import AT_MS, AUTHORITY, HERE, A, B, Case, case, key, render, seed

from enishi.oidc.documents import document_message
from enishi.protocol.agent import THING, AgentEnded, AgentGiven, AgentMandate, AgentShown, SignedAgentMandate, mandate_digest, sign_mandate
from enishi.protocol.forms import sign_form
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import card_message, request_digest
from enishi.seal.dsse import Envelope, sign_envelope

replace, pack = msgspec.structs.replace, msgspec.msgpack.encode
YEAR_MS: Final = 366 * 24 * 3600 * 1000
MANDATE: Final = AgentMandate(
    v=1,
    face="portal",
    agent=A,
    recipient=B,
    affair=AffairRef("425AC0000000027@2024-05-27", "31-2"),
    purpose_item="",
    part="employment",
    until_ms=AT_MS + YEAR_MS // 2,
    session=request_digest(ASKED),
    nonce=seed("mandate nonce")[:16],
    at_ms=AT_MS - 1000,
)
GOOD: Final = sign_mandate(MANDATE, key("portal"))


def signed(envelope: Envelope = GOOD, **changes: Any) -> SignedAgentMandate:
    signature = key("card").sign(document_message(mandate_digest(envelope)))
    return replace(SignedAgentMandate(envelope, CERTIFICATE, signature, LIST), **changes)


def changed(**members: Any) -> SignedAgentMandate:
    """Another mandate, signed by portal and card as it stands."""
    return signed(sign_mandate(replace(MANDATE, **members), key("portal")))


def given(payload: bytes) -> SignedAgentMandate:
    return signed(sign_envelope(f"application/vnd.enishi.{THING}+json", payload, key("portal"), "portal"))


def mandates() -> tuple[Case, list[Case]]:
    text, good = GOOD.payload, signed()
    elsewhere = sign_mandate(replace(MANDATE, agent=B), key("portal"))
    longest = MANDATE.at_ms + YEAR_MS
    rows: list[tuple[str, str, SignedAgentMandate]] = [
        ("as portal and card signed it", "ok", good),
        ("to an agent that was commissioned", "ok", changed(part="commission")),
        ("for a whole year", "ok", changed(until_ms=longest)),
        ("at the edge of its time", "ok", changed(at_ms=AT_MS - 600_000)),
        ("for longer than a year", "agent-too-long", changed(until_ms=longest + 1)),
        ("over when it is signed", "agent-too-long", changed(until_ms=MANDATE.at_ms)),
        ("signed by another portal", "signature-invalid", signed(sign_form(MANDATE, THING, key("exchange"), "portal"))),
        ("signed under another keyid", "signature-missing", signed(sign_form(MANDATE, THING, key("portal"), "x"))),
        ("an application to hand over the number", "envelope-type-wrong", signed(ENVELOPE)),
        ("the words of an application under the type of a mandate", "form-unreadable", given(ENVELOPE.payload)),
        ("of another face", "kind-wrong", changed(face="consent")),
        ("version 2", "version-unknown", changed(v=2)),
        ("tied by nothing", "form-unreadable", given(text.replace(b'"employment"', b'""'))),
        ("white space", "form-not-canonical", given(text.replace(b'"v":1,', b'"v": 1,'))),
        ("a member twice", "form-not-canonical", given(text.replace(b'{"v":1,', b'{"v":1,"v":1,'))),
        ("an unknown member", "form-unreadable", given(text.replace(b'{"v":1,', b'{"v":1,"w":1,'))),
        ("a nonce of 15 bytes", "form-unreadable", changed(nonce=bytes(15))),
        ("a session of 31 bytes", "form-unreadable", changed(session=bytes(31))),
        ("a purpose item too long", "form-unreadable", changed(purpose_item="1" * 21)),
        ("too old", "offer-not-fresh", changed(at_ms=AT_MS - 600_001)),
        ("too far ahead", "offer-not-fresh", changed(at_ms=AT_MS + 600_001)),
        ("signed for another agent", "card-signature-invalid", replace(good, mandate=elsewhere)),
        ("signed by the key for log-ins", "card-signature-invalid", signed(signature=key("card").sign(card_message(mandate_digest(GOOD))))),
        ("a certificate for log-ins", "card-certificate-refused", signed(certificate=certified(declares=False))),
        ("a revoked certificate", "card-certificate-revoked", signed(revocation_list=listed(7, SERIAL))),
        ("no list", "card-list-invalid", signed(revocation_list=b"")),
    ]
    shared = {"portal": key("portal").public, "authority": AUTHORITY, "at_ms": AT_MS, "serial": f"{SERIAL:032x}"}
    return shared, [case(name, expect, signed=pack(one)) for name, expect, one in rows]


REFERENCE: Final = seed("mandate reference")[:16]
SHOWN: Final = AgentShown(
    reference=REFERENCE,
    agent=A,
    recipient=B,
    affair=MANDATE.affair,
    purpose_item="",
    part="employment",
    at_ms=AT_MS,
    until_ms=MANDATE.until_ms,
    taken_ms=AT_MS + 2000,
    ended_ms=AT_MS + 9000,
    reason="withdrawn",
    deleted_ms=AT_MS + 10_000,
)
GIVEN: Final = AgentGiven(reference=REFERENCE, individual_number="no number at all", signed=signed(), at_ms=AT_MS)
"""No number of anybody's: what stands there is no number at all."""
ENDED: Final = AgentEnded(reference=REFERENCE, agent=A, reason="standing", at_ms=AT_MS)
FILES: Final = {"agent": mandates}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
