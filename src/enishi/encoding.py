"""Injective byte encodings and domain-separated digests that every signed or hashed thing of the mesh goes through."""

import hashlib
from typing import Final

DOMAIN: Final = b"enishi/v1/"
"""Prefix of every domain separation tag (docs/protocol.md, "Encodings")."""


def frame(*parts: bytes) -> bytes:
    """Concatenate parts, each behind its length as four big-endian bytes, so that no two lists encode alike."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def digest(use: str, *parts: bytes) -> bytes:
    """SHA-256 (32 bytes) of the framed parts under the domain `enishi/v1/<use>`."""
    return hashlib.sha256(frame(DOMAIN + use.encode(), *parts)).digest()


def u64(number: int) -> bytes:
    """Encode 0 <= number < 2**64 as eight big-endian bytes; OverflowError outside."""
    return number.to_bytes(8, "big")
