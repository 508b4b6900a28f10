"""Catalogue and phrases: what is promised in a language is there, placeholders agree, and what is missing is named, not guessed."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Denied, Misconfigured
from enishi.sentences.catalogue import Catalogue, known, name_of, table
from enishi.sentences.language import Language, language_of, preferred
from enishi.sentences.phrase import Ruby, phrase, plain
from enishi.sentences.problems import GENERIC, by_package, catalogue, problem, texts
from web.test_web_sentences import TABLES

PLACE = re.compile(r"\{([a-z_]+)\}")
BRACES = re.compile(r"[{}]")
ALONE = {("record.can.ask", "ja-easy")}
"""やさしい日本語 names the institution where the others say "the institution that made the request"."""
quick = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize(("folder", "name"), TABLES)
def test_each_key_has_every_language_and_the_same_places(folder: str, name: str) -> None:
    for key, said in table(folder, name).items():
        assert set(said) == {language.value for language in Language}, key
        places = {language: set(PLACE.findall(words)) for language, words in said.items()}
        # One call serves all languages: one may leave a value out, and none asks for a value that only it has.
        for language, asked in places.items():
            if (key, language) in ALONE:
                continue
            assert asked <= set().union(*(other for name, other in places.items() if name != language)), (key, language)


@pytest.mark.parametrize(("folder", "name"), TABLES)
def test_every_brace_and_bracket_is_a_place_or_a_reading(folder: str, name: str) -> None:
    for key, said in table(folder, name).items():
        for language, words in said.items():
            values = dict.fromkeys(PLACE.findall(words), "")
            left = plain(phrase(words, values))
            assert not BRACES.search(left), (key, language)
            assert not re.search(r"\[[^\]]*\|", left), (key, language)


def test_what_is_said_takes_its_values() -> None:
    said = phrase("[人|ひと]{name}は{count}件", {"name": (Ruby("縁", "えにし"),), "count": 3})
    assert said == (Ruby("人", "ひと"), Ruby("縁", "えにし"), "は", "3", "件")
    assert plain(said) == "人縁は3件"
    with pytest.raises(KeyError):
        phrase("{name}")


@quick
@given(st.text(max_size=40), st.text(max_size=10))
def test_a_value_is_never_read_as_a_table_is(words: str, value: str) -> None:
    assert plain(phrase("{x}", {"x": words + value})) == words + value


def test_a_later_table_wins() -> None:
    joined = Catalogue("kit", "portal")
    assert joined.keys() == Catalogue("kit").keys() | Catalogue("portal").keys()
    with pytest.raises(Misconfigured, match="sentences-missing"):
        Catalogue("no-such-table")
    with pytest.raises(Misconfigured, match="sentences-missing"):
        joined.say(Language.EASY, "no.such.key")


def test_a_name_is_known_or_shown_as_it_is() -> None:
    for kind in ("results", "items", "affairs", "relations"):
        for key in table("names", kind):
            assert known(kind, key)
            assert all(plain(name_of(kind, key, language)) for language in Language)
    assert name_of("results", "no-such-result", Language.ENGLISH) == ("no-such-result",)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.JAPANESE),
        ("en", Language.ENGLISH),
        ("en-GB,ja;q=0.5", Language.ENGLISH),
        ("fr,en;q=0.2,ja;q=0.9", Language.JAPANESE),
        ("en;q=0", Language.JAPANESE),
        ("en;q=nan,ja;q=0.1", Language.JAPANESE),
        ("*", Language.JAPANESE),
        ("EN", Language.ENGLISH),
    ],
)
def test_what_a_browser_prefers(header: str, language: Language) -> None:
    assert preferred(header) is language


@quick
@given(st.text(max_size=200) | st.text(alphabet="aejn-;,q=0.1*", max_size=60))
def test_no_header_is_too_strange(header: str) -> None:
    assert preferred(header) in Language


def test_languages_have_tags() -> None:
    assert [(language.tag, language.formal.value) for language in Language] == [("ja", "ja"), ("en", "en"), ("ja", "ja")]
    assert language_of("ja-easy") is Language.EASY
    assert language_of("de") is None


def test_a_slug_of_two_packages_has_one_text() -> None:
    seen = catalogue()
    for package, entries in by_package().items():
        for slug, words in entries.items():
            assert seen[slug] == words, (package, slug)


def test_a_problem_says_what_why_and_what_next() -> None:
    slug = next(iter(catalogue()))
    shown = problem(Denied(slug, "a fact", "a field"))
    assert (shown["status"], shown["type"], shown["detail"], shown["field"]) == (403, f"urn:enishi:problem:{slug}", "a fact", "a field")
    assert all(shown[part].ja and shown[part].en for part in ("what", "why", "next"))
    assert "field" not in problem(Denied(slug))
    assert texts("no-such-slug") is GENERIC
