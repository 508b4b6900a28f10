"""The test authority (in place of 公的個人認証サービス): X.509 certificates for the two keys of a card."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from enishi.card.files import read_bytes, write_private
from enishi.clock import moment
from enishi.errors import Misconfigured
from enishi.oidc.documents import BASIC_ITEMS, BasicItems

KEY_FILE: Final = "authority.key"
CERTIFICATE_FILE: Final = "authority.der"
_AUTHORITY_LIFE: Final = timedelta(days=3653)
CARD_LIFE: Final = timedelta(days=1826)
_LIST_LIFE: Final = timedelta(hours=1)
_UTF8_STRING: Final = 0x0C


class Use(StrEnum):
    """Which of the card's keys: 利用者証明用 (who is it) or 署名用 (what does the holder declare)."""

    AUTHENTICATION = "authentication"
    SIGNATURE = "signature"


class Revoked(NamedTuple):
    """A certificate that is good no longer, and why (RFC 5280, 5.3.1)."""

    serial: int
    reason: x509.ReasonFlags


class Authority:
    """Issues certificates under one Ed25519 key."""

    def __init__(self, key: Ed25519PrivateKey, certificate: x509.Certificate) -> None:
        """Take the key and its self-signed certificate."""
        self._key = key
        self._certificate = certificate

    @property
    def certificate(self) -> bytes:
        """The authority's own certificate, DER: what everybody pins."""
        return self._certificate.public_bytes(Encoding.DER)

    def certify(self, public: bytes, serial: int, use: Use, items: BasicItems | None, at_ms: int) -> bytes:
        """A certificate (DER) for a card's public key (32 bytes) under a given serial number, good for five years; `items` for a signature key."""
        builder = _builder(_named(f"{serial:032x}"), self._certificate.subject, public, serial, at_ms, CARD_LIFE)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(declares=use is Use.SIGNATURE, certifies=False), critical=True)
        if use is Use.AUTHENTICATION:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        if items is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.OtherName(BASIC_ITEMS, _utf8(items.to_json()))]), critical=False)
        return builder.sign(self._key, None).public_bytes(Encoding.DER)

    def revocation_list(self, revoked: Iterable[Revoked], at_ms: int) -> bytes:
        """The list of certificates that are good no longer (RFC 5280, 5), DER, for an hour; ordered by serial number."""
        begins = moment(at_ms)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._certificate.subject)
        builder = builder.last_update(begins - timedelta(minutes=1)).next_update(begins + _LIST_LIFE)
        for one in sorted(revoked, key=lambda one: one.serial):
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(begins - timedelta(minutes=1))
            builder = builder.add_revoked_certificate(entry.add_extension(x509.CRLReason(one.reason), critical=False).build())
        return builder.sign(self._key, None).public_bytes(Encoding.DER)


def create_authority(folder: Path, at_ms: int) -> Authority:
    """A new authority whose key (32 bytes, mode 0600) and certificate (DER) rest in the folder."""
    key = Ed25519PrivateKey.generate()
    name = _named("Enishi test JPKI authority")
    builder = _builder(name, name, key.public_key().public_bytes_raw(), x509.random_serial_number(), at_ms, _AUTHORITY_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = builder.add_extension(_usage(declares=False, certifies=True), critical=True).sign(key, None)
    write_private(folder / KEY_FILE, key.private_bytes_raw())
    write_private(folder / CERTIFICATE_FILE, certificate.public_bytes(Encoding.DER))
    return Authority(key, certificate)


def open_authority(folder: Path) -> Authority:
    """The authority that rests in the folder; Misconfigured("card-data-damaged")."""
    try:
        key = Ed25519PrivateKey.from_private_bytes(read_bytes(folder / KEY_FILE))
        return Authority(key, x509.load_der_x509_certificate(read_bytes(folder / CERTIFICATE_FILE)))
    except (ValueError, x509.InvalidVersion) as error:
        raise Misconfigured("card-data-damaged", KEY_FILE) from error


def _builder(subject: x509.Name, issuer: x509.Name, public: bytes, serial: int, at_ms: int, life: timedelta) -> x509.CertificateBuilder:
    # An hour's grace, because the clocks of card and registrar need not agree to the second.
    begins = moment(at_ms) - timedelta(hours=1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).serial_number(serial)
    builder = builder.public_key(Ed25519PublicKey.from_public_bytes(public))
    return builder.not_valid_before(begins).not_valid_after(begins + life)


def _named(common: str) -> x509.Name:
    country, body = x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Enishi")
    return x509.Name([country, body, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, declares: bool, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=declares,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _utf8(text: bytes) -> bytes:
    """DER UTF8String; the four basic items are far below 64 KiB."""
    size = len(text)
    head = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else bytes([0x82, *size.to_bytes(2, "big")])
    return bytes([_UTF8_STRING]) + head + text
