"""Codes and tokens of the issuer: good once, for a minute, for the client that proves who it is; and what an ID token says."""

from datetime import date

import msgspec
import pytest

from card.desk_card import CARD, CLIENT_KEY, CLIENTS, GOOD, KEY, NOW, ORIGIN, OTHER, PORTAL, code_of, desk, fields, read
from enishi.card.asking import Asked, Refused
from enishi.card.desk import TokenRefused
from enishi.card.form import Holder
from enishi.errors import Malformed
from enishi.oidc.assertions import ASSERTION_TYPE, make_assertion
from enishi.oidc.idtoken import Expected, read_id_token

KEYED = {"portal": msgspec.structs.replace(PORTAL, keys=(CLIENT_KEY.jwk,)), "other": OTHER}
HOLDER = Holder(
    card=CARD,
    name="内田　紬",
    name_kana="ウチダ　ツムギ",
    address="苫小牧市本町",
    born_on=date(1981, 11, 20),
    gender="female",
    pin="",
    password="",
    role="",
)


def proven(at_ms: int = NOW, **changes: str) -> dict[str, str]:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": make_assertion("portal", ORIGIN, CLIENT_KEY, at_ms)} | changes


def test_a_code_brings_tokens_and_the_cards_signature_once() -> None:
    open_desk = desk()
    code = code_of(open_desk)
    reply = open_desk.redeem(fields(code=code), NOW + 59_999)
    assert (reply.certificate, reply.signature, reply.token_type, reply.scope) == (b"certificate", b"signature", "Bearer", "openid")
    token = read_id_token(
        reply.id_token, [KEY.jwk], Expected(issuer=ORIGIN, client_id="portal", nonce="nonce", acr="urn:enishi:acr:card-pin"), NOW + 60_000
    )
    assert (token.auth_time, token.exp - token.iat) == (NOW // 1000, 300)
    assert open_desk.holder_of(reply.access_token, NOW + 60_000) is not None
    with pytest.raises(TokenRefused, match="invalid_grant"):
        open_desk.redeem(fields(code=code), NOW + 59_999)
    # Who comes with a code again may have stolen it: what it brought is over.
    assert open_desk.holder_of(reply.access_token, NOW + 60_000) is None


def test_without_a_request_nothing_of_the_card_goes_out_but_the_tokens() -> None:
    open_desk = desk()
    reply = open_desk.redeem(fields(code=code_of(open_desk, request_to_sign=None)), NOW)
    assert (reply.certificate, reply.signature) == (b"", b"")


def test_a_code_ends_after_a_minute_and_an_access_token_after_five() -> None:
    open_desk = desk()
    reply = open_desk.redeem(fields(code=code_of(open_desk)), NOW)
    assert open_desk.holder_of(reply.access_token, NOW + 299_999) is not None
    assert open_desk.holder_of(reply.access_token, NOW + 300_000) is None
    late = code_of(open_desk)
    with pytest.raises(TokenRefused, match="invalid_grant"):
        open_desk.redeem(fields(code=late), NOW + 60_000)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": GOOD["code_challenge"]}, "invalid_grant"),
        ({"code_verifier": "短" * 43}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"redirect_uri": OTHER.redirect_uris[0]}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code_verifier": ""}, "invalid_request"),
    ],
)
def test_a_code_is_for_its_client_and_verifier_alone(changes: dict[str, str], error: str) -> None:
    open_desk = desk()
    code = code_of(open_desk)
    with pytest.raises(TokenRefused, match=error):
        open_desk.redeem(fields(code=code) | changes, NOW)
    if error == "invalid_grant":
        with pytest.raises(TokenRefused, match="invalid_grant"):
            open_desk.redeem(fields(code=code), NOW)


