"""How a portal is set up."""

from base64 import b64decode
from typing import Any
from urllib.parse import urlsplit

import msgspec

from enishi.errors import Malformed, Misconfigured, Tampered
from enishi.oidc.provider import read_keys
from enishi.oidc.relying import Party
from enishi.roles.portal.login import CALLBACK
from enishi.seal.hpke import check_public


class PortalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`origin` of the pages, `cookie_key` (32 secret bytes), lifetimes in milliseconds, numbers of sessions.

    `login_origins` are where the log-in form may end: the origin of the issuer's authorization endpoint. `law_origin` is that of the law page, to
    which citations lead; without one they lead to e-Gov. `card_help` is a page for who cannot use their card. `mails` says that a mail server and
    the public log are configured, so that notices by mail are offered.
    """

    origin: str
    login_origins: tuple[str, ...]
    cookie_key: bytes
    law_origin: str | None = None
    card_help: str | None = None
    mails: bool = False
    session_ms: int = 15 * 60 * 1000
    sessions: int = 10_000
    pending: int = 10_000


def read_party(settings: dict[str, str]) -> Party:
    """The issuer that this portal trusts, and who it is there: `issuer`, `client_id`, perhaps `acr` and `issuer_keys` (JWKS, RFC 7517, in place of
    those that the issuer publishes); Misconfigured("config-not-in-form") naming the setting."""
    issuer = settings.get("issuer", "").rstrip("/")
    if not _is_safe(issuer):
        raise Misconfigured("config-not-in-form", "issuer", "issuer")
    return Party(
        issuer=issuer,
        client_id=settings.get("client_id", "portal"),
        redirect_uri=settings["origin"] + CALLBACK,
        acr=settings.get("acr", ""),
        pinned=_pinned(settings.get("issuer_keys", "")),
    )


def read_commission_key(text: str) -> bytes:
    """The public key that letters to the commission are sealed to, in base64; Misconfigured("config-not-in-form")."""
    try:
        key = b64decode(text, validate=True)
        check_public(key)
    except (ValueError, Malformed) as error:
        raise Misconfigured("config-not-in-form", "commission_key", "commission_key") from error
    return key


def _is_safe(issuer: str) -> bool:
    # Without TLS an issuer is believed on this machine only (OpenID Connect Discovery 1.0, 3).
    try:
        parts = urlsplit(issuer)
    except ValueError:
        return False
    here = parts.hostname in ("localhost", "127.0.0.1") or (parts.hostname or "").endswith(".localhost")
    return bool(parts.hostname) and not parts.query and not parts.fragment and (parts.scheme == "https" or (parts.scheme == "http" and here))


def _pinned(text: str) -> tuple[dict[str, Any], ...]:
    try:
        return read_keys(text.encode()) if text else ()
    except Tampered as error:
        raise Misconfigured("config-not-in-form", "issuer_keys", "issuer_keys") from error
