"""Authorization code flow at the card (RFC 6749 4.1, RFC 7636 S256 only, RFC 9207): what a client asks, and what it gets for its code."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec

from enishi.card.chip import Signed
from enishi.errors import Malformed, Misconfigured
from enishi.web.session import Sessions

REQUEST_LIMIT: Final = 4096
"""Most bytes that a client may have signed."""
CODE_LIFE_MS: Final = 60 * 1000
PENDING_LIFE_MS: Final = 10 * 60 * 1000
_OPEN: Final = 4096
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_VISIBLE: Final = re.compile(r"[\x20-\x7e]{0,512}")


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may ask the card: its id, its name for people, and the only addresses that a code is sent to."""

    id: str
    name_ja: str
    name_en: str
    redirect_uris: tuple[str, ...]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An authorization request in order: for whom, back to where, and the exact bytes to sign. `browser` ties it to the browser it came with."""

    client: Client
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    request: bytes
    browser: str


class Granted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a code stands for until it is redeemed."""

    asked: Asked
    signed: Signed


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that is wrong, and whose client is known: the error goes back to it (RFC 6749 4.1.2.1)."""

    redirect_uri: str
    state: str
    error: str
    description: str


class TokenReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Answer of the token endpoint: certificate and signature in base64 (JSON of msgspec), the issuer, and the nonce of the request."""

    certificate: bytes
    signature: bytes
    iss: str
    nonce: str


class TokenRefused(Exception):
    """A token request that gets nothing; `error` is a code of RFC 6749 5.2."""

    def __init__(self, error: str) -> None:
        """Take the error code."""
        super().__init__(error)
        self.error = error


def read_clients(text: str) -> dict[str, Client]:
    """The registered clients from their JSON list; Misconfigured("config-not-in-form") naming the setting."""
    try:
        return {client.id: client for client in msgspec.json.decode(text, type=tuple[Client, ...])}
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Misconfigured("config-not-in-form", "clients", "clients") from error


def read_asked(pairs: Sequence[tuple[str, str]], clients: Mapping[str, Client], browser: str) -> Asked | Refused:
    """Read the query of /authorize.

    Malformed("card-client-unknown") where client or address is not registered: then nothing may be sent to that address.
    """
    given = dict(pairs)
    client = clients.get(given.get("client_id", ""))
    redirect_uri = given.get("redirect_uri", "")
    if client is None or redirect_uri not in client.redirect_uris:
        raise Malformed("card-client-unknown", "", "client_id" if client is None else "redirect_uri")
    state = given.get("state", "")
    problem = _problem(given, len(given) != len(pairs))
    if problem is not None:
        return Refused(redirect_uri, state if _VISIBLE.fullmatch(state) else "", *problem)
    request = _unpacked(given["request_to_sign"])
    assert request is not None
    return Asked(
        client=client,
        redirect_uri=redirect_uri,
        state=state,
        nonce=given.get("nonce", ""),
        challenge=given["code_challenge"],
        request=request,
        browser=browser,
    )


def _problem(given: Mapping[str, str], twice: bool) -> tuple[str, str] | None:
    """Error code and description of the first thing that is wrong."""
    checks = (
        (not twice, "invalid_request", "a parameter is given twice"),
        (given.get("response_type") == "code", "unsupported_response_type", "response_type must be code"),
        (given.get("scope") == "openid", "invalid_scope", "scope must be openid"),
        (given.get("code_challenge_method") == "S256", "invalid_request", "code_challenge_method must be S256"),
        (_CHALLENGE.fullmatch(given.get("code_challenge", "")), "invalid_request", "code_challenge must be 43 characters of base64url"),
        (given.get("state") and _VISIBLE.fullmatch(given["state"]), "invalid_request", "state must be 1 to 512 visible characters"),
        (_VISIBLE.fullmatch(given.get("nonce", "")), "invalid_request", "nonce must be at most 512 visible characters"),
        (_unpacked(given.get("request_to_sign", "")), "invalid_request", "request_to_sign must be 1 to 4096 bytes in base64url"),
    )
    return next(((error, text) for holds, error, text in checks if not holds), None)


