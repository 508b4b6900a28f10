"""Ed25519: the RFC's own value, and keys under which anybody could sign."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed, Tampered
from enishi.seal.sign import _SMALL_ORDER, SigningKey, verify

KEY = SigningKey.from_bytes(bytes(range(32)))
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def test_rfc_8032_test_2() -> None:
    key = SigningKey.from_bytes(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert key.public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    assert key.sign(b"\x72").hex() == expected


def test_a_signature_holds_for_its_message_and_key_only() -> None:
    signature = KEY.sign(b"message")
    verify(KEY.public, b"message", signature)
    for public, message in ((KEY.public, b"another"), (SigningKey.generate().public, b"message")):
        with pytest.raises(Tampered, match="signature-invalid"):
            verify(public, message, signature)


def test_a_key_reads_back_and_shows_only_its_public_half() -> None:
    assert SigningKey.from_bytes(KEY.to_bytes()).public == KEY.public
    assert KEY.to_bytes().hex() not in repr(KEY)
    with pytest.raises(Malformed, match="signing-key-malformed"):
        SigningKey.from_bytes(bytes(31))


def double(point: tuple[int, int]) -> tuple[int, int]:
    x, y = point
    product = D * x * x * y * y
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def test_the_refused_keys_are_all_points_of_order_eight_or_less() -> None:
    refused = set()
    for encoded in _SMALL_ORDER:
        y = int.from_bytes(encoded, "little") % P
        square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
        root = pow(square, (P + 3) // 8, P)
        root = root if root * root % P == square else root * pow(2, (P - 1) // 4, P) % P
        assert root * root % P == square
        assert double(double(double((root, y)))) == (0, 1)
        refused |= {(root, y), (-root % P, y)}
    # The group has exactly eight such points.
    assert len(refused) == 8


def test_a_forgery_under_the_identity_is_refused() -> None:
    identity = b"\1" + bytes(31)
    forged = identity + bytes(32)
    try:
        Ed25519PublicKey.from_public_bytes(identity).verify(forged, b"anything")
        accepted_below = True
    except (InvalidSignature, ValueError):
        accepted_below = False
    assert accepted_below, "the library below now refuses such keys itself"
    for public in (identity, b"\1" + bytes(30) + b"\x80", bytes(32), b"\xec" + b"\xff" * 30 + b"\x7f"):
        with pytest.raises(Malformed, match="verification-key-malformed"):
            verify(public, b"anything", forged)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=40) | st.binary(min_size=32, max_size=32), st.binary(max_size=70))
def test_nothing_but_faults_comes_of_random_bytes(public: bytes, signature: bytes) -> None:
    with pytest.raises(Fault):
        verify(public, b"message", signature)
    with pytest.raises(Tampered):
        verify(KEY.public, b"message", signature)
