"""Ed25519 signatures (RFC 8032) over bytes that the caller has already given a domain (`encoding.digest`, DSSE, signed notes)."""

from functools import lru_cache
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from enishi.errors import Malformed, Tampered

# The encodings of the eight points of small order, canonical or not, without the sign bit.  Under such a key a signature
# that its holder never made (S = 0, R = identity) verifies for one message in eight or for every message, so it is no key.
_SMALL_ORDER: Final = frozenset(
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)


class SigningKey:
    """An Ed25519 private key; `public` is the 32-byte verification key."""

    __slots__ = ("_key", "public")

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        """Wrap a key object; `generate` and `from_bytes` are the usual doors."""
        self._key = key
        self.public: bytes = key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> Self:
        """A fresh key from the system's random source."""
        return cls(ed25519.Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, seed: bytes) -> Self:
        """The key of a 32-byte seed; Malformed("signing-key-malformed") for another length."""
        try:
            return cls(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
        except ValueError:
            raise Malformed("signing-key-malformed", f"{len(seed)} bytes") from None

    def to_bytes(self) -> bytes:
        """The 32-byte seed.  Secret."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of the message."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public.hex()})"


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Return if the signature is the key's over the message.

    Raises Tampered("signature-invalid") if not, Malformed("verification-key-malformed") if `public` is no Ed25519 key.
    """
    try:
        _public(bytes(public)).verify(signature, message)
    except InvalidSignature:
        raise Tampered("signature-invalid") from None


@lru_cache(maxsize=8192)
def _public(encoded: bytes) -> ed25519.Ed25519PublicKey:
    if len(encoded) != 32 or encoded[:31] + bytes([encoded[31] & 0x7F]) in _SMALL_ORDER:
        raise Malformed("verification-key-malformed", "not an Ed25519 key of full order", "public")
    try:
        return ed25519.Ed25519PublicKey.from_public_bytes(encoded)
    except ValueError:
        raise Malformed("verification-key-malformed", "not a point of the curve", "public") from None
