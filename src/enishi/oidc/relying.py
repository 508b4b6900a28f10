"""The relying party: which issuer it trusts is its configuration; what comes back is believed only after every check of the standard."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from enishi.errors import Denied, Tampered
from enishi.oidc.assertions import ASSERTION_TYPE, make_assertion
from enishi.oidc.idtoken import Expected, IdToken, read_id_token
from enishi.oidc.provider import WELL_KNOWN, Provider, read_keys, read_provider
from enishi.oidc.text import challenge
from enishi.oidc.tokens import Jwk, TokenKey

FRESH_MS: Final = 10 * 60 * 1000
"""How long an issuer's documents are gone by before they are fetched again."""


class Call(msgspec.Struct, frozen=True):
    """One call of an address of the issuer: a GET, or where there is a form a POST of it; `bearer` is an access token or empty."""

    url: str
    form: Mapping[str, str] | None = None
    bearer: str = ""


Fetch = Callable[[Call], Awaitable[tuple[int, bytes]]]
"""Status and body; Unavailable where the address cannot be reached."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are to which issuer: everything that changes when the issuer does. `pinned` keys stand in place of those that the issuer publishes."""

    issuer: str
    client_id: str
    redirect_uri: str
    acr: str = ""
    pinned: tuple[Jwk, ...] = ()


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that is under way: what must come back unchanged."""

    state: str
    nonce: str
    verifier: str


class TokenReply(msgspec.Struct, frozen=True, kw_only=True):
    """What a token endpoint answers (RFC 6749 5.1, OpenID Connect Core 3.1.3.3). The last two are the software card's own: certificate (DER) and
    signature of what it was asked to sign."""

    access_token: str
    token_type: str
    id_token: str
    certificate: bytes = b""
    signature: bytes = b""


class SignedIn(msgspec.Struct, frozen=True):
    """A sign-in that was checked."""

    token: IdToken
    reply: TokenReply


def begin(nonce: str = "") -> Begun:
    """A fresh sign-in; a nonce that is given binds it to something of the caller's."""
    return Begun(state=secrets.token_urlsafe(24), nonce=nonce or secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48))


def read_token_reply(content: bytes) -> TokenReply:
    """Read a token endpoint's answer without believing it; Tampered("issuer-document-wrong")."""
    try:
        reply = msgspec.json.decode(content, type=TokenReply)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Tampered("issuer-document-wrong", type(error).__name__, "token") from error
    if reply.token_type.lower() != "bearer":
        raise Tampered("issuer-document-wrong", "", "token_type")
    return reply


def read_claims(content: bytes, subject: str) -> dict[str, Any]:
    """The claims about a person; Tampered("issuer-document-wrong"), Tampered("token-not-for-us") where they are about another."""
    try:
        claims = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Tampered("issuer-document-wrong", type(error).__name__, "userinfo") from error
    if claims.get("sub") != subject:
        raise Tampered("token-not-for-us", "", "sub")
    return claims


def read_error(content: bytes) -> str:
    """The error code of RFC 6749 5.2, where the body holds one, else nothing; no other part of it is repeated."""
    try:
        code = msgspec.json.decode(content, type=dict[str, Any]).get("error")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""
    return code if isinstance(code, str) and len(code) < 40 and code.isascii() and code.replace("_", "").isalpha() else ""


class RelyingParty:
    """One relying party at one issuer."""

    def __init__(self, party: Party, fetch: Fetch, key: TokenKey | None = None) -> None:
        """`key` signs this client's assertions; without one it is a public client, which PKCE alone protects."""
        self.party = party
        self._fetch = fetch
        self._key = key
        self._known: tuple[Provider, tuple[Jwk, ...], int] | None = None

    async def provider(self, at_ms: int) -> Provider:
        """The issuer's document, fetched where none is known or it has grown old; Tampered("issuer-document-wrong"), Unavailable."""
        return (await self._documents(at_ms))[0]

    async def query(self, begun: Begun, scope: str, at_ms: int) -> tuple[str, dict[str, str]]:
        """Where the browser goes, and with what (OpenID Connect Core 3.1.2.1, RFC 7636 4.3)."""
        fields = {
            "response_type": "code",
            "client_id": self.party.client_id,
            "redirect_uri": self.party.redirect_uri,
            "scope": scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge(begun.verifier),
            "code_challenge_method": "S256",
        }
        named = {"acr_values": self.party.acr} if self.party.acr else {}
        return (await self.provider(at_ms)).authorization_endpoint, fields | named

    async def redeem(self, code: str, begun: Begun, at_ms: int, acr: str = "", max_age_s: int = -1) -> SignedIn:
        """Exchange a code and check what comes; `acr` is demanded in place of the configured one, `max_age_s` where it was asked for.

        Denied("issuer-refused") where the issuer does not take the code; Tampered("token-invalid"), ("token-not-for-us"), ("issuer-document-wrong").
        """
        provider, keys, _ = await self._documents(at_ms)
        status, body = await self._fetch(Call(provider.token_endpoint, self._form(code, begun, at_ms)))
        if status != 200:
            raise Denied("issuer-refused", f"{status} {read_error(body)}".strip())
        reply = read_token_reply(body)
        named = {"issuer": self.party.issuer, "client_id": self.party.client_id, "nonce": begun.nonce, "acr": acr or self.party.acr}
        expected = Expected(**named, max_age_s=max_age_s)
        try:
            token = read_id_token(reply.id_token, keys, expected, at_ms)
        except Tampered as fault:
            if fault.code != "token-invalid" or self.party.pinned:
                raise
            # The issuer may have changed its keys since we looked (OpenID Connect Core 10.1.1): once, and no more.
            self._known = None
            token = read_id_token(reply.id_token, (await self._documents(at_ms))[1], expected, at_ms)
        return SignedIn(token, reply)

    async def userinfo(self, signed_in: SignedIn, at_ms: int) -> dict[str, Any]:
        """The claims that the person agreed to hand over (OpenID Connect Core 5.3); they must be about the very person of the ID token."""
        address = (await self.provider(at_ms)).userinfo_endpoint
        status, body = await self._fetch(Call(address, None, signed_in.reply.access_token))
        if status != 200:
            raise Denied("issuer-refused", f"{status}")
        return read_claims(body, signed_in.token.sub)

    def _form(self, code: str, begun: Begun, at_ms: int) -> dict[str, str]:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": begun.verifier,
            "client_id": self.party.client_id,
            "redirect_uri": self.party.redirect_uri,
        }
        if self._key is None:
            return fields
        assertion = make_assertion(self.party.client_id, self.party.issuer, self._key, at_ms)
        return fields | {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}

    async def _documents(self, at_ms: int) -> tuple[Provider, tuple[Jwk, ...], int]:
        if self._known is not None and at_ms - self._known[2] < FRESH_MS:
            return self._known
        provider = read_provider(await self._get(self.party.issuer + WELL_KNOWN), self.party.issuer)
        keys = self.party.pinned or read_keys(await self._get(provider.jwks_uri))
        self._known = (provider, keys, at_ms)
        return self._known

    async def _get(self, url: str) -> bytes:
        status, body = await self._fetch(Call(url))
        if status != 200:
            raise Tampered("issuer-document-wrong", f"{status}", "document")
        return body
