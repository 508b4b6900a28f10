"""Writes the check values of handing over the number: `python vectors/protocol/make_offers.py`.

The form of the file is that of make.py.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from make_looks import ASKED
from vector_world import AT_MS, AUTHORITY, HERE, A, B, Case, case, key, render, seed

from enishi.oidc.documents import BASIC_ITEMS, document_message
from enishi.protocol.forms import sign_form
from enishi.protocol.offer import THING, HandedNumber, NumberOffer, OfferShown, SignedOffer, offer_digest, sign_offer
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import card_message, request_digest
from enishi.seal.dsse import Envelope, sign_envelope

replace, pack = msgspec.structs.replace, msgspec.msgpack.encode
SERIAL: Final = int.from_bytes(seed("signature serial")[:16], "big") >> 1
ITEMS: Final = '{"name":"内田　紬","address":"苫小牧市本町1丁目2番3号","born_on":"1981-11-20","gender":"female"}'
NAME: Final = "Test card authority"
NOW: Final = datetime.fromtimestamp(AT_MS / 1000, UTC)
OFFER: Final = NumberOffer(
    v=1,
    face="portal",
    institution=A,
    affair=AffairRef("506M60004008009@2024-05-27", "108"),
    purpose_item="1",
    session=request_digest(ASKED),
    nonce=seed("offer nonce")[:16],
    at_ms=AT_MS - 1000,
)
ENVELOPE: Final = sign_offer(OFFER, key("portal"))


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed(f"signing {name}"))


def usage(declares: bool) -> x509.KeyUsage:
    others = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False
    )
    return x509.KeyUsage(digital_signature=not declares, content_commitment=declares, **others)


def certified(issuer: str = NAME, signer: str = "authority", items: str | None = ITEMS, declares: bool = True, until: int = 2030) -> bytes:
    """A signature certificate in DER: the same bytes each time."""
    builder = x509.CertificateBuilder().issuer_name(named(issuer)).subject_name(named(f"{SERIAL:032x}")).serial_number(SERIAL)
    builder = builder.not_valid_before(datetime(2025, 1, 1, tzinfo=UTC)).not_valid_after(datetime(until, 1, 1, tzinfo=UTC))
    builder = builder.public_key(private("card").public_key()).add_extension(usage(declares), critical=True)
    if items is not None:
        text = items.encode()
        value = b"\x0c\x81" + bytes([len(text)]) + text if len(text) > 127 else b"\x0c" + bytes([len(text)]) + text
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.OtherName(BASIC_ITEMS, value)]), critical=False)
    return builder.sign(private(signer), None).public_bytes(Encoding.DER)


def listed(*serials: int, issuer: str = NAME, signer: str = "authority", since: datetime = NOW - timedelta(minutes=1), hours: int = 1) -> bytes:
    """A revocation list in DER."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(named(issuer)).last_update(since).next_update(since + timedelta(hours=hours))
    for serial in serials:
        builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build())
    return builder.sign(private(signer), None).public_bytes(Encoding.DER)


CERTIFICATE, LIST = certified(), listed(7)


def signed(envelope: Envelope = ENVELOPE, **changes: Any) -> SignedOffer:
    signature = key("card").sign(document_message(offer_digest(envelope)))
    return replace(SignedOffer(envelope, CERTIFICATE, signature, LIST), **changes)


def changed(**members: Any) -> SignedOffer:
    """Another application, signed by portal and card as it stands."""
    return signed(sign_offer(replace(OFFER, **members), key("portal")))


def given(payload: bytes) -> SignedOffer:
    return signed(sign_envelope("application/vnd.enishi.number-offer+json", payload, key("portal"), "portal"))


