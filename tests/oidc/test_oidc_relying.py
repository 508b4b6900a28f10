"""The relying party's half of the code flow, against an issuer that is not the software card: another issuer is another configuration."""

import asyncio
from typing import Any

import pytest

from enishi.errors import Denied, Tampered
from enishi.oidc.relying import FRESH_MS, RelyingParty, SignedIn, begin
from enishi.oidc.tokens import TokenKey
from oidc.issuer_oidc import ISSUER, NOW, SmallIssuer, relying


async def sign_in(one: RelyingParty, issuer: SmallIssuer, at_ms: int = NOW) -> SignedIn:
    begun = begin("bound-to-a-request")
    code = issuer.agree(*await one.query(begun, "openid", at_ms))
    return await one.redeem(code, begun, at_ms)


def run(one: RelyingParty, issuer: SmallIssuer, at_ms: int = NOW) -> SignedIn:
    return asyncio.run(sign_in(one, issuer, at_ms))


def test_a_sign_in_at_another_issuer() -> None:
    issuer = SmallIssuer()
    one = relying(issuer)
    found = run(one, issuer)
    assert (found.token.sub, found.token.acr, found.reply.signature) == ("f00", "aal3", b"")
    assert asyncio.run(one.userinfo(found, NOW)) == {"sub": "f00", "name": "内田　紬"}
    # Its documents are asked for once, and again when they are old.
    run(one, issuer)
    assert sum(path.endswith("openid-configuration") for path in issuer.calls) == 1
    asyncio.run(one.provider(NOW + FRESH_MS))
    assert sum(path.endswith("openid-configuration") for path in issuer.calls) == 2


def test_an_issuers_new_key_is_fetched_once_and_a_pinned_one_is_not() -> None:
    issuer = SmallIssuer()
    one = relying(issuer)
    run(one, issuer)
    pinned = tuple(one._known[1]) if one._known else ()
    issuer.rotate("two")
    assert run(one, issuer).token.sub == "f00"
    assert issuer.calls.count("/realms/one/certs") == 2
    with pytest.raises(Tampered, match="token-invalid"):
        run(relying(issuer, pinned=pinned), issuer)
    assert issuer.calls.count("/realms/one/certs") == 2


@pytest.mark.parametrize(
    "claims", [{"iss": "https://login.example"}, {"aud": "another"}, {"nonce": "another"}, {"acr": "aal1"}, {"exp": 1}, {"iat": NOW // 1000 - 700}]
)
def test_a_token_that_says_something_else_is_not_taken(claims: dict[str, Any]) -> None:
    issuer = SmallIssuer()
    issuer.claims = claims
    with pytest.raises(Tampered, match="token-not-for-us"):
        run(relying(issuer), issuer)


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://login.example/realms/two"},
        {"code_challenge_methods_supported": ["plain"]},
        {"response_types_supported": ["id_token"]},
        {"token_endpoint": "ftp://login.example"},
        {"jwks_uri": None},
    ],
)
def test_an_issuers_document_must_be_its_own_and_know_pkce(document: dict[str, Any]) -> None:
    issuer = SmallIssuer()
    issuer.document = document
    with pytest.raises(Tampered, match="issuer-document-wrong"):
        run(relying(issuer), issuer)


def test_a_code_is_good_once_and_the_clients_key_is_asked_for() -> None:
    issuer = SmallIssuer()
    one = relying(issuer)

    async def twice() -> None:
        begun = begin()
        code = issuer.agree(*await one.query(begun, "openid", NOW))
        await one.redeem(code, begun, NOW)
        await one.redeem(code, begun, NOW)

    with pytest.raises(Denied, match="issuer-refused: 400 invalid_grant"):
        asyncio.run(twice())
    for key in (None, TokenKey(bytes(31) + b"\3")):
        with pytest.raises(Denied, match="issuer-refused: 401 invalid_client"):
            run(relying(issuer, key), issuer)


def test_two_sign_ins_share_nothing_and_claims_of_another_person_are_not_taken() -> None:
    first, second = begin(), begin()
    assert not {first.state, first.nonce, first.verifier} & {second.state, second.nonce, second.verifier}
    issuer = SmallIssuer()
    issuer.claims = {"sub": "f01"}
    one = relying(issuer)
    found = run(one, issuer)
    with pytest.raises(Tampered, match="token-not-for-us"):
        asyncio.run(one.userinfo(found, NOW))
    assert one.party.issuer == ISSUER
