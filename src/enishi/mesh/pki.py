"""The mesh's own certificate authority: it says which key speaks for which role, under which name, for which tenants (RFC 5280).

Keys are P-256, the fastest that TLS 1.3 clients of every kind accept.  A role's certificate names it in URI alternative names
`enishi://role/<role>`, `enishi://name/<name>`, `enishi://tenant/<id>`, and its host as DNS name `<name>.mesh.localhost`.
"""

import os
import re
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from enishi.errors import Malformed, Misconfigured

AUTHORITY_DAYS: Final = 7300
ROLE_DAYS: Final = 730
DAY_MS: Final = 86_400_000
BACKDATE: Final = timedelta(minutes=5)
"""Certificates begin this much before their issue, the same allowance that signed statements get for clocks that differ."""

_LABEL: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_TENANT: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_UNREADABLE: Final = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)


class Peer(NamedTuple):
    """Who stands at the other end of a connection, as its certificate says; `until_ms` is the certificate's last moment."""

    role: str
    name: str
    tenants: frozenset[str]
    serial: int
    until_ms: int


def create_authority(folder: Path, at_ms: int) -> None:
    """Make a key, a certificate and an empty revocation list in the folder; Misconfigured("authority-exists") rather than replace one."""
    if (folder / "ca-key.pem").exists():
        raise Misconfigured("authority-exists", str(folder), "folder")
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _draft("Enishi mesh authority", key.public_key(), at_ms, AUTHORITY_DAYS).issuer_name(_name("Enishi mesh authority"))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    _write(draft / "ca-key.pem", _private_pem(key), 0o600)
    _write(draft / "ca.pem", builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o644)
    _write_crl(draft, [], at_ms)
    # An authority is there as a whole or not at all, so one that was cut off in its making is simply made again.
    draft.rename(folder)


