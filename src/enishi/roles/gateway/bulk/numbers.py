"""Processing numbers (処理番号): 16 random bytes, written as 32 hexadecimal digits, and the key under which a caller repeats itself."""

import re
from secrets import token_bytes
from typing import Final

from enishi.errors import Malformed, Unknown

_NUMBER: Final = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_KEY: Final = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"', re.ASCII)


def new_number() -> bytes:
    """A number that nobody can guess."""
    return token_bytes(16)


def read_number(text: str) -> bytes:
    """The 16 bytes of a processing number; Unknown("bulk-unknown") for what is none."""
    if not _NUMBER.fullmatch(text):
        raise Unknown("bulk-unknown", field="number")
    return bytes.fromhex(text)


def read_repeat_key(header: str) -> str:
    """The key of an `Idempotency-Key` header, a structured string (RFC 8941); empty without one; Malformed("repeat-key-wrong")."""
    if not header:
        return ""
    found = _KEY.fullmatch(header.strip())
    if not found:
        raise Malformed("repeat-key-wrong", field="Idempotency-Key")
    return found[1].replace('\\"', '"').replace("\\\\", "\\")
