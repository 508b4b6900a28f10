"""Hashing to the group and to scalars: RFC 9497 ristretto255-SHA512 on RFC 9380's expand_message_xmd."""

import hashlib
from typing import Final

from enishi.encoding import DOMAIN, frame
from enishi.errors import Malformed
from enishi.linkage.group import point_from_hash, scalar_from_hash

_BLOCK: Final = 128
_DIGEST: Final = 64


def expand_message_xmd(message: bytes, dst: bytes, length: int) -> bytes:
    """`length` uniform bytes under a domain separation tag (RFC 9380, 5.3.1, SHA-512); Malformed("expansion-too-long") beyond its limits."""
    blocks = -(-length // _DIGEST)
    if not 0 < blocks <= 255 or not 0 < len(dst) <= 255:
        raise Malformed("expansion-too-long", f"{length} bytes, tag of {len(dst)}")
    suffix = dst + bytes([len(dst)])
    first = hashlib.sha512(bytes(_BLOCK) + message + length.to_bytes(2, "big") + b"\0" + suffix).digest()
    block = hashlib.sha512(first + b"\1" + suffix).digest()
    out = [block]
    for i in range(2, blocks + 1):
        mixed = (int.from_bytes(first) ^ int.from_bytes(block)).to_bytes(_DIGEST)
        block = hashlib.sha512(mixed + bytes([i]) + suffix).digest()
        out.append(block)
    return b"".join(out)[:length]


def to_group_under(dst: bytes, message: bytes) -> bytes:
    """HashToGroup of RFC 9497, 4.1, under a full domain separation tag."""
    return point_from_hash(expand_message_xmd(message, dst, 64))


def to_scalar_under(dst: bytes, message: bytes) -> bytes:
    """HashToScalar of RFC 9497, 4.1, under a full domain separation tag."""
    return scalar_from_hash(expand_message_xmd(message, dst, 64))


def hash_to_group(use: str, *parts: bytes) -> bytes:
    """A point from framed parts under `enishi/v1/<use>`; nobody knows its discrete logarithm."""
    return to_group_under(DOMAIN + use.encode(), frame(*parts))


def hash_to_scalar(use: str, *parts: bytes) -> bytes:
    """A scalar from framed parts under `enishi/v1/<use>`."""
    return to_scalar_under(DOMAIN + use.encode(), frame(*parts))