def issue(
    authority: Path, folder: Path, role: str, name: str, tenants: Iterable[str], at_ms: int, hosts: Iterable[str] = (), days: int = ROLE_DAYS
) -> int:
    """Write ca.pem, cert.pem, key.pem (mode 0600) and crl.pem for a role into the folder; returns the certificate's serial number.

    `hosts` are DNS names beside `<name>.mesh.localhost`.  Malformed("name-not-usable") for a role, name or tenant that is no plain label.
    """
    names = _alternative_names(role, name, sorted(tenants), hosts)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _sign(authority, _draft(name, key.public_key(), at_ms, days), names)
    _write(folder / "key.pem", _private_pem(key), 0o600)
    _write(folder / "cert.pem", certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    _write(folder / "ca.pem", (authority / "ca.pem").read_bytes(), 0o644)
    _write(folder / "crl.pem", (authority / "crl.pem").read_bytes(), 0o644)
    return certificate.serial_number


def new_key(folder: Path) -> None:
    """Make `key.pem` (mode 0600) in a folder that has none: it is the holder's own and leaves it never."""
    if not (folder / "key.pem").exists():
        _write(folder / "key.pem", _private_pem(ec.generate_private_key(ec.SECP256R1())), 0o600)


def request_certificate(folder: Path, name: str) -> bytes:
    """A certificate request (PKCS#10, DER) for the key of a folder, signed by that key; Misconfigured("tls-files-invalid")."""
    key = _own_key(folder)
    return x509.CertificateSigningRequestBuilder().subject_name(_name(name)).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def requested_key(csr: bytes) -> bytes:
    """The public key (SubjectPublicKeyInfo) of a request that its own key signed; Malformed("csr-unreadable") for another, or another curve."""
    try:
        request = x509.load_der_x509_csr(csr)
        key = request.public_key()
        good = request.is_signature_valid and isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    except (*_UNREADABLE, InvalidSignature) as error:
        raise Malformed("csr-unreadable", field="csr") from error
    if not good:
        raise Malformed("csr-unreadable", field="csr")
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def certify(
    authority: Path, csr: bytes, role: str, name: str, tenants: Iterable[str], at_ms: int, hosts: Iterable[str] = (), days: int = ROLE_DAYS
) -> bytes:
    """A certificate (PEM) for a request's key; the names are what the registry says, whatever the request asks for."""
    key = serialization.load_der_public_key(requested_key(csr))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    names = _alternative_names(role, name, sorted(tenants), hosts)
    return _sign(authority, _draft(name, key, at_ms, days), names).public_bytes(serialization.Encoding.PEM)


def take_certificate(folder: Path, certificate: bytes, authority: bytes, revoked: bytes, at_ms: int) -> Peer:
    """Put a certificate into the folder of its key, with authority and revocation list; Misconfigured("certificate-not-ours") for another key's,
    another authority's than the folder's, or one that has run out."""
    try:
        shown, issuer = x509.load_pem_x509_certificate(certificate), x509.load_pem_x509_certificate(authority)
        shown.verify_directly_issued_by(issuer)
        held = (folder / "ca.pem").read_bytes() if (folder / "ca.pem").exists() else authority
        mine = shown.public_key() == _own_key(folder).public_key() and held == authority
        peer = peer_of(shown.public_bytes(serialization.Encoding.DER))
    except (OSError, TypeError, Malformed, InvalidSignature, *_UNREADABLE) as error:
        raise Misconfigured("certificate-not-ours", type(error).__name__, "certificate") from error
    if not mine or peer.until_ms < at_ms:
        raise Misconfigured("certificate-not-ours", peer.name, "certificate")
    revoked_serials(authority, revoked, at_ms)
    for file, content in (("ca.pem", authority), ("crl.pem", revoked), ("cert.pem", certificate)):
        _write(folder / file, content, 0o644)
    return peer


def _own_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key((folder / "key.pem").read_bytes(), None)
    except (OSError, *_UNREADABLE) as error:
        raise Misconfigured("tls-files-invalid", str(folder / "key.pem"), "tls") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Misconfigured("tls-files-invalid", str(folder / "key.pem"), "tls")
    return key


def revoke(authority: Path, serials: Iterable[int], at_ms: int, folders: Iterable[Path] = ()) -> None:
    """Add serial numbers to the revocation list, date it anew, and copy it into the roles' folders; running roles read it by themselves."""
    entries = {entry.serial_number: entry for entry in _load_crl(authority / "crl.pem")}
    for serial in serials:
        entries.setdefault(serial, _revoked(serial, at_ms))
    _write_crl(authority, entries.values(), at_ms)
    for folder in folders:
        _write(folder / "crl.pem", (authority / "crl.pem").read_bytes(), 0o644)


def ends_ms(folder: Path) -> int:
    """The last moment of the role's certificate in a folder, milliseconds UTC; 0 where there is none that can be read."""
    try:
        return _ms(x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes()).not_valid_after_utc)
    except (OSError, *_UNREADABLE):
        return 0


def list_ends_ms(folder: Path) -> int:
    """The last moment of the revocation list in a folder, milliseconds UTC; Misconfigured("revocation-list-invalid") where it cannot be read.

    A list that is gone must not be replaced by an empty one: what was revoked would be good again.
    """
    try:
        until = x509.load_pem_x509_crl((folder / "crl.pem").read_bytes()).next_update_utc
    except (OSError, *_UNREADABLE) as error:
        raise Misconfigured("revocation-list-invalid", "", "crl.pem") from error
    return _ms(until) if until else 0


