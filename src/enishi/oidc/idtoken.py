"""The ID token (OpenID Connect Core 2 and 3.1.3.7): who it is about, for which relying party, how and when they showed it."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from enishi.errors import Tampered
from enishi.oidc.tokens import Jwk, read_token

SKEW_S: Final = 120
"""By how much the issuer's clock may differ from ours."""
OLDEST_S: Final = 600
"""How old a sign-in may be that is asked for now."""


class IdToken(msgspec.Struct, frozen=True, kw_only=True):
    """The claims that are checked; others are left alone. `sub` names the person to this relying party and to nobody else. Seconds UTC."""

    iss: str
    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    aud: str | tuple[str, ...]
    exp: int
    iat: int
    nonce: str = ""
    acr: str = ""
    azp: str = ""
    auth_time: int | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What an ID token must say: its issuer, this relying party, this very request; `acr` is empty where any will do.

    `max_age_s` is what was demanded of the issuer, -1 where nothing was: who demands it must find `auth_time`, and see for themselves how old it is.
    """

    issuer: str
    client_id: str
    nonce: str
    acr: str = ""
    max_age_s: int = -1


def read_id_token(text: str, keys: Sequence[Jwk], expected: Expected, at_ms: int) -> IdToken:
    """The token's claims; Tampered("token-invalid") where nobody signed it, Tampered("token-not-for-us") where it answers something else."""
    try:
        token = msgspec.convert(read_token(text, keys), IdToken)
    except msgspec.ValidationError as error:
        raise Tampered("token-invalid", str(error)[:80]) from error
    wrong = _wrong(token, expected, at_ms // 1000)
    if wrong:
        raise Tampered("token-not-for-us", wrong, wrong)
    return token


def _wrong(token: IdToken, expected: Expected, now: int) -> str:
    """The name of the first claim that is not as it must be, empty where all are."""
    named = (token.aud,) if isinstance(token.aud, str) else token.aud
    # A token for several would let one of them pass it on to another: only our own is taken.
    checks = (
        ("iss", token.iss == expected.issuer),
        ("aud", named == (expected.client_id,)),
        ("azp", token.azp in ("", expected.client_id)),
        ("exp", now - SKEW_S < token.exp),
        ("iat", now - OLDEST_S <= token.iat <= now + SKEW_S),
        ("auth_time", token.auth_time is None or now - OLDEST_S <= token.auth_time <= now + SKEW_S),
        ("auth_time", expected.max_age_s < 0 or (token.auth_time is not None and now - token.auth_time <= expected.max_age_s + SKEW_S)),
        ("nonce", bool(expected.nonce) and token.nonce == expected.nonce),
        ("acr", expected.acr in ("", token.acr)),
    )
    return next((name for name, holds in checks if not holds), "")
