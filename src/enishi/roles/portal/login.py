"""Log-in by card: the request to look, which the card signs, rides on a sign-in of OpenID Connect whose nonce is bound to it."""

from hashlib import sha256
from secrets import token_bytes
from typing import Final, NamedTuple
from urllib.parse import urlencode

import msgspec

from enishi.errors import Malformed
from enishi.oidc.relying import Begun
from enishi.oidc.relying import begin as begin_sign_in
from enishi.oidc.text import b64url, unb64url
from enishi.protocol.view import FACE, ViewRequest
from enishi.seal.hpke import SealingKey, Suite

CALLBACK: Final = "/callback"
SCOPE: Final = "openid"
"""The portal asks for no item of the person: who it is, the registrar says to the operators and not to the portal."""
RECORDS: Final = "/records"
WAIT_MS: Final = 10 * 60 * 1000
"""How long the card may take."""
AGAIN: Final = {"prompt": "login", "max_age": "300"}
"""What demands that the card be shown now, and not be gone by from before (OpenID Connect Core 3.1.2.1)."""
_DEVICE: Final = 33


class Fresh(NamedTuple):
    """A request just made for the card to sign: the sign-in that it rides on, the request, the key that the answer will be sealed to."""

    begun: Begun
    request: bytes
    answer_key: SealingKey


class Pending(msgspec.Struct, frozen=True):
    """A log-in that is at the card: what must come back unchanged, and the key the answer will be sealed to."""

    begun: Begun
    request: bytes
    answer_key: SealingKey
    issuer: str
    """The issuer that must name itself in the answer (RFC 9207), empty where it does not do that."""
    onward: str = RECORDS
    """Where the reader goes from here: the records, or the page that asked for the log-in."""


class WayIn(msgspec.Struct, frozen=True):
    """Where a sign-in leads, and with what; `issuer` as in Pending."""

    endpoint: str
    query: dict[str, str]
    issuer: str


def begin(device_key: bytes, at_ms: int, mandate: bytes | msgspec.UnsetType = msgspec.UNSET) -> Fresh:
    """Make a fresh request for the card to sign, and a sign-in bound to it; `device_key` is empty where the browser made none, and by a mandate."""
    answer_key = SealingKey.generate(Suite.HYBRID)
    request = msgspec.json.encode(
        ViewRequest(
            v=1,
            face=FACE,
            session=token_bytes(32),
            nonce=token_bytes(16),
            answer_key=answer_key.public,
            device_key=device_key,
            at_ms=at_ms,
            mandate=mandate,
        )
    )
    return Fresh(begin_sign_in(b64url(sha256(request).digest())), request, answer_key)


def authorization_url(way: WayIn, request: bytes) -> str:
    """Where the browser goes: the issuer's authorization endpoint, with everything bound that must come back, and what the card signs."""
    query = urlencode(way.query | {"request_to_sign": b64url(request)})
    return way.endpoint + ("&" if "?" in way.endpoint else "?") + query


def authorization_address(way: WayIn) -> str:
    """Where the browser goes for a sign-in in which the card signs nothing of ours."""
    return way.endpoint + ("&" if "?" in way.endpoint else "?") + urlencode(way.query)


def read_device_key(text: str) -> bytes:
    """The device's public key (suite byte 2 and 32 bytes) from the form, empty for none; Malformed("device-key-malformed")."""
    if not text:
        return b""
    key = unb64url(text, _DEVICE)
    if key is None or len(key) != _DEVICE or key[0] != Suite.BROWSER:
        raise Malformed("device-key-malformed", f"{len(text)} characters", "device_key")
    return key