def offers() -> tuple[Case, list[Case]]:
    text, good = ENVELOPE.payload, signed()
    elsewhere = sign_offer(replace(OFFER, institution=B), key("portal"))
    rows: list[tuple[str, str, SignedOffer]] = [
        ("as portal and card signed it", "ok", good),
        ("without a purpose item", "ok", changed(purpose_item="")),
        ("at the edge of its time", "ok", changed(at_ms=AT_MS - 600_000)),
        ("a list without any serial", "ok", signed(revocation_list=listed())),
        ("signed by another portal", "signature-invalid", signed(sign_form(OFFER, THING, key("exchange"), "portal"))),
        ("signed under another keyid", "signature-missing", signed(sign_form(OFFER, THING, key("portal"), "x"))),
        ("another payloadType", "envelope-type-wrong", signed(replace(ENVELOPE, payloadType=ENVELOPE.payloadType + "x"))),
        ("of another face", "kind-wrong", changed(face="consent")),
        ("version 2", "version-unknown", changed(v=2)),
        ("white space", "form-not-canonical", given(text.replace(b'"v":1,', b'"v": 1,'))),
        ("a member twice", "form-not-canonical", given(text.replace(b'{"v":1,', b'{"v":1,"v":1,'))),
        ("an unknown member", "form-unreadable", given(text.replace(b'{"v":1,', b'{"v":1,"w":1,'))),
        ("a nonce of 15 bytes", "form-unreadable", changed(nonce=bytes(15))),
        ("a session of 31 bytes", "form-unreadable", changed(session=bytes(31))),
        ("a purpose item too long", "form-unreadable", changed(purpose_item="1" * 21)),
        ("too old", "offer-not-fresh", changed(at_ms=AT_MS - 600_001)),
        ("too far ahead", "offer-not-fresh", changed(at_ms=AT_MS + 600_001)),
        ("signed for another institution", "card-signature-invalid", replace(good, offer=elsewhere)),
        ("signed by the key for log-ins", "card-signature-invalid", signed(signature=key("card").sign(card_message(offer_digest(ENVELOPE))))),
        ("the digest itself, unframed", "card-signature-invalid", signed(signature=key("card").sign(offer_digest(ENVELOPE)))),
        ("another card's signature", "card-signature-invalid", signed(signature=key("portal").sign(document_message(offer_digest(ENVELOPE))))),
        ("a certificate for log-ins", "card-certificate-refused", signed(certificate=certified(declares=False))),
        ("a certificate that another signed", "card-certificate-refused", signed(certificate=certified(signer="exchange"))),
        ("a certificate of another name", "card-certificate-refused", signed(certificate=certified(issuer="Another authority"))),
        ("no certificate", "card-certificate-refused", signed(certificate=b"0")),
        ("a certificate that is over", "card-certificate-expired", signed(certificate=certified(until=2025))),
        ("a revoked certificate", "card-certificate-revoked", signed(revocation_list=listed(7, SERIAL))),
        ("a list of yesterday", "card-list-outdated", signed(revocation_list=listed(since=NOW - timedelta(days=1)))),
        ("a list of tomorrow", "card-list-outdated", signed(revocation_list=listed(since=NOW + timedelta(days=1)))),
        ("a list that another signed", "card-list-invalid", signed(revocation_list=listed(signer="exchange"))),
        ("a list of another name", "card-list-invalid", signed(revocation_list=listed(issuer="Another authority"))),
        ("no list", "card-list-invalid", signed(revocation_list=b"")),
        ("a certificate that says nobody", "basic-items-malformed", signed(certificate=certified(items=None))),
        ("items with a member more", "basic-items-malformed", signed(certificate=certified(items='{"v":1,' + ITEMS[1:]))),
    ]
    shared = {"portal": key("portal").public, "authority": AUTHORITY, "at_ms": AT_MS, "serial": f"{SERIAL:032x}"}
    return shared, [case(name, expect, signed=pack(one)) for name, expect, one in rows]


TAKEN_MS: Final = AT_MS + 2000
SHOWN: Final = OfferShown(reference=seed("reference")[:16], institution=A, affair=OFFER.affair, purpose_item="1", at_ms=AT_MS, taken_ms=TAKEN_MS)
HANDED: Final = HandedNumber(reference=SHOWN.reference, individual_number="no number at all", signed=signed(), at_ms=AT_MS)
"""No number of anybody's: what stands there is no number at all."""
FILES: Final = {"offer": offers}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
