"""Signed tokens: who signed them is checked before anything they say, and what they say must be for us, now, and for this request."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from enishi.errors import Malformed, Tampered
from enishi.oidc.idtoken import Expected, read_id_token
from enishi.oidc.text import b64url, challenge, unb64url
from enishi.oidc.tokens import TokenKey, read_token

KEY, OTHER = TokenKey(bytes(31) + b"\1"), TokenKey(bytes(31) + b"\2")
NOW = 1_743_465_600
GOOD: dict[str, Any] = {
    "iss": "https://issuer.example",
    "sub": "s",
    "aud": "portal",
    "iat": NOW,
    "exp": NOW + 60,
    "nonce": "n",
    "acr": "high",
    "auth_time": NOW - 5,
}
EXPECTED = Expected(issuer="https://issuer.example", client_id="portal", nonce="n", acr="high")


def read(claims: dict[str, Any], expected: Expected = EXPECTED) -> object:
    return read_id_token(KEY.sign(claims), [OTHER.jwk, KEY.jwk], expected, NOW * 1000)


def test_a_key_is_known_by_its_thumbprint_and_made_of_32_bytes() -> None:
    made = TokenKey(TokenKey.generate())
    assert made.jwk["kid"] == made.kid
    assert len(made.kid) == 43
    assert "d" not in made.jwk
    for wrong in (b"", bytes(32), b"\xff" * 32, bytes(33)):
        with pytest.raises(Malformed, match="token-key-malformed"):
            TokenKey(wrong)


def test_a_token_is_read_under_its_signers_key_only() -> None:
    token = KEY.sign(GOOD)
    assert read_token(token, [KEY.jwk]) == GOOD
    # A key of the same name that is another is no way in.
    for keys in ([OTHER.jwk], [OTHER.jwk | {"kid": KEY.kid}], [], [{"kty": "oct", "k": "AAAA"}], [{"kty": "EC"}]):
        with pytest.raises(Tampered, match="token-invalid"):
            read_token(token, keys)


def unsigned() -> str:
    head = urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    return f"{head}.{urlsafe_b64encode(json.dumps(GOOD).encode()).decode().rstrip('=')}."


def by_public_key_as_secret() -> str:
    # The old confusion of algorithms: the public key as the secret of an HMAC.
    return jwt.encode({"alg": "HS256", "kid": KEY.kid}, GOOD, OctKey.import_key(json.dumps(KEY.jwk)), algorithms=["HS256"])


@pytest.mark.parametrize(
    "text", ["", "a.b.c", unsigned(), by_public_key_as_secret(), KEY.sign(GOOD)[:-4] + "AAAA", "縁.a.b", "a" * 20_000, KEY.sign(GOOD) + ".x"]
)
def test_what_nobody_signed_is_not_believed(text: str) -> None:
    with pytest.raises(Tampered, match="token-invalid"):
        read_token(text, [KEY.jwk])


def test_an_issuer_with_an_rsa_key_is_read_too() -> None:
    secret = rsa.generate_private_key(65537, 2048)
    key = RSAKey.import_key(secret)
    public = dict(key.as_dict(private=False)) | {"kid": "one"}
    for algorithm in ("RS256", "PS256"):
        token = jwt.encode({"alg": algorithm, "kid": "one"}, GOOD, key, algorithms=[algorithm])
        assert read_token(token, [KEY.jwk, public]) == GOOD
    assert isinstance(ec.SECP256R1(), ec.EllipticCurve)


def test_an_id_token_in_order_is_read() -> None:
    assert read(GOOD)
    assert read(GOOD | {"aud": ["portal"], "azp": "portal", "more": 1})
    assert read({name: value for name, value in GOOD.items() if name not in ("acr", "auth_time")}, msgspec.structs.replace(EXPECTED, acr=""))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"iss": "https://issuer.example/"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ["portal", "another"]}, "aud"),
        ({"aud": []}, "aud"),
        ({"azp": "another"}, "azp"),
        ({"exp": NOW - 120}, "exp"),
        ({"iat": NOW - 601}, "iat"),
        ({"iat": NOW + 121}, "iat"),
        ({"auth_time": NOW - 601}, "auth_time"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"acr": "low"}, "acr"),
    ],
)
def test_an_id_token_for_anything_else_is_refused(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(Tampered, match="token-not-for-us") as caught:
        read(GOOD | changes)
    assert caught.value.field == name


@pytest.mark.parametrize("changes", [{"sub": ""}, {"sub": 1}, {"exp": "soon"}, {"aud": {"a": 1}}, {"iat": 1.5}])
def test_an_id_token_out_of_form_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(Tampered, match="token-invalid"):
        read(GOOD | changes)


def test_no_nonce_expected_means_no_token_taken() -> None:
    with pytest.raises(Tampered, match="nonce"):
        read(GOOD | {"nonce": ""}, msgspec.structs.replace(EXPECTED, nonce=""))


def test_base64url_has_one_spelling_and_the_challenge_is_the_rfcs() -> None:
    assert unb64url(b64url(b"\xff\xfe"), 2) == b"\xff\xfe"
    for text in ("__4=", "__5", "__4A=", "+/4", "_", "AAAA"):
        assert unb64url(text, 2) is None
    # RFC 7636, appendix B.
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_who_demands_an_age_finds_when_the_person_was_there_and_looks_at_it() -> None:
    """OpenID Connect Core 3.1.2.1 and 3.1.3.7, with the clocks' difference."""
    demanding = msgspec.structs.replace(EXPECTED, max_age_s=300)
    assert read(GOOD | {"auth_time": NOW - 420}, demanding)
    for changes in ({"auth_time": NOW - 421}, {"auth_time": None}):
        assert read(GOOD | changes)
        with pytest.raises(Tampered, match="token-not-for-us") as caught:
            read(GOOD | changes, demanding)
        assert caught.value.field == "auth_time"
