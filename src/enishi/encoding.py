"""Injective byte encodings and domain-separated digests that every signed or hashed thing of the mesh goes through."""

import hashlib
from functools import cache
from typing import Annotated, Final

import msgspec

DOMAIN: Final = b"enishi/v1/"
"""Prefix of every domain separation tag (docs/protocol.md, "Encodings")."""


_SHORT: Final = tuple(length.to_bytes(4, "big") for length in range(256))
"""Lengths of short parts, which most are: a frame is made some forty times for a row."""


def exactly(length: int) -> msgspec.Meta:
    """Says in a form that a byte string has this many bytes; a reader refuses any other length."""
    return msgspec.Meta(min_length=length, max_length=length)


Bytes16 = Annotated[bytes, exactly(16)]
Bytes32 = Annotated[bytes, exactly(32)]
Bytes64 = Annotated[bytes, exactly(64)]
Bytes78 = Annotated[bytes, exactly(78)]


def frame(*parts: bytes) -> bytes:
    """Concatenate parts, each behind its length as four big-endian bytes, so that no two lists encode alike."""
    framed = []
    for part in parts:
        length = len(part)
        framed.append(_SHORT[length] if length < 256 else length.to_bytes(4, "big"))
        framed.append(part)
    return b"".join(framed)


def digest(use: str, *parts: bytes) -> bytes:
    """SHA-256 (32 bytes) of the framed parts under the domain `enishi/v1/<use>`."""
    return hashlib.sha256(_domain(use) + frame(*parts)).digest()


@cache
def _domain(use: str) -> bytes:
    # The uses are words of this program, some dozens in all; a frame of parts is the frames of its parts, one behind the other.
    return frame(DOMAIN + use.encode())


def u64(number: int) -> bytes:
    """Encode 0 <= number < 2**64 as eight big-endian bytes; OverflowError outside."""
    return number.to_bytes(8, "big")
