"""private_key_jwt (OpenID Connect Core 9, RFC 7523): a client proves who it is by a short-lived token of its own, good once."""

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Annotated, Final

import msgspec

from enishi.errors import Tampered
from enishi.oidc.tokens import Jwk, TokenKey, read_token

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE_S: Final = 60
LONGEST_S: Final = 300
"""How far ahead an assertion may end, so that its one use need not be remembered for longer."""
_SKEW_S: Final = 60


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What an assertion says; other claims are left alone. Seconds UTC."""

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: int
    jti: Annotated[str, msgspec.Meta(min_length=8, max_length=200)]


def make_assertion(client_id: str, audience: str, key: TokenKey, at_ms: int) -> str:
    """A fresh assertion for one call of a token endpoint; `audience` is the issuer."""
    now = at_ms // 1000
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + LIFE_S, "jti": token_urlsafe(18)}
    return key.sign(claims)


def read_assertion(text: str, client_id: str, audiences: Sequence[str], keys: Sequence[Jwk], at_ms: int) -> Assertion:
    """RFC 7523, 3: signed by the client's key, about itself, for us, not over and not for long; the caller sees to it that its `jti` is used once.

    Tampered("token-invalid"), Tampered("token-not-for-us").
    """
    try:
        found = msgspec.convert(read_token(text, keys), Assertion)
    except msgspec.ValidationError as error:
        raise Tampered("token-invalid", str(error)[:80]) from error
    named = (found.aud,) if isinstance(found.aud, str) else found.aud
    now = at_ms // 1000
    if (found.iss, found.sub) != (client_id, client_id) or not set(named) & set(audiences):
        raise Tampered("token-not-for-us", "", "client_assertion")
    if not now - _SKEW_S < found.exp <= now + LONGEST_S + _SKEW_S:
        raise Tampered("token-not-for-us", "time", "exp")
    return found
