"""Encryption at rest of what must not stand readable in the keeper's database (AES-256-GCM under a key of the keyring)."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enishi.encoding import frame
from enishi.errors import Tampered


class Rest:
    """Closes and opens single columns, each bound to its column name and row key."""

    def __init__(self, key: bytes) -> None:
        """Take the 32-byte key."""
        self._aead = AESGCM(key)

    def close(self, column: str, row: bytes, plain: bytes) -> bytes:
        """12-byte nonce ‖ ciphertext; nothing for nothing."""
        if not plain:
            return b""
        nonce = os.urandom(12)
        return nonce + self._aead.encrypt(nonce, plain, frame(column.encode(), row))

    def open(self, column: str, row: bytes, closed: bytes) -> bytes:
        """The plain bytes; Tampered("rest-broken") names the column."""
        if not closed:
            return b""
        try:
            return self._aead.decrypt(closed[:12], closed[12:], frame(column.encode(), row))
        except (InvalidTag, ValueError) as error:
            # ValueError: cut so short that it is no ciphertext at all.
            raise Tampered("rest-broken", column) from error
