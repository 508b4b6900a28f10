"""Ids of 32 bytes as they stand in the API's paths."""

import base64
import binascii
import re
from typing import Final

from enishi.errors import Malformed

_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]{43}=?")


def read_id(text: str, field: str) -> bytes:
    """32 bytes from 64 hexadecimal digits or unpadded base64url (RFC 4648, 5); Malformed("id-unreadable")."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if _BASE64URL.fullmatch(text):
        try:
            return base64.b64decode(text.rstrip("=") + "=", altchars=b"-_", validate=True)
        except binascii.Error as error:
            raise Malformed("id-unreadable", field=field) from error
    raise Malformed("id-unreadable", field=field)
