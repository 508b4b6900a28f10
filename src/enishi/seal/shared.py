"""Many messages under one encapsulation: the keys that follow from one sealed secret, and the form of a message sealed under one of them.

    suite (3) ‖ enc (1120) ‖ sealed secret (32 + 16) ‖ nonce (16) ‖ ciphertext ‖ tag (16)

`enc ‖ sealed secret` is the HPKE message (suite HYBRID) of 32 fresh random bytes under an info that nothing else is sealed under.  Its bytes salt
the extraction (HKDF-SHA256, RFC 5869) of the exporter secret, as RFC 9180, 5.3 calls what keys are derived from; the key of a message is the
expansion of that over nonce and info.  So a key is used once, and the IV of AES-256-GCM is zero.  The nonce is drawn by lot, so that it tells
neither the order of the messages nor that there are some which their reader was not sent.
"""

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from enishi.encoding import frame

MANY: Final = 3
"""The suite byte of a message that shares its encapsulation; keys are of suite HYBRID."""
SECRET: Final = 32
NONCE: Final = 16
HEAD: Final = 1 + 1120 + SECRET + 16
"""Bytes of suite, enc and sealed secret: the same for all messages under one encapsulation."""
OVERHEAD: Final = HEAD + NONCE + 16
SECRET_INFO: Final = frame(b"enishi/v1/sealed-secret")
_IV: Final = bytes(12)
_SHA256: Final = hashes.SHA256()


def exporter_of(encapsulation: bytes, secret: bytes) -> bytes:
    """The exporter secret (32 bytes) of a sealed secret, bound to the bytes that it came in (RFC 5869, 2.2; 1168 bytes of salt)."""
    return HKDF.extract(_SHA256, encapsulation, secret)


def close(exporter: bytes, nonce: bytes, info: bytes, plaintext: bytes) -> bytes:
    """nonce ‖ ciphertext ‖ tag of one message; a nonce (16 bytes) is used once."""
    # The key is this message's alone, so no IV can come twice under it (NIST SP 800-38D, 8).
    return nonce + _cipher(exporter, nonce, info).encrypt(_IV, plaintext, None)


def reveal(exporter: bytes, info: bytes, closed: bytes) -> bytes:
    """The plaintext of what `close` made; cryptography's InvalidTag for anything else."""
    return _cipher(exporter, closed[:NONCE], info).decrypt(_IV, closed[NONCE:], None)


def _cipher(exporter: bytes, nonce: bytes, info: bytes) -> AESGCM:
    return AESGCM(HKDFExpand(_SHA256, 32, frame(b"enishi/v1/sealed-message", nonce, info)).derive(exporter))
