"""Padding to buckets before sealing, so that the length of a sealed answer does not tell the outcome.

Padded form: length (4 bytes, big-endian) ‖ plaintext ‖ zero bytes, in total the smallest of 1 KiB, 2 KiB, 4 KiB … that holds it.
"""

from typing import Final

from enishi.errors import Malformed, Oversized

BUCKET: Final = 1024
"""The smallest padded size in bytes; the others are this times a power of two."""
LIMIT: Final = 64 * 1024 * 1024
"""The largest padded size in bytes; what is larger is sealed in chunks."""
_PREFIX: Final = 4


def bucket(length: int) -> int:
    """The padded size in bytes of a plaintext of so many bytes; Oversized("padding-too-large") beyond LIMIT."""
    size = BUCKET << max(0, (length + _PREFIX - 1).bit_length() - BUCKET.bit_length() + 1)
    if size > LIMIT:
        raise Oversized("padding-too-large", f"{length} bytes")
    return size


def pad(plaintext: bytes) -> bytes:
    """Pad to the next bucket; Oversized("padding-too-large") when the plaintext does not fit LIMIT."""
    prefix = len(plaintext).to_bytes(_PREFIX, "big")
    return (prefix + plaintext).ljust(bucket(len(plaintext)), b"\0")


def unpad(padded: bytes) -> bytes:
    """Undo `pad`; Malformed("padding-malformed") for every form that `pad` would not have written."""
    length = int.from_bytes(padded[:_PREFIX], "big")
    plaintext, rest = padded[_PREFIX : _PREFIX + length], padded[_PREFIX + length :]
    # A second encoding of the same plaintext would be a covert channel through the seal, so only the one is read.
    if len(padded) < BUCKET or len(plaintext) != length or length + _PREFIX > LIMIT or bucket(length) != len(padded) or rest != bytes(len(rest)):
        raise Malformed("padding-malformed", f"{len(padded)} bytes")
    return plaintext
