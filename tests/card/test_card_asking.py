"""The authorization request at the card: what it takes, and what goes back to whom."""

import hashlib
from base64 import urlsafe_b64encode
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card.desk_card import CLIENTS, GOOD, OTHER, PORTAL, read
from enishi.card.asking import REQUEST_LIMIT, Asked, Document, Refused, read_asked
from enishi.card.authority import Use
from enishi.card.clients import read_clients
from enishi.errors import Malformed, Misconfigured

DIGEST = hashlib.sha256(b"document").digest()
SIGN = {
    "scope": "openid sign",
    "request_to_sign": None,
    "digest_to_sign": urlsafe_b64encode(DIGEST).decode().rstrip("="),
    "document_name": "移住支援金の申請書",
}
NAMES = st.sampled_from([*GOOD, "other", "digest_to_sign", "document_name", "prompt", "request"])


def test_a_request_in_order_is_read() -> None:
    asked = read()
    assert isinstance(asked, Asked)
    assert (asked.request, asked.client, asked.nonce, asked.use, asked.items) == (b"request", PORTAL, "nonce", Use.AUTHENTICATION, ())


def test_items_of_the_person_are_asked_for_by_scope() -> None:
    asked = read(scope="gender openid name", request_to_sign=None)
    assert isinstance(asked, Asked)
    assert (asked.items, asked.request) == (("name", "gender"), b"")
    # The card signs something of this very sign-in, all the same.
    other = read(scope="openid", request_to_sign=None, nonce="another")
    assert isinstance(other, Asked)
    assert len({asked.signed_bytes, other.signed_bytes}) == 2


def test_a_document_is_for_the_signature_key() -> None:
    asked = read(**SIGN)
    assert isinstance(asked, Asked)
    assert (asked.use, asked.document, asked.signed_bytes) == (Use.SIGNATURE, Document("移住支援金の申請書", DIGEST), DIGEST)


@pytest.mark.parametrize("changes", [{"client_id": "nobody"}, {"client_id": "other"}, {"redirect_uri": "http://portal.localhost:8400/callback/"}])
def test_nothing_goes_to_an_address_that_is_not_registered(changes: dict[str, str | None]) -> None:
    with pytest.raises(Malformed, match="card-client-unknown"):
        read(**changes)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "a.b.c"}, "request_not_supported"),
        ({"request_uri": "http://evil.example"}, "request_uri_not_supported"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": ""}, "invalid_request"),
        ({"scope": "name"}, "invalid_scope"),
        ({"scope": "openid openid"}, "invalid_scope"),
        ({"scope": "openid email"}, "invalid_scope"),
        ({"scope": "openid  name"}, "invalid_scope"),
        ({"client_id": "other", "redirect_uri": OTHER.redirect_uris[0], "scope": "openid name"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": GOOD["code_challenge"] + "="}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"state": "a\nb"}, "invalid_request"),
        ({"state": "s" * 513}, "invalid_request"),
        ({"nonce": "縁"}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"request_to_sign": ""}, "invalid_request"),
        ({"request_to_sign": "cmVxdWVzdA=="}, "invalid_request"),
        ({"request_to_sign": "cmVxdWVzdB"}, "invalid_request"),
        ({"request_to_sign": "A" * (REQUEST_LIMIT * 4 // 3 + 8)}, "invalid_request"),
        ({"document_name": "x"}, "invalid_request"),
        (SIGN | {"request_to_sign": "cmVxdWVzdA"}, "invalid_request"),
        (SIGN | {"digest_to_sign": None}, "invalid_request"),
        (SIGN | {"digest_to_sign": "cmVxdWVzdA"}, "invalid_request"),
        (SIGN | {"document_name": None}, "invalid_request"),
        (SIGN | {"document_name": " "}, "invalid_request"),
        (SIGN | {"document_name": "a\u202eb"}, "invalid_request"),
        (SIGN | {"document_name": "長" * 121}, "invalid_request"),
    ],
)
def test_what_is_wrong_goes_back_to_the_client_as_an_error(changes: dict[str, str | None], error: str) -> None:
    refused = read(**changes)
    assert isinstance(refused, Refused)
    assert refused.error == error


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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '[{"id":"a"}]',
        "[" * 5000,
        '[{"id":"a","name_ja":"","name_en":"","redirect_uris":["http://a/"],"more":1}]',
        '[{"id":"a","name_ja":"","name_en":"","redirect_uris":[]}]',
        '[{"id":"a","name_ja":"","name_en":"","redirect_uris":["http://a/","http://b/"]}]',
        '[{"id":"a","name_ja":"","name_en":"","redirect_uris":["http://a/"],"scopes":["openid","email"]}]',
    ],
)
def test_clients_that_cannot_be_read(text: str) -> None:
    with pytest.raises(Misconfigured, match="config-not-in-form"):
        read_clients(text)


def test_the_state_of_a_refused_request_is_its_own() -> None:
    refused = read(scope="none", state="縁\n")
    assert isinstance(refused, Refused)
    assert refused.state == ""
    assert not parse_qsl(urlsplit(refused.redirect_uri).query)
