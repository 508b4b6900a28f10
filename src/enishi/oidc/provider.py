"""An issuer's public documents as a relying party reads them: OpenID Connect Discovery 1.0, 3 and 4, and its keys (RFC 7517)."""

from typing import Annotated, Any, Final

import msgspec

from enishi.errors import Tampered

WELL_KNOWN: Final = "/.well-known/openid-configuration"
Address = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s#]+$", max_length=1000)]


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """The members that a relying party goes by; others are left alone."""

    issuer: str
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    response_types_supported: tuple[str, ...]
    code_challenge_methods_supported: tuple[str, ...] = ()
    scopes_supported: tuple[str, ...] = ()
    userinfo_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False


class _KeySet(msgspec.Struct, frozen=True):
    keys: Annotated[tuple[dict[str, Any], ...], msgspec.Meta(min_length=1, max_length=20)]


def read_provider(content: bytes, issuer: str) -> Provider:
    """The document of an issuer; Tampered("issuer-document-wrong") where it is none, is another's, or knows neither code nor PKCE S256."""
    try:
        provider = msgspec.json.decode(content, type=Provider)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Tampered("issuer-document-wrong", type(error).__name__, "document") from error
    if provider.issuer != issuer:
        raise Tampered("issuer-document-wrong", "", "issuer")
    if "code" not in provider.response_types_supported or "S256" not in provider.code_challenge_methods_supported:
        raise Tampered("issuer-document-wrong", "", "code_challenge_methods_supported")
    return provider


def read_keys(content: bytes) -> tuple[dict[str, Any], ...]:
    """An issuer's public keys; Tampered("issuer-document-wrong")."""
    try:
        return msgspec.json.decode(content, type=_KeySet).keys
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Tampered("issuer-document-wrong", type(error).__name__, "keys") from error
