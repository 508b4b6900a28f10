"""Signed tokens (JWS in compact form, RFC 7515 and 7519): P-256 keys of our own, and reading under the keys of another."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from enishi.errors import Malformed, Tampered
from enishi.oidc.text import b64url

ALGORITHMS: Final = ("ES256", "PS256", "RS256")
"""What may sign a token that is read here: asymmetric ones, and never `none`."""
LIMIT: Final = 16 * 1024
"""The most characters a token may have."""
_SIZE: Final = 32
Jwk = Mapping[str, Any]
"""A public key as JSON (RFC 7517)."""


class TokenKey:
    """A P-256 key that signs tokens with ES256."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret scalar, 32 bytes big-endian; Malformed("token-key-malformed") for another length or value."""
        try:
            if len(secret) != _SIZE:
                raise ValueError("length")
            key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
        except ValueError as error:
            raise Malformed("token-key-malformed", "", "key") from error
        self._secret = secret
        point = key.public_key().public_numbers()
        self._public: dict[str, str | list[str]] = {"kty": "EC", "crv": "P-256", "x": _coordinate(point.x), "y": _coordinate(point.y)}

    @staticmethod
    def generate() -> bytes:
        """A new secret scalar, 32 bytes big-endian."""
        return ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(_SIZE, "big")

    @property
    def kid(self) -> str:
        """The key's thumbprint (RFC 7638), by which tokens name it."""
        # The library costs a process's start more than the rest of this room: it is loaded with the first token.
        from joserfc.jwk import ECKey

        return ECKey.import_key(self._public).thumbprint()

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key as others register it."""
        return {**self._public, "kid": self.kid, "use": "sig", "alg": "ES256"}

    def sign(self, claims: Mapping[str, Any], kind: str = "JWT") -> str:
        """A token of these claims; `kind` is its `typ`."""
        from joserfc import jwt
        from joserfc.jwk import ECKey

        key = ECKey.import_key({**self._public, "d": b64url(self._secret)})
        return jwt.encode({"alg": "ES256", "kid": self.kid, "typ": kind}, dict(claims), key, algorithms=["ES256"])


def read_token(text: str, keys: Sequence[Jwk]) -> dict[str, Any]:
    """The claims of a token that one of the keys signed; Tampered("token-invalid") for every other text."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        if len(text) > LIMIT or not text.isascii():
            raise ValueError("length")
        usable = KeySet.import_key_set({"keys": [dict(key) for key in keys if key.get("kty") in ("EC", "RSA")]})
        return dict(jwt.decode(text, usable, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Tampered("token-invalid", type(error).__name__) from error


def _coordinate(value: int) -> str:
    return b64url(value.to_bytes(_SIZE, "big"))
