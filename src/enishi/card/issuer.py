"""The issuer: what it says of itself (OpenID Connect Discovery 1.0), its keys, and the ID tokens and claims that it hands out."""

import hmac
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any, Final

from enishi.card.asking import ACR, Asked
from enishi.card.authority import Use
from enishi.card.clients import SCOPES
from enishi.card.files import read_bytes, write_private
from enishi.card.form import Holder
from enishi.encoding import frame
from enishi.errors import Malformed, Misconfigured
from enishi.oidc.tokens import ALGORITHMS, TokenKey

KEY_FILE: Final = "issuer.key"
ID_TOKEN_S: Final = 300
ACCESS_S: Final = 300
AUTHORIZE, TOKEN, USERINFO, JWKS, REVOKED = "/authorize", "/token", "/userinfo", "/jwks.json", "/revoked.crl"


class Issuer:
    """Speaks for the cards to relying parties, under one P-256 key."""

    def __init__(self, origin: str, key: TokenKey, pairing: bytes) -> None:
        """`origin` is the issuer identifier; `pairing` (32 secret bytes) makes each person's `sub` another one at every relying party."""
        self.origin = origin
        self._key = key
        self._pairing = pairing

    @property
    def audiences(self) -> tuple[str, ...]:
        """Whom a client's assertion may be addressed to (OpenID Connect Core 9 and RFC 7523 3)."""
        return (self.origin, self.origin + TOKEN)

    def metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0, 3; the last two members are the software card's own."""
        return {
            "issuer": self.origin,
            "authorization_endpoint": self.origin + AUTHORIZE,
            "token_endpoint": self.origin + TOKEN,
            "userinfo_endpoint": self.origin + USERINFO,
            "jwks_uri": self.origin + JWKS,
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "acr_values_supported": [ACR[use] for use in Use],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", *SCOPES[1:-1]],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "request_uri_parameter_supported": False,
            "ui_locales_supported": ["ja", "en"],
            "enishi_parameters_supported": ["request_to_sign", "digest_to_sign", "document_name"],
            "enishi_revocation_list": self.origin + REVOKED,
        }

    def jwks(self) -> dict[str, Any]:
        """The public keys (RFC 7517, 5)."""
        return {"keys": [self._key.jwk]}

    def subject(self, asked: Asked, card: str) -> str:
        """The person's name at this relying party: the same every time, and not to be matched with that at another."""
        code = hmac.digest(self._pairing, frame(b"enishi/v1/card-sub", asked.client.sector.encode(), card.encode()), "sha256")
        return urlsafe_b64encode(code).decode().rstrip("=")

    def id_token(self, asked: Asked, card: str, signed_ms: int, at_ms: int) -> str:
        """OpenID Connect Core 2; `signed_ms` is when the card was used. It carries no item of the person: those are at /userinfo."""
        now = at_ms // 1000
        claims = {
            "iss": self.origin,
            "sub": self.subject(asked, card),
            "aud": asked.client.id,
            "exp": now + ID_TOKEN_S,
            "iat": now,
            "auth_time": signed_ms // 1000,
            "nonce": asked.nonce,
            "acr": ACR[asked.use],
            "amr": ["pin", "swk"],
        }
        return self._key.sign(claims)

    def claims(self, asked: Asked, holder: Holder) -> dict[str, Any]:
        """OpenID Connect Core 5.3: what was asked for and agreed to, and nothing else."""
        known = {
            "name": holder.name,
            "address": {"formatted": holder.address, "country": "JP"},
            "birthdate": holder.born_on.isoformat(),
            "gender": holder.gender,
        }
        return {"sub": self.subject(asked, holder.card)} | {name: known[name] for name in asked.items}


def open_issuer(folder: Path, origin: str, pairing: bytes) -> Issuer:
    """The issuer whose key rests in the card's folder, made where there is none yet (a folder of 0.1.0); Misconfigured("card-data-damaged")."""
    path = folder / KEY_FILE
    if not path.exists():
        write_private(path, TokenKey.generate())
    try:
        return Issuer(origin, TokenKey(read_bytes(path)), pairing)
    except Malformed as error:
        raise Misconfigured("card-data-damaged", KEY_FILE) from error
