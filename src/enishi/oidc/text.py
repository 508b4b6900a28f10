"""Texts of the code flow: unpadded base64url in its one spelling, and the challenge of PKCE."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final

_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]*")


def b64url(value: bytes) -> str:
    """base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def unb64url(text: str, limit: int) -> bytes | None:
    """At most `limit` bytes of unpadded base64url; None for any other text, so that one value has one spelling."""
    if len(text) > limit * 4 // 3 + 4 or not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        return None
    found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return found if len(found) <= limit and b64url(found) == text else None


def challenge(verifier: str) -> str:
    """S256 of RFC 7636, 4.2: 43 characters."""
    return b64url(sha256(verifier.encode()).digest())
