"""The code flow at the card: what it takes, what it sends back, and that a code is good once, for a minute, for its own client."""

import hashlib
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.card.chip import Signed
from enishi.card.flow import REQUEST_LIMIT, Asked, Client, Desk, Refused, TokenRefused, read_asked, read_clients
from enishi.errors import Malformed, Misconfigured

PORTAL = Client("portal", "マイ記録", "My records", ("http://portal.localhost:8400/callback",))
OTHER = Client("other", "ほか", "Other", ("http://other.localhost/callback?x=1",))
CLIENTS = {"portal": PORTAL, "other": OTHER}
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
GOOD = {
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
NAMES = st.sampled_from([*GOOD, "other"])


def read(**changes: str) -> Asked | Refused:
    return read_asked(list((GOOD | changes).items()), CLIENTS, "browser")


def fields(**changes: str) -> dict[str, str]:
    good = {"grant_type": "authorization_code", "code_verifier": VERIFIER, "client_id": "portal", "redirect_uri": PORTAL.redirect_uris[0]}
    return good | changes


def granted(at_ms: int = 0) -> tuple[Desk, str]:
    desk, asked = Desk("http://card.localhost:8401", CLIENTS), read()
    assert isinstance(asked, Asked)
    waiting = desk.wait(asked, at_ms)
    back = parse_qs(urlsplit(desk.grant(waiting, desk.asked(waiting, "browser", at_ms), SIGNED, at_ms)).query)
    assert back["state"] == ["state"]
    assert back["iss"] == ["http://card.localhost:8401"]
    return desk, back["code"][0]


def test_a_request_in_order_is_read() -> None:
    asked = read()
    assert isinstance(asked, Asked)
    assert (asked.request, asked.client, asked.nonce) == (b"request", PORTAL, "nonce")


@pytest.mark.parametrize("changes", [{"client_id": "nobody"}, {"client_id": "other"}, {"redirect_uri": "http://portal.localhost:8400/callback/"}])
def test_nothing_goes_to_an_address_that_is_not_registered(changes: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="card-client-unknown"):
        read(**changes)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid name"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"state": "a\nb"}, "invalid_request"),
        ({"state": "s" * 513}, "invalid_request"),
        ({"nonce": "縁"}, "invalid_request"),
        ({"request_to_sign": ""}, "invalid_request"),
        ({"request_to_sign": "cmVxdWVzdA=="}, "invalid_request"),
        ({"request_to_sign": "cmVxdWVzdB"}, "invalid_request"),
        ({"request_to_sign": "A" * (REQUEST_LIMIT * 4 // 3 + 8)}, "invalid_request"),
    ],
)
def test_what_is_wrong_goes_back_to_the_client_as_an_error(changes: dict[str, str], error: str) -> None:
    refused = read(**changes)
    assert isinstance(refused, Refused)
    assert refused.error == error
    back = Desk("http://card.localhost", CLIENTS).refuse(refused)
    assert back.startswith(PORTAL.redirect_uris[0] + "?error=")
    assert back.isascii()
    assert "\n" not in back
    assert "iss=" in back


def test_a_parameter_given_twice_is_refused() -> None:
    refused = read_asked([*GOOD.items(), ("state", "again")], CLIENTS, "browser")
    assert isinstance(refused, Refused)
    assert refused.error == "invalid_request"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAMES, st.text(max_size=40)), max_size=6), st.booleans())
def test_any_query_is_read_refused_or_malformed(pairs: list[tuple[str, str]], filled: bool) -> None:
    query = [*((name, value) for name, value in GOOD.items() if filled), *pairs]
    try:
        found = read_asked(query, CLIENTS, "browser")
    except Malformed:
        return
    assert isinstance(found, Asked | Refused)
    assert found.redirect_uri in PORTAL.redirect_uris + OTHER.redirect_uris


def test_a_code_brings_certificate_signature_issuer_and_nonce_once() -> None:
    desk, code = granted()
    reply = desk.redeem(fields(code=code), 59_999)
    assert (reply.certificate, reply.signature, reply.iss, reply.nonce) == (b"certificate", b"signature", "http://card.localhost:8401", "nonce")
    with pytest.raises(TokenRefused, match="invalid_grant"):
        desk.redeem(fields(code=code), 59_999)


def test_a_code_ends_after_a_minute() -> None:
    desk, code = granted()
    with pytest.raises(TokenRefused, match="invalid_grant"):
        desk.redeem(fields(code=code), 60_000)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"code_verifier": "短" * 43}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
        ({"redirect_uri": OTHER.redirect_uris[0]}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code_verifier": ""}, "invalid_request"),
    ],
)
def test_a_code_is_for_its_client_and_verifier_alone(changes: dict[str, str], error: str) -> None:
    desk, code = granted()
    with pytest.raises(TokenRefused, match=error):
        desk.redeem(fields(code=code) | changes, 1)
    if error == "invalid_grant":
        with pytest.raises(TokenRefused, match="invalid_grant"):
            desk.redeem(fields(code=code), 1)


def test_a_waiting_request_belongs_to_its_browser_and_ends() -> None:
    desk, asked = Desk("http://card.localhost", CLIENTS), read()
    assert isinstance(asked, Asked)
    waiting = desk.wait(asked, 0)
    assert desk.asked(waiting, "browser", 599_999) == asked
    for name, browser, at_ms in ((waiting, "another", 0), (waiting, "", 0), ("nothing", "browser", 0), (waiting, "browser", 600_000)):
        with pytest.raises(Malformed, match="card-request-wrong"):
            desk.asked(name, browser, at_ms)


def test_declining_ends_it_with_access_denied() -> None:
    desk, asked = Desk("http://card.localhost", CLIENTS), read(client_id="other", redirect_uri=OTHER.redirect_uris[0])
    assert isinstance(asked, Asked)
    waiting = desk.wait(asked, 0)
    assert desk.decline(waiting, asked).startswith("http://other.localhost/callback?x=1&error=access_denied")
    with pytest.raises(Malformed, match="card-request-wrong"):
        desk.asked(waiting, "browser", 0)


@pytest.mark.parametrize("text", ["", "{}", '[{"id":"a"}]', "[" * 5000, '[{"id":"a","name_ja":"","name_en":"","redirect_uris":[],"more":1}]'])
def test_clients_that_cannot_be_read(text: str) -> None:
    with pytest.raises(Misconfigured, match="config-not-in-form"):
        read_clients(text)
