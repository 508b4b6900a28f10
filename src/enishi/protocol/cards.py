"""Checking a card's signature: the authentication certificate of the test JPKI, which says a serial number and nothing about the person."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from enishi.errors import Tampered, Unauthenticated
from enishi.protocol.view import CardSigned, card_message


def check_card(signed: CardSigned, authority_der: bytes, at_ms: int) -> str:
    """The certificate's serial number (32 hexadecimal digits) after checking issuer, validity and the signature over the request;
    Unauthenticated, Tampered."""
    try:
        authority = x509.load_der_x509_certificate(authority_der)
        certificate = x509.load_der_x509_certificate(signed.certificate)
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, InvalidSignature) as error:
        raise Unauthenticated("card-certificate-refused", type(error).__name__, "certificate") from error
    now = datetime.fromtimestamp(at_ms / 1000, UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Unauthenticated("card-certificate-expired", "", "certificate")
    _check_signature(certificate, signed)
    return f"{certificate.serial_number:032x}"


def _check_signature(certificate: x509.Certificate, signed: CardSigned) -> None:
    key, message = certificate.public_key(), card_message(signed.request)
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            return key.verify(signed.signature, message)
        if isinstance(key, ec.EllipticCurvePublicKey):
            return key.verify(signed.signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Tampered("card-signature-invalid", "", "signature") from error
    raise Unauthenticated("card-certificate-refused", "key type", "certificate")