def peer_of(der: bytes) -> Peer:
    """Read a certificate (DER) that TLS has already verified; Malformed("certificate-unreadable") when it names no role."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    except Exception as error:  # the parser's errors share no base class
        raise Malformed("certificate-unreadable") from error
    (role,) = _values(uris, "role") or ("",)
    (name,) = _values(uris, "name") or ("",)
    if not role or not name:
        raise Malformed("certificate-unreadable")
    return Peer(role, name, frozenset(_values(uris, "tenant")), certificate.serial_number, _ms(certificate.not_valid_after_utc))


def revoked_serials(ca_pem: bytes, crl_pem: bytes, at_ms: int) -> frozenset[int]:
    """The serial numbers on a revocation list; Misconfigured("revocation-list-invalid") when it is not the authority's or out of date."""
    try:
        authority = x509.load_pem_x509_certificate(ca_pem)
        revocations = x509.load_pem_x509_crl(crl_pem)
        key = authority.public_key()
        genuine = isinstance(key, ec.EllipticCurvePublicKey) and revocations.is_signature_valid(key)
    except (*_UNREADABLE, InvalidSignature) as error:
        raise Misconfigured("revocation-list-invalid", "", "crl.pem") from error
    until = revocations.next_update_utc
    if not genuine or until is None or until.timestamp() * 1000 < at_ms:
        raise Misconfigured("revocation-list-invalid", "", "crl.pem")
    return frozenset(entry.serial_number for entry in revocations)


def _values(uris: Iterable[str], kind: str) -> tuple[str, ...]:
    prefix = f"enishi://{kind}/"
    return tuple(unquote(uri[len(prefix) :]) for uri in uris if uri.startswith(prefix))


def _alternative_names(role: str, name: str, tenants: Iterable[str], hosts: Iterable[str]) -> x509.SubjectAlternativeName:
    for field, value, shape in [("role", role, _LABEL), ("name", name, _LABEL), *(("tenants", tenant, _TENANT) for tenant in tenants)]:
        if not shape.fullmatch(value):
            raise Malformed("name-not-usable", "", field)
    uris = [f"enishi://role/{role}", f"enishi://name/{name}", *(f"enishi://tenant/{quote(tenant)}" for tenant in tenants)]
    dns = [f"{name}.mesh.localhost", *hosts]
    return x509.SubjectAlternativeName([*map(x509.DNSName, dns), *map(x509.UniformResourceIdentifier, uris)])


def _draft(subject: str, key: ec.EllipticCurvePublicKey, at_ms: int, days: int) -> x509.CertificateBuilder:
    begin = _time(at_ms)
    builder = x509.CertificateBuilder().subject_name(_name(subject)).public_key(key).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begin - BACKDATE).not_valid_after(begin + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _sign(authority: Path, draft: x509.CertificateBuilder, names: x509.SubjectAlternativeName) -> x509.Certificate:
    key, certificate = _load_authority(authority)
    draft = draft.issuer_name(certificate.subject).add_extension(names, critical=False)
    draft = draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    draft = draft.add_extension(_usage(signs_certificates=False), critical=True)
    draft = draft.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    draft = draft.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    return draft.sign(key, hashes.SHA256())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _load_authority(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    try:
        key = serialization.load_pem_private_key((folder / "ca-key.pem").read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    except (OSError, *_UNREADABLE) as error:
        raise Misconfigured("authority-unreadable", str(folder), "folder") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Misconfigured("authority-unreadable", str(folder), "folder")
    return key, certificate


def _load_crl(path: Path) -> Iterable[x509.RevokedCertificate]:
    try:
        return list(x509.load_pem_x509_crl(path.read_bytes()))
    except (OSError, *_UNREADABLE) as error:
        raise Misconfigured("revocation-list-invalid", "", "crl.pem") from error


def _revoked(serial: int, at_ms: int) -> x509.RevokedCertificate:
    return x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_time(at_ms)).build()


def _write_crl(folder: Path, entries: Iterable[x509.RevokedCertificate], at_ms: int) -> None:
    key, certificate = _load_authority(folder)
    begin = _time(at_ms)
    builder = x509.CertificateRevocationListBuilder().issuer_name(certificate.subject)
    builder = builder.last_update(begin - BACKDATE).next_update(begin + timedelta(days=ROLE_DAYS))
    builder = builder.add_extension(x509.CRLNumber(at_ms), critical=False)
    for entry in entries:
        builder = builder.add_revoked_certificate(entry)
    _write(folder / "crl.pem", builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o644)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write beside and rename, so that a role that re-reads the file never finds half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).replace(microsecond=0)
