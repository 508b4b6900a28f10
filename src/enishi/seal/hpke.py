"""Hybrid public key encryption (RFC 9180), single shot, with the suite named on the wire; opens what shares an encapsulation (`many`), too.

A key or a sealed message begins with one byte, its suite:

    1 HYBRID   MLKEM768-X25519 (KEM 0x647a) / HKDF-SHA256 / AES-256-GCM   public 1 + 1184 + 32, private 1 + 64 + 32 bytes
    2 BROWSER  DHKEM(X25519)   (KEM 0x0020) / HKDF-SHA256 / AES-128-GCM   public 1 + 32, private 1 + 32 bytes

The hybrid keys are the ML-KEM key (private: its 64-byte seed) followed by the X25519 key.  There is no associated data: whatever
must hold about a message (who, for what, which transaction) goes into `info`.  A sealed message of suite 3 (`shared`) is opened by a HYBRID key.
"""

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache, partial
from secrets import token_bytes
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from enishi.errors import Malformed, Tampered
from enishi.seal import shared

_SEED: Final = 64
_MLKEM_PUBLIC: Final = 1184
_X25519: Final = 32
_POLYNOMIALS: Final = 1152
"""Bytes of an ML-KEM-768 public key that hold 768 coefficients of 12 bits, little-endian; the seed of the matrix follows."""
_EVEN: Final = sum(0xFFF << 24 * place for place in range(384))
_BEYOND: Final = sum((4096 - 3329) << 24 * place for place in range(384))
_CARRY: Final = sum(1 << 24 * place + 12 for place in range(384))
_TAG: Final = 16
REMEMBERED: Final = 16
"""So many encapsulations a key remembers having opened: messages that were sealed together come together, and are decapsulated once."""

_Private = hpke.MLKEM768X25519PrivateKey | x25519.X25519PrivateKey
_Public = hpke.MLKEM768X25519PublicKey | x25519.X25519PublicKey


class Suite(IntEnum):
    """The two suites of the mesh: HYBRID between roles, BROWSER where the reader is a browser's WebCrypto."""

    HYBRID = 1
    BROWSER = 2


_SUITES: Final[Mapping[Suite, hpke.Suite]] = {
    Suite.HYBRID: hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM),
    Suite.BROWSER: hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM),
}
_OVERHEAD: Final[Mapping[Suite, int]] = {
    Suite.HYBRID: 1 + hpke.KEM.MLKEM768_X25519.enc_length() + _TAG,
    Suite.BROWSER: 1 + hpke.KEM.X25519.enc_length() + _TAG,
}


class SealingKey:
    """A private key that opens what was sealed to its `public` bytes; the wire form is in the module's head."""

    __slots__ = ("_exporter", "_key", "_raw", "public", "suite")

    def __init__(self, suite: Suite, raw: bytes) -> None:
        """Build from the suite and the private bytes behind it; Malformed("sealing-key-malformed") if they are not a key."""
        self.suite = suite
        self._raw = raw
        try:
            self._key, public = _hybrid_private(raw) if suite is Suite.HYBRID else _x25519_private(raw)
        except ValueError:
            raise Malformed("sealing-key-malformed", "not a private key of its suite") from None
        self.public: bytes = bytes([suite]) + public
        # Remembered under the very bytes that opened, by this key alone; what does not open raises, and is not remembered.
        self._exporter = lru_cache(maxsize=REMEMBERED)(partial(_exporter_of, suite, self._key))

    @classmethod
    def generate(cls, suite: Suite = Suite.HYBRID) -> Self:
        """A fresh key of the suite from the system's random source."""
        # Both schemes derive their keys from plain random bytes (FIPS 203, 7.1: 64; RFC 7748, 5: 32), so the key is built once, in `__init__`.
        return cls(suite, token_bytes(32 if suite is Suite.BROWSER else 96))

    @classmethod
    def from_bytes(cls, encoded: bytes) -> Self:
        """Read the form that `to_bytes` writes; Malformed("seal-suite-unknown" or "sealing-key-malformed")."""
        return cls(_suite_of(encoded), bytes(encoded[1:]))

    def to_bytes(self) -> bytes:
        """The private key behind its suite byte: 97 bytes for HYBRID, 33 for BROWSER.  Secret."""
        return bytes([self.suite]) + self._raw

    def _open(self, info: bytes, ciphertext: bytes) -> bytes:
        return _SUITES[self.suite].decrypt(ciphertext, self._key, info=info)

    def _open_shared(self, info: bytes, sealed: bytes) -> bytes:
        return shared.reveal(self._exporter(sealed[1 : shared.HEAD]), info, sealed[shared.HEAD :])

    def __repr__(self) -> str:
        return f"SealingKey({self.suite.name})"


def seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Seal the plaintext to a public key, bound to `info`.

    Returns 1 + 1136 (HYBRID) or 1 + 48 (BROWSER) bytes more than the plaintext; the length shows, so pad first (`pad.pad`).
    Raises Malformed("seal-suite-unknown" or "sealing-key-malformed") for a public key that is not one.
    """
    suite, key = _public(bytes(public))
    try:
        return bytes([suite]) + _SUITES[suite].encrypt(plaintext, key, info=info)
    except ValueError:
        # An X25519 key of small order parses but agrees on nothing.
        raise Malformed("sealing-key-malformed", "public key of small order", "public") from None


def open_sealed(key: SealingKey, info: bytes, sealed: bytes) -> bytes:
    """Open what `seal` or a `many.Sender` made for this key and this `info`.

    Raises Malformed("seal-suite-unknown" or "seal-too-short") for what is no sealed message at all, and Tampered("seal-broken")
    for another key, another suite, another `info` or changed bytes: the three cannot be told apart, and need not be.
    """
    if sealed[:1] == bytes([shared.MANY]):
        return open_shared(key, info, sealed)
    suite = _suite_of(sealed)
    _demand(sealed, _OVERHEAD[suite], suite, key)
    try:
        return key._open(info, bytes(sealed[1:]))
    except InvalidTag:
        raise Tampered("seal-broken") from None


def open_shared(key: SealingKey, info: bytes, sealed: bytes) -> bytes:
    """Open a message of suite 3 (`shared`), alone; what came under the same encapsulation just before saves the decapsulation.

    Raises what `open_sealed` raises.
    """
    if sealed[:1] != bytes([shared.MANY]):
        raise Malformed("seal-suite-unknown", sealed[:1].hex() or "no bytes")
    _demand(sealed, shared.OVERHEAD, Suite.HYBRID, key)
    try:
        return key._open_shared(info, bytes(sealed))
    except InvalidTag:
        raise Tampered("seal-broken") from None


def _demand(sealed: bytes, shortest: int, suite: Suite, key: SealingKey) -> None:
    if len(sealed) < shortest:
        raise Malformed("seal-too-short", f"{len(sealed)} bytes", "sealed")
    if suite is not key.suite:
        raise Tampered("seal-broken", "sealed under another suite")


def _exporter_of(suite: Suite, key: _Private, encapsulation: bytes) -> bytes:
    return shared.exporter_of(encapsulation, _SUITES[suite].decrypt(encapsulation, key, info=shared.SECRET_INFO))


def check_public(public: bytes) -> Suite:
    """The suite of a public sealing key that parses; Malformed("seal-suite-unknown" or "sealing-key-malformed") otherwise."""
    suite = _suite_of(public)
    if suite is Suite.HYBRID:
        _check_hybrid(bytes(public[1:]))
    else:
        _public(bytes(public))
    return suite


def _check_hybrid(raw: bytes) -> None:
    """What the library refuses as it reads a hybrid key, without expanding it: who only passes a key on uses it for nothing."""
    # FIPS 203, 7.2: the length, and every coefficient below q = 3329. All of them at once: a field that q does not exceed carries when 4096 - q is
    # added. X25519 takes any 32 bytes (RFC 7748, 5).
    coefficients = int.from_bytes(raw[:_POLYNOMIALS], "little")
    beyond = ((coefficients & _EVEN) + _BEYOND | (coefficients >> 12 & _EVEN) + _BEYOND) & _CARRY
    if len(raw) != _MLKEM_PUBLIC + _X25519 or beyond:
        raise Malformed("sealing-key-malformed", "not a public key of its suite", "public")


def _suite_of(encoded: bytes) -> Suite:
    try:
        return Suite(encoded[0])
    except (IndexError, ValueError):
        raise Malformed("seal-suite-unknown", encoded[:1].hex() or "no bytes") from None


@lru_cache(maxsize=8192)
def _public(encoded: bytes) -> tuple[Suite, _Public]:
    # Expanding an ML-KEM key costs as much as using it, and the same few thousand institutions come back.
    suite, raw = _suite_of(encoded), encoded[1:]
    try:
        key = _hybrid_public(raw) if suite is Suite.HYBRID else x25519.X25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise Malformed("sealing-key-malformed", "not a public key of its suite", "public") from None
    return suite, key


def _hybrid_public(raw: bytes) -> _Public:
    return hpke.MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC]),
        x25519.X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:]),
    )


def _hybrid_private(raw: bytes) -> tuple[_Private, bytes]:
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(raw[:_SEED])
    curve = x25519.X25519PrivateKey.from_private_bytes(raw[_SEED:])
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return hpke.MLKEM768X25519PrivateKey(lattice, curve), public


def _x25519_private(raw: bytes) -> tuple[_Private, bytes]:
    key = x25519.X25519PrivateKey.from_private_bytes(raw)
    return key, key.public_key().public_bytes_raw()
