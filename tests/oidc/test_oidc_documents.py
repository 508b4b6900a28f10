"""A signed document is believed for its signer only while certificate, list and signature all hold."""

import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from enishi import card
from enishi.card.authority import Revoked, Use, open_authority
from enishi.errors import Fault, Malformed, Unauthenticated
from enishi.oidc.documents import SignedDocument, read_signed_document
from protocol import messages as made

DIGEST = sha256("移住支援金の申請書".encode()).digest()
HOUR = 3_600_000


@cache
def world() -> tuple[SignedDocument, SignedDocument, bytes, Path]:
    """A document signed with the signature key, one with the authentication key, the authority's certificate, and its folder."""
    folder = Path(tempfile.mkdtemp()) / "card"
    maker = card.found(folder, made.AT_MS)
    maker.issue([made.Holder()])
    cards, holder = card.Cards(folder), made.Holder()
    signed = cards.sign(holder.card, holder.password, DIGEST, made.AT_MS, Use.SIGNATURE)
    shown = cards.sign(holder.card, holder.pin, DIGEST, made.AT_MS)
    return SignedDocument(DIGEST, *signed), SignedDocument(DIGEST, *shown), maker.authority, folder


def revocations(*serials: int, at_ms: int = made.AT_MS) -> bytes:
    """The authority's list."""
    return open_authority(world()[3]).revocation_list([Revoked(serial, x509.ReasonFlags.affiliation_changed) for serial in serials], at_ms)


def refused(signed: SignedDocument, authority: bytes, listed: bytes, at_ms: int = made.AT_MS) -> str:
    with pytest.raises(Fault) as caught:
        read_signed_document(signed, authority, listed, at_ms)
    return caught.value.code


def test_the_signer_is_known_by_the_four_basic_items() -> None:
    signed, _, authority, _ = world()
    signer = read_signed_document(signed, authority, revocations(7), made.AT_MS)
    assert (signer.items.name, signer.items.address, signer.items.gender) == ("内田　紬", "苫小牧市本町1丁目2番3号", "female")
    assert signer.serial == f"{x509.load_der_x509_certificate(signed.certificate).serial_number:032x}"


def test_a_revoked_certificate_declares_nothing_more() -> None:
    signed, _, authority, _ = world()
    serial = x509.load_der_x509_certificate(signed.certificate).serial_number
    with pytest.raises(Unauthenticated, match="card-certificate-revoked"):
        read_signed_document(signed, authority, revocations(serial, 7), made.AT_MS)


@pytest.mark.parametrize("at_ms", [made.AT_MS - HOUR, made.AT_MS + HOUR, made.AT_MS + 30 * HOUR])
def test_a_list_of_another_time_says_nothing(at_ms: int) -> None:
    signed, _, authority, _ = world()
    # One minute of grace at its beginning is the authority's, five are ours.
    code = "card-certificate-expired" if at_ms < made.AT_MS - HOUR else "card-list-outdated"
    assert refused(signed, authority, revocations(), at_ms) == code


def test_a_list_of_another_authority_is_none() -> None:
    signed, _, authority, _ = world()
    with tempfile.TemporaryDirectory() as folder:
        card.found(Path(folder) / "card", made.AT_MS)
        other = open_authority(Path(folder) / "card").revocation_list([], made.AT_MS)
    changed = revocations()
    for listed in (other, b"", b"0\x80", changed[:-1] + bytes([changed[-1] ^ 1])):
        assert refused(signed, authority, listed) == "card-list-invalid"


def test_the_authentication_key_declares_nothing() -> None:
    _, shown, authority, _ = world()
    assert refused(shown, authority, revocations()) == "card-certificate-refused"


def test_another_document_another_authority_and_another_day() -> None:
    signed, shown, authority, _ = world()
    assert refused(msgspec.structs.replace(signed, digest=bytes(32)), authority, revocations()) == "card-signature-invalid"
    assert refused(msgspec.structs.replace(signed, signature=shown.signature), authority, revocations()) == "card-signature-invalid"
    assert refused(signed, signed.certificate, revocations()) == "card-certificate-refused"
    later = made.AT_MS + 1827 * 24 * HOUR
    assert refused(signed, authority, revocations(at_ms=later), later) == "card-certificate-expired"
    with pytest.raises(Malformed):
        read_signed_document(msgspec.structs.replace(signed, digest=b"short"), authority, revocations(), made.AT_MS)