def _unpacked(text: str) -> bytes | None:
    """Bytes of unpadded base64url, None for any other text, so that one request has one spelling."""
    if len(text) > REQUEST_LIMIT * 4 // 3 + 4 or not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return found if len(found) <= REQUEST_LIMIT and _packed(found) == text else None


def _packed(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


class Desk:
    """Requests that wait for the holder, and codes that wait for their client; in memory, each for its time."""

    def __init__(self, issuer: str, clients: Mapping[str, Client]) -> None:
        """Take the issuer identifier (the face's origin) and the registered clients."""
        self.issuer = issuer
        self.clients = clients
        self._pending: Sessions[Asked] = Sessions(PENDING_LIFE_MS, _OPEN)
        self._codes: Sessions[Granted] = Sessions(CODE_LIFE_MS, _OPEN)

    def wait(self, asked: Asked, at_ms: int) -> str:
        """Keep a request while the holder looks at it; its unguessable id. Busy("sessions-full")."""
        return self._pending.open(asked, at_ms)

    def asked(self, request_id: str, browser: str, at_ms: int) -> Asked:
        """A waiting request, for the browser that brought it; Malformed("card-request-wrong") otherwise."""
        asked = self._pending.get(request_id, at_ms)
        if asked is None or not browser or not hmac.compare_digest(asked.browser.encode(), browser.encode()):
            raise Malformed("card-request-wrong", "", "request")
        return asked

    def grant(self, request_id: str, asked: Asked, signed: Signed, at_ms: int) -> str:
        """End the request with a code; the address to send the browser to."""
        self._pending.close(request_id)
        code = self._codes.open(Granted(asked, signed), at_ms)
        return _back(asked.redirect_uri, {"code": code, "state": asked.state, "iss": self.issuer})

    def decline(self, request_id: str, asked: Asked) -> str:
        """End the request without one (RFC 6749 4.1.2.1, access_denied)."""
        self._pending.close(request_id)
        return self.refuse(Refused(asked.redirect_uri, asked.state, "access_denied", "the holder declined"))

    def refuse(self, refused: Refused) -> str:
        """The address that carries an error back."""
        fields = {"error": refused.error, "error_description": refused.description, "state": refused.state, "iss": self.issuer}
        return _back(refused.redirect_uri, {name: value for name, value in fields.items() if value})

    def redeem(self, fields: Mapping[str, str], at_ms: int) -> TokenReply:
        """Exchange a code, once; TokenRefused otherwise. A code is spent by the first try, right or wrong."""
        if fields.get("grant_type") != "authorization_code":
            raise TokenRefused("unsupported_grant_type")
        if not all(fields.get(name) for name in ("code", "code_verifier", "client_id", "redirect_uri")):
            raise TokenRefused("invalid_request")
        granted = self._codes.take(fields["code"], at_ms)
        if granted is None or not _belongs(granted.asked, fields):
            raise TokenRefused("invalid_grant")
        signed = granted.signed
        return TokenReply(certificate=signed.certificate, signature=signed.signature, iss=self.issuer, nonce=granted.asked.nonce)


def _belongs(asked: Asked, fields: Mapping[str, str]) -> bool:
    verifier = fields["code_verifier"]
    proof = _packed(hashlib.sha256(verifier.encode()).digest()) if _VERIFIER.fullmatch(verifier) else ""
    same = fields["client_id"] == asked.client.id and fields["redirect_uri"] == asked.redirect_uri
    return same and hmac.compare_digest(proof, asked.challenge)


def _back(redirect_uri: str, fields: Mapping[str, str]) -> str:
    return redirect_uri + ("&" if "?" in redirect_uri else "?") + urlencode(fields)
