"""An issuer's desk with two clients, and requests to it."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

from enishi.card.asking import Asked, Refused, read_asked
from enishi.card.chip import Signed
from enishi.card.clients import SCOPES, Client
from enishi.card.desk import Desk, Granted
from enishi.card.issuer import Issuer
from enishi.oidc.tokens import TokenKey

ORIGIN = "http://card.localhost:8401"
PORTAL = Client("portal", "マイ記録", "My records", ("http://portal.localhost:8400/callback",), SCOPES)
OTHER = Client("other", "ほか", "Other", ("http://other.localhost/callback?x=1",))
CLIENTS = {"portal": PORTAL, "other": OTHER}
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
GOOD: dict[str, Any] = {
    "response_type": "code",
    "client_id": "portal",
    "redirect_uri": PORTAL.redirect_uris[0],
    "scope": "openid",
    "state": "state",
    "nonce": "nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "request_to_sign": "cmVxdWVzdA",
}
SIGNED = Signed(b"certificate", b"signature")
CARD = "card-0000000001"
KEY = TokenKey(bytes(31) + b"\1")
CLIENT_KEY = TokenKey(bytes(31) + b"\2")
NOW = 1_743_465_600_000


def read(**changes: str | None) -> Asked | Refused:
    """The good request with changes; None leaves a parameter out."""
    return read_asked([(name, value) for name, value in (GOOD | changes).items() if value is not None], CLIENTS, "browser")


def desk(clients: dict[str, Client] = CLIENTS) -> Desk:
    """A desk without business."""
    return Desk(Issuer(ORIGIN, KEY, bytes(32)), clients)


def code_of(open_desk: Desk, at_ms: int = NOW, **changes: str | None) -> str:
    """Have a request granted; its code."""
    asked = read_asked([(name, value) for name, value in (GOOD | changes).items() if value is not None], open_desk.clients, "browser")
    assert isinstance(asked, Asked)
    waiting = open_desk.wait(asked, at_ms)
    back = open_desk.grant(waiting, Granted(open_desk.asked(waiting, "browser", at_ms), CARD, SIGNED, at_ms))
    found = parse_qs(urlsplit(back).query)
    assert (found["state"], found["iss"]) == (["state"], [ORIGIN])
    return found["code"][0]


def fields(**changes: str) -> dict[str, str]:
    """What the portal posts to the token endpoint."""
    good = {"grant_type": "authorization_code", "code_verifier": VERIFIER, "client_id": "portal", "redirect_uri": PORTAL.redirect_uris[0]}
    return good | changes
