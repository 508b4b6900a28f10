"""The kit's locks: signed cookies, sessions, form tokens, forms, paths to go back to, languages."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Busy, Fault, Malformed, Misconfigured
from enishi.sentences.language import Language, preferred
from enishi.web.cookies import Signer, rules
from enishi.web.form import parse_form
from enishi.web.headers import policy
from enishi.web.kit import own_path
from enishi.web.session import Sessions

SIGNER = Signer(bytes(32))


def test_a_signed_value_is_read_for_its_use_only() -> None:
    signed = SIGNER.sign("session", "abc")
    assert SIGNER.read("session", signed) == "abc"
    assert SIGNER.read("login", signed) is None
    assert Signer(bytes(31) + b"x").read("session", signed) is None


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_nobody_makes_up_a_cookie(made_up: str) -> None:
    assert SIGNER.read("session", made_up) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(Misconfigured, match="signing-key-short"):
        Signer(bytes(31))


def test_cookies_are_secure_under_https_and_hidden_from_scripts() -> None:
    assert rules("https://portal.example") == {"path": "/", "httponly": True, "samesite": "lax", "secure": True}
    assert rules("http://portal.localhost:8400")["secure"] is False


def test_a_session_ends_at_its_time_however_often_it_is_read() -> None:
    sessions: Sessions[str] = Sessions(lives_ms=1000, limit=2)
    name = sessions.open("value", at_ms=0)
    assert sessions.get(name, at_ms=999) == "value"
    assert sessions.get(name, at_ms=1000) is None
    assert len(sessions) == 0


def test_a_value_is_taken_once() -> None:
    sessions: Sessions[str] = Sessions(lives_ms=1000, limit=2)
    name = sessions.open("value", at_ms=0)
    assert sessions.take(name, at_ms=1) == "value"
    assert sessions.take(name, at_ms=1) is None


def test_sessions_have_a_limit_that_time_frees() -> None:
    sessions: Sessions[int] = Sessions(lives_ms=1000, limit=2)
    sessions.open(1, at_ms=0)
    sessions.open(2, at_ms=1)
    with pytest.raises(Busy, match="sessions-full"):
        sessions.open(3, at_ms=2)
    sessions.open(3, at_ms=1000)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_form_or_a_fault_of_ours(body: bytes) -> None:
    try:
        form = parse_form(body)
    except Fault as fault:
        codes = {fault.code}
    else:
        codes = {"form-unreadable"} if isinstance(form.get("field"), str) else set()
    assert codes == {"form-unreadable"}


def test_a_field_twice_is_refused() -> None:
    assert parse_form(b"a=1&b=%E7%B8%81").get("b") == "縁"
    with pytest.raises(Malformed, match="form-unreadable"):
        parse_form(b"a=1&a=2")


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x", "", "/a\nb", "/" + "a" * 3000])
def test_a_redirect_is_not_lent_to_other_sites(target: str) -> None:
    assert own_path(target) == "/"


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_whatever_is_asked_a_redirect_stays_here(target: str) -> None:
    parts = urlsplit(own_path(target))
    assert (parts.scheme, parts.netloc) == ("", "")
    assert parts.path.startswith("/")


def test_paths_of_this_origin_are_kept() -> None:
    assert own_path("/records?institution=012131&page=2") == "/records?institution=012131&page=2"


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_header_prefers_some_language(header: str) -> None:
    assert preferred(header) in Language


@pytest.mark.parametrize(
    ("header", "expected"),
    [("en-GB,ja;q=0.5", Language.ENGLISH), ("fr,ja;q=0.5", Language.JAPANESE), ("", Language.JAPANESE), ("ja;q=0.1,en;q=0.9", Language.ENGLISH)],
)
def test_the_browser_s_language_is_taken(header: str, expected: Language) -> None:
    assert preferred(header) is expected


def test_the_policy_lets_nothing_inline_in() -> None:
    written = policy(("http://card.localhost:8401",))
    assert "unsafe" not in written
    assert "default-src 'none'" in written
    assert "form-action 'self' http://card.localhost:8401" in written