def test_a_client_with_keys_proves_who_it_is_by_an_assertion_that_is_good_once() -> None:
    open_desk = desk(KEYED)
    first, second, assertion = code_of(open_desk), code_of(open_desk), proven()
    assert open_desk.redeem(fields(code=first, **assertion), NOW).id_token
    with pytest.raises(TokenRefused, match="invalid_client"):
        open_desk.redeem(fields(code=second, **assertion), NOW)
    # Who could not prove who they are has not spent the code.
    assert open_desk.redeem(fields(code=second, **proven()), NOW).id_token


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        proven(client_assertion=""),
        proven(client_assertion_type="urn:other"),
        proven(client_assertion=make_assertion("portal", "http://other.localhost", CLIENT_KEY, NOW)),
        proven(client_assertion=make_assertion("other", ORIGIN, CLIENT_KEY, NOW)),
        proven(client_assertion=make_assertion("portal", ORIGIN, KEY, NOW)),
        proven(client_assertion=make_assertion("portal", ORIGIN, CLIENT_KEY, NOW - 121_000)),
        proven(client_assertion=make_assertion("portal", ORIGIN, CLIENT_KEY, NOW + 400_000)),
    ],
)
def test_who_cannot_prove_to_be_the_client_gets_nothing(wrong: dict[str, str]) -> None:
    open_desk = desk(KEYED)
    with pytest.raises(TokenRefused, match="invalid_client"):
        open_desk.redeem(fields(code=code_of(open_desk), **wrong), NOW)


def test_a_person_has_another_name_at_every_relying_party() -> None:
    issuer = desk().issuer
    here, there = read(), read(client_id="other", redirect_uri=OTHER.redirect_uris[0])
    assert isinstance(here, Asked)
    assert isinstance(there, Asked)
    assert issuer.subject(here, CARD) == issuer.subject(here, CARD)
    assert len({issuer.subject(here, CARD), issuer.subject(there, CARD), issuer.subject(here, "card-0000000002")}) == 3
    assert CARD not in issuer.subject(here, CARD)


def test_claims_are_what_was_agreed_to_and_no_more() -> None:
    issuer = desk().issuer
    only, all_of_it = read(), read(scope="openid name address birthdate gender")
    assert isinstance(only, Asked)
    assert isinstance(all_of_it, Asked)
    assert issuer.claims(only, HOLDER) == {"sub": issuer.subject(only, CARD)}
    assert issuer.claims(all_of_it, HOLDER) == {
        "sub": issuer.subject(only, CARD),
        "name": "内田　紬",
        "address": {"formatted": "苫小牧市本町", "country": "JP"},
        "birthdate": "1981-11-20",
        "gender": "female",
    }


def test_a_waiting_request_belongs_to_its_browser_and_ends() -> None:
    open_desk, asked = desk(), read()
    assert isinstance(asked, Asked)
    waiting = open_desk.wait(asked, 0)
    assert open_desk.asked(waiting, "browser", 599_999) == asked
    for name, browser, at_ms in ((waiting, "another", 0), (waiting, "", 0), ("nothing", "browser", 0), (waiting, "browser", 600_000)):
        with pytest.raises(Malformed, match="card-request-wrong"):
            open_desk.asked(name, browser, at_ms)


def test_declining_ends_it_with_access_denied() -> None:
    open_desk, asked = desk(), read(client_id="other", redirect_uri=OTHER.redirect_uris[0])
    assert isinstance(asked, Asked)
    waiting = open_desk.wait(asked, 0)
    assert open_desk.decline(waiting, asked).startswith("http://other.localhost/callback?x=1&error=access_denied")
    with pytest.raises(Malformed, match="card-request-wrong"):
        open_desk.asked(waiting, "browser", 0)


def test_an_error_goes_back_in_plain_characters() -> None:
    refused = read(scope="none")
    assert isinstance(refused, Refused)
    back = desk().refuse(refused)
    assert back.startswith(PORTAL.redirect_uris[0] + "?error=invalid_scope")
    assert back.isascii()
    assert "iss=" in back
    assert set(CLIENTS) == {"portal", "other"}
