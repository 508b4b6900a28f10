"""A document that a person signed with the signature key of their card (電子署名): who relies on it checks certificate, revocation and signature.

The person signs the SHA-256 digest of the document.  The certificate carries the four basic items (基本4情報), so the signature says who declares;
the certificate may have ended before its last day, with a move, a change of name or a lost card, and the authority's list says so.
"""

from datetime import UTC, date, datetime
from typing import Final, NamedTuple

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from enishi.encoding import Bytes32, frame
from enishi.errors import Malformed, Tampered, Unauthenticated, Unavailable

BASIC_ITEMS: Final = x509.ObjectIdentifier("2.25.329800735698586629295641978511506172918")
"""otherName type of the four basic items: a name of our own in the arc of UUIDs (X.667), their JSON as the value."""
_SIZE: Final = 32
SKEW_S: Final = 300
"""By how much the authority's clock may be ahead of ours."""

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the parser of certificates raises; its errors share no base class."""


class BasicItems(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """基本4情報 of the signature certificate."""

    name: str
    address: str
    born_on: date
    gender: str

    def to_json(self) -> bytes:
        """The items as JSON, UTF-8."""
        return msgspec.json.encode(self)


class SignedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SHA-256 digest of a document (32 bytes), the signature certificate (DER), and the signature over `document_message(digest)`."""

    digest: Bytes32
    certificate: bytes
    signature: bytes


class Signer(NamedTuple):
    """Who signed: the certificate's serial number (32 hexadecimal digits) and what it says of the person."""

    serial: str
    items: BasicItems


def document_message(digest: bytes) -> bytes:
    """The bytes that a card's signature key signs for a document."""
    return frame(b"enishi/v1/card", b"signature", digest)


def read_signed_document(signed: SignedDocument, authority_der: bytes, revocation_list: bytes, at_ms: int) -> Signer:
    """Who signed this digest, after every check of the certificate and of the authority's list (DER, RFC 5280 5) that is good now.

    Unauthenticated("card-certificate-refused"), ("card-certificate-expired"), ("card-certificate-revoked"); Tampered("card-signature-invalid"),
    ("card-list-invalid"); Unavailable("card-list-outdated"); Malformed("digest-malformed"), ("basic-items-malformed").
    """
    if len(signed.digest) != _SIZE:
        raise Malformed("digest-malformed", f"{len(signed.digest)} bytes", "digest")
    now, authority = datetime.fromtimestamp(at_ms / 1000, UTC), x509.load_der_x509_certificate(authority_der)
    certificate, key = _certified(signed.certificate, authority)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Unauthenticated("card-certificate-expired", "", "certificate")
    _check_revocation(certificate, authority, revocation_list, now)
    _check_signature(key, signed)
    return Signer(f"{certificate.serial_number:032x}", read_basic_items(certificate))


def read_basic_items(certificate: x509.Certificate) -> BasicItems:
    """What a signature certificate says of its holder; Malformed("basic-items-malformed") where it says nothing."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (value,) = [name.value for name in names if isinstance(name, x509.OtherName) and name.type_id == BASIC_ITEMS]
        return msgspec.json.decode(_utf8(value), type=BasicItems)
    except (*_UNREADABLE, msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("basic-items-malformed", type(error).__name__, "certificate") from error


def _certified(der: bytes, authority: x509.Certificate) -> tuple[x509.Certificate, Ed25519PublicKey]:
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(authority)
        key, usage = certificate.public_key(), certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        # The authentication certificate declares nothing, and says nothing of the person: it is no substitute.
        if not isinstance(key, Ed25519PublicKey) or not usage.content_commitment:
            raise ValueError("use")
    except (*_UNREADABLE, InvalidSignature) as error:
        raise Unauthenticated("card-certificate-refused", type(error).__name__, "certificate") from error
    return certificate, key


def _check_signature(key: Ed25519PublicKey, signed: SignedDocument) -> None:
    try:
        key.verify(signed.signature, document_message(signed.digest))
    except InvalidSignature as error:
        raise Tampered("card-signature-invalid", "", "signature") from error


def _check_revocation(certificate: x509.Certificate, authority: x509.Certificate, revocation_list: bytes, now: datetime) -> None:
    try:
        found = x509.load_der_x509_crl(revocation_list)
        public = authority.public_key()
        if not isinstance(public, Ed25519PublicKey) or found.issuer != authority.subject or not found.is_signature_valid(public):
            raise ValueError("issuer")
        entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
    except _UNREADABLE as error:
        raise Tampered("card-list-invalid", type(error).__name__, "revocation_list") from error
    _check_current(found, now)
    if entry is not None:
        raise Unauthenticated("card-certificate-revoked", "", "certificate")


def _check_current(found: x509.CertificateRevocationList, now: datetime) -> None:
    # A list of yesterday does not know who lost their card today.
    ends = found.next_update_utc
    if ends is None or not found.last_update_utc.timestamp() - SKEW_S <= now.timestamp() < ends.timestamp():
        raise Unavailable("card-list-outdated", "", "revocation_list")


def _utf8(der: bytes) -> bytes:
    """Content of a DER UTF8String (tag 0x0C) of less than 64 KiB; ValueError for anything else."""
    if len(der) < 2 or der[0] != 0x0C:
        raise ValueError("tag")
    size, begin = (der[1], 2) if der[1] < 0x80 else (int.from_bytes(der[2 : der[1] - 0x7E], "big"), der[1] - 0x7E)
    if der[1] > 0x82 or len(der) != begin + size:
        raise ValueError("length")
    return der[begin:]
