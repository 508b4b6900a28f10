"""Requests that wait for their holder, codes that wait for their client, access tokens: all in memory, each for its time."""

import hmac
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec

from enishi.card.asking import Asked, Refused
from enishi.card.chip import Signed
from enishi.card.clients import Client
from enishi.card.issuer import ACCESS_S, Issuer
from enishi.errors import Malformed, Tampered
from enishi.oidc.assertions import ASSERTION_TYPE, LONGEST_S, read_assertion
from enishi.oidc.text import challenge
from enishi.web.session import Sessions

CODE_LIFE_MS: Final = 60 * 1000
PENDING_LIFE_MS: Final = 10 * 60 * 1000
_OPEN: Final = 4096
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Granted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a code and its access token stand for."""

    asked: Asked
    card: str
    signed: Signed
    at_ms: int


class TokenReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Answer of the token endpoint (RFC 6749 5.1, OpenID Connect Core 3.1.3.3), and beside it certificate and signature (JSON of msgspec: base64)."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    id_token: str
    certificate: bytes
    signature: bytes


class TokenRefused(Exception):
    """A token request that gets nothing; `error` is a code of RFC 6749 5.2."""

    def __init__(self, error: str) -> None:
        """Take the error code."""
        super().__init__(error)
        self.error = error


class Desk:
    """The issuer's open business with its registered clients."""

    def __init__(self, issuer: Issuer, clients: Mapping[str, Client]) -> None:
        """Take the issuer and the registered clients."""
        self.issuer = issuer
        self.clients = clients
        self._pending: Sessions[Asked] = Sessions(PENDING_LIFE_MS, _OPEN)
        self._codes: Sessions[Granted] = Sessions(CODE_LIFE_MS, _OPEN)
        self._tokens: Sessions[Granted] = Sessions(ACCESS_S * 1000, _OPEN)
        self._spent: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._assertions: OrderedDict[str, int] = OrderedDict()

    def wait(self, asked: Asked, at_ms: int) -> str:
        """Keep a request while the holder looks at it; its unguessable id. Busy("sessions-full")."""
        return self._pending.open(asked, at_ms)

    def asked(self, request_id: str, browser: str, at_ms: int) -> Asked:
        """A waiting request, for the browser that brought it; Malformed("card-request-wrong") otherwise."""
        asked = self._pending.get(request_id, at_ms)
        if asked is None or not browser or not hmac.compare_digest(asked.browser.encode(), browser.encode()):
            raise Malformed("card-request-wrong", "", "request")
        return asked

    def grant(self, request_id: str, granted: Granted) -> str:
        """End the request with a code; the address to send the browser to."""
        self._pending.close(request_id)
        asked = granted.asked
        code = self._codes.open(granted, granted.at_ms)
        return _back(asked.redirect_uri, {"code": code, "state": asked.state, "iss": self.issuer.origin})

    def decline(self, request_id: str, asked: Asked) -> str:
        """End the request without one (RFC 6749 4.1.2.1, access_denied)."""
        self._pending.close(request_id)
        return self.refuse(Refused(asked.redirect_uri, asked.state, "access_denied", "the holder declined"))

    def refuse(self, refused: Refused) -> str:
        """The address that carries an error back."""
        fields = {"error": refused.error, "error_description": refused.description, "state": refused.state, "iss": self.issuer.origin}
        return _back(refused.redirect_uri, {name: value for name, value in fields.items() if value})

    def redeem(self, fields: Mapping[str, str], at_ms: int) -> TokenReply:
        """Exchange a code, once; TokenRefused otherwise. A code is spent by the first try of a client that proved who it is, right or wrong."""
        if fields.get("grant_type") != "authorization_code":
            raise TokenRefused("unsupported_grant_type")
        if not all(fields.get(name) for name in ("code", "code_verifier", "client_id", "redirect_uri")):
            raise TokenRefused("invalid_request")
        self._demand_client(fields, at_ms)
        granted = self._codes.take(fields["code"], at_ms)
        if granted is None or not _belongs(granted.asked, fields):
            # Who comes with a code again may have stolen it before: what it brought ends (RFC 6749 4.1.2).
            self._tokens.close(self._spent.pop(fields["code"], (0, ""))[1])
            raise TokenRefused("invalid_grant")
        token = self._tokens.open(granted, at_ms)
        self._remember(fields["code"], token, at_ms)
        return self._reply(granted, token, at_ms)

    def holder_of(self, token: str, at_ms: int) -> Granted | None:
        """What an access token stands for, None for one that is unknown or over."""
        return self._tokens.get(token, at_ms)

    def _reply(self, granted: Granted, token: str, at_ms: int) -> TokenReply:
        asked, signed = granted.asked, granted.signed
        # The signature of what this issuer made up itself is nobody's business: the ID token says that there was one.
        given = bool(asked.request) or asked.document is not None
        return TokenReply(
            access_token=token,
            token_type="Bearer",
            expires_in=ACCESS_S,
            scope=" ".join(asked.scopes),
            id_token=self.issuer.id_token(asked, granted.card, granted.at_ms, at_ms),
            certificate=signed.certificate if given else b"",
            signature=signed.signature if given else b"",
        )

    def _demand_client(self, fields: Mapping[str, str], at_ms: int) -> None:
        """OpenID Connect Core 9: a client with keys signs an assertion, good once; one without has PKCE alone."""
        client = self.clients.get(fields["client_id"])
        if client is None:
            raise TokenRefused("invalid_client")
        if not client.keys:
            return
        if fields.get("client_assertion_type") != ASSERTION_TYPE:
            raise TokenRefused("invalid_client")
        try:
            found = read_assertion(fields.get("client_assertion", ""), client.id, self.issuer.audiences, client.keys, at_ms)
        except Tampered:
            raise TokenRefused("invalid_client") from None
        if f"{client.id}/{found.jti}" in self._assertions:
            raise TokenRefused("invalid_client")
        self._note_assertion(f"{client.id}/{found.jti}", at_ms)

    def _note_assertion(self, name: str, at_ms: int) -> None:
        # Twice the longest life covers the clocks' difference, too; all live equally long, so the oldest stands first.
        while self._assertions and next(iter(self._assertions.values())) <= at_ms:
            self._assertions.popitem(last=False)
        self._assertions[name] = at_ms + 2 * LONGEST_S * 1000

    def _remember(self, code: str, token: str, at_ms: int) -> None:
        while self._spent and next(iter(self._spent.values()))[0] <= at_ms:
            self._spent.popitem(last=False)
        self._spent[code] = (at_ms + ACCESS_S * 1000, token)


def _belongs(asked: Asked, fields: Mapping[str, str]) -> bool:
    verifier = fields["code_verifier"]
    proof = challenge(verifier) if _VERIFIER.fullmatch(verifier) else ""
    same = fields["client_id"] == asked.client.id and fields["redirect_uri"] == asked.redirect_uri
    return same and hmac.compare_digest(proof, asked.challenge)


def _back(redirect_uri: str, fields: Mapping[str, str]) -> str:
    return redirect_uri + ("&" if "?" in redirect_uri else "?") + urlencode(fields)
