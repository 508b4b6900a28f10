"""A second small issuer, unlike the software card in every address and key: RSA, its own paths, a client of another name."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from enishi.errors import Tampered
from enishi.oidc.assertions import ASSERTION_TYPE, read_assertion
from enishi.oidc.relying import Call, Party, RelyingParty
from enishi.oidc.text import challenge
from enishi.oidc.tokens import TokenKey

ISSUER = "https://login.example/realms/one"
REDIRECT = "http://portal.localhost:8400/callback"
NOW = 1_743_465_600_000
CLIENT_KEY = TokenKey(bytes(31) + b"\7")


class SmallIssuer:
    """Answers calls as a server would; a test changes what it says."""

    def __init__(self) -> None:
        """Make its first key."""
        self.calls: list[str] = []
        self.claims: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate("one")

    def rotate(self, kid: str) -> None:
        """Sign with a new key from now on, and publish no other."""
        self._kid, self._key = kid, RSAKey.import_key(rsa.generate_private_key(65537, 2048))

    async def fetch(self, call: Call) -> tuple[int, bytes]:
        """The wire of a relying party that ends here."""
        self.calls.append(urlsplit(call.url).path)
        answers = {
            "/realms/one/.well-known/openid-configuration": self._document,
            "/realms/one/certs": self._keys,
            "/realms/one/tokens": self._tokens,
            "/realms/one/me": self._me,
        }
        status, content = answers[urlsplit(call.url).path](call)
        return status, msgspec.json.encode(content)

    def agree(self, endpoint: str, query: dict[str, str]) -> str:
        """The person agrees at once; the code."""
        assert endpoint == ISSUER + "/enter"
        sent = {name: values[0] for name, values in parse_qs(urlencode(query)).items()}
        self._codes["code-1"] = sent
        return "code-1"

    def _document(self, call: Call) -> tuple[int, dict[str, Any]]:
        return 200, {
            "issuer": ISSUER,
            "authorization_endpoint": ISSUER + "/enter",
            "token_endpoint": ISSUER + "/tokens",
            "userinfo_endpoint": ISSUER + "/me",
            "jwks_uri": ISSUER + "/certs",
            "response_types_supported": ["code", "id_token"],
            "code_challenge_methods_supported": ["plain", "S256"],
        } | self.document

    def _keys(self, call: Call) -> tuple[int, dict[str, Any]]:
        return 200, {"keys": [dict(self._key.as_dict(private=False)) | {"kid": self._kid, "use": "sig"}]}

    def _tokens(self, call: Call) -> tuple[int, dict[str, Any]]:
        form = call.form or {}
        asked = self._codes.pop(form.get("code", ""), None)
        try:
            assert form["client_assertion_type"] == ASSERTION_TYPE
            read_assertion(form["client_assertion"], "enishi-portal", (ISSUER,), [CLIENT_KEY.jwk], NOW)
        except (Tampered, KeyError):
            return 401, {"error": "invalid_client"}
        if asked is None or challenge(form["code_verifier"]) != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = NOW // 1000
        claims = {
            "iss": ISSUER,
            "sub": "f00",
            "aud": asked["client_id"],
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
            "acr": asked["acr_values"],
        }
        token = jwt.encode({"alg": "RS256", "kid": self._kid}, claims | self.claims, self._key, algorithms=["RS256"])
        return 200, {"access_token": "opaque", "token_type": "bearer", "expires_in": 60, "id_token": token, "refresh_token": "unused"}

    def _me(self, call: Call) -> tuple[int, dict[str, Any]]:
        return (200, {"sub": "f00", "name": "内田　紬"}) if call.bearer == "opaque" else (401, {})


def party(**changes: Any) -> Party:
    """The portal at this issuer: nothing but configuration."""
    return Party(**({"issuer": ISSUER, "client_id": "enishi-portal", "redirect_uri": REDIRECT, "acr": "aal3"} | changes))


def relying(issuer: SmallIssuer, key: TokenKey | None = CLIENT_KEY, **changes: Any) -> RelyingParty:
    """A relying party whose wire ends at that issuer."""
    return RelyingParty(party(**changes), issuer.fetch, key)
