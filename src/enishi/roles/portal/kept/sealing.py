"""Names and seals of what is kept: a person is a keyed hash, a content is AES-256-GCM bound to its place, both under one key of the portal's ring."""

import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enishi.encoding import frame
from enishi.errors import Tampered
from enishi.seal.pad import pad, unpad

_NONCE: Final = 12


class Rest:
    """The portal's key for what rests (32 secret bytes), parted into one for names and one for contents."""

    def __init__(self, key: bytes) -> None:
        """Take the key of the ring."""
        self._names = hmac.digest(key, frame(b"enishi/v1/portal-names"), "sha256")
        self._aead = AESGCM(hmac.digest(key, frame(b"enishi/v1/portal-contents"), "sha256"))

    def person(self, issuer: str, subject: str) -> bytes:
        """The 32 bytes that a person is found by; `subject` is pairwise, so nobody else's name for them leads here."""
        return self._name(frame(b"enishi/v1/portal-person", issuer.encode(), subject.encode()))

    def stop(self, token: bytes) -> bytes:
        """The 32 bytes that the one who holds an unsubscribe token is found by."""
        return self._name(frame(b"enishi/v1/portal-stop", token))

    def wrap(self, table: str, row: bytes, plain: bytes) -> bytes:
        """Seal a content to its row: nonce and ciphertext, padded so that its length tells no number of labels."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._aead.encrypt(nonce, pad(plain), frame(table.encode(), row))

    def unwrap(self, table: str, row: bytes, sealed: bytes) -> bytes:
        """Open what was sealed to that row; Tampered("kept-broken") for anything else."""
        try:
            return unpad(self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], frame(table.encode(), row)))
        except (InvalidTag, ValueError) as error:
            raise Tampered("kept-broken", table) from error

    def _name(self, framed: bytes) -> bytes:
        return hmac.digest(self._names, framed, "sha256")
