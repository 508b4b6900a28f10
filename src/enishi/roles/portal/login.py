"""Log-in by card: authorization code flow with PKCE S256, state and nonce (RFC 6749, 7636), the card signing the view request."""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from urllib.parse import urlencode

import msgspec

from enishi.errors import Malformed
from enishi.protocol.view import FACE, ViewRequest
from enishi.seal.hpke import SealingKey, Suite

CALLBACK: Final = "/callback"
WAIT_MS: Final = 10 * 60 * 1000
"""How long the card may take."""
_DEVICE: Final = 33


class Pending(msgspec.Struct, frozen=True):
    """A log-in that is at the card: what must come back unchanged, and the key the answer will be sealed to."""

    state: str
    verifier: str
    request: bytes
    answer_key: SealingKey


def begin(device_key: bytes, at_ms: int) -> Pending:
    """Make a fresh request for the card to sign; `device_key` is empty where the browser made none."""
    answer_key = SealingKey.generate(Suite.HYBRID)
    request = ViewRequest(
        v=1,
        face=FACE,
        session=secrets.token_bytes(32),
        nonce=secrets.token_bytes(16),
        answer_key=answer_key.public,
        device_key=device_key,
        at_ms=at_ms,
    )
    return Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(48), msgspec.json.encode(request), answer_key)


def authorization_url(pending: Pending, card_origin: str, client_id: str, origin: str) -> str:
    """Where the browser goes: the card's authorization endpoint, with everything bound that must come back."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": origin + CALLBACK,
        "scope": "openid",
        "state": pending.state,
        "nonce": b64url(hashlib.sha256(pending.request).digest()),
        "code_challenge": challenge(pending.verifier),
        "code_challenge_method": "S256",
        "request_to_sign": b64url(pending.request),
    }
    return f"{card_origin}/authorize?{urlencode(query)}"


def challenge(verifier: str) -> str:
    """S256 of RFC 7636, 4.2."""
    return b64url(hashlib.sha256(verifier.encode()).digest())


def b64url(value: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def read_device_key(text: str) -> bytes:
    """The device's public key (suite byte 2 and 32 bytes) from the form, empty for none; Malformed("device-key-malformed")."""
    if not text:
        return b""
    try:
        key = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Malformed("device-key-malformed", "", "device_key") from None
    if len(key) != _DEVICE or key[0] != Suite.BROWSER or b64url(key) != text:
        raise Malformed("device-key-malformed", f"{len(key)} bytes", "device_key")
    return key
