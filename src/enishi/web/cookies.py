"""Cookies that a face signs: HMAC-SHA256 over use and value, so that none can be made up or used for another purpose.

Browsers refuse the `__Host-` prefix on plain http, so every face has cookie names of its own and a host of its own instead.
"""

import hmac
from base64 import urlsafe_b64encode
from typing import Final, Literal, TypedDict

from enishi.encoding import frame
from enishi.errors import Misconfigured

_KEY: Final = 32


class CookieRules(TypedDict):
    """How every cookie of a face is set."""

    path: str
    httponly: bool
    samesite: Literal["lax"]
    secure: bool


class Signer:
    """Signs short texts under a key of 32 bytes or more that never leaves the face."""

    def __init__(self, key: bytes) -> None:
        """Take the key; Misconfigured("signing-key-short") below 32 bytes."""
        if len(key) < _KEY:
            raise Misconfigured("signing-key-short", f"{len(key)} bytes")
        self._key = key

    def mac(self, use: str, value: str) -> str:
        """43 characters of base64url that only this key gives for the use and value."""
        code = hmac.digest(self._key, frame(b"enishi/v1/cookie", use.encode(), value.encode()), "sha256")
        return urlsafe_b64encode(code).decode().rstrip("=")

    def sign(self, use: str, value: str) -> str:
        """`value.mac`; the value must not contain a dot."""
        return f"{value}.{self.mac(use, value)}"

    def read(self, use: str, signed: str) -> str | None:
        """The value if it was signed for this use, None otherwise."""
        value, _, code = signed.partition(".")
        return value if hmac.compare_digest(code.encode(), self.mac(use, value).encode()) else None


def rules(origin: str) -> CookieRules:
    """Cookie rules of an origin: never readable by scripts, never sent along from other sites' forms, `Secure` under https."""
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": origin.startswith("https://")}
