"""Every sentence in three languages, with the same values, and a reading above every kanji of やさしい日本語."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from enishi.errors import Misconfigured
from enishi.sentences.catalogue import Catalogue, name_of, read_aloud, table
from enishi.sentences.language import Language
from enishi.sentences.phrase import Ruby, phrase, plain
from enishi.web.markup import to_markup

TABLES = [
    (folder, entry.name[:-5])
    for folder in ("pages", "names")
    for entry in sorted((files("enishi.sentences") / folder).iterdir(), key=lambda entry: entry.name)
    if entry.name != "readings.json"
]
KANJI = re.compile(r"[\u4e00-\u9fff々]")
SOURCE = Path(__file__).parents[2] / "src" / "enishi"
# The language names are the same in every language, so that a reader finds their own.
OWN_NAMES = {"kit.language.ja", "kit.language.ja-easy", "kit.language.en"}


def texts() -> Iterator[tuple[str, dict[str, str]]]:
    for folder, name in TABLES:
        for key, languages in table(folder, name).items():
            yield key, dict(languages)


@pytest.mark.parametrize(("folder", "name"), TABLES)
def test_every_key_stands_once_in_its_table(folder: str, name: str) -> None:
    raw = (files("enishi.sentences") / folder / f"{name}.json").read_text()
    keys = re.findall(r'^  ("(?:[^"\\]|\\.)*"): \{', raw, re.MULTILINE)
    assert sorted(msgspec.json.decode(key) for key in keys) == sorted(table(folder, name))


def test_every_sentence_has_three_languages() -> None:
    assert {key: sorted(languages) for key, languages in texts() if sorted(languages) != sorted(language.value for language in Language)} == {}
    assert [key for key, languages in texts() for text in languages.values() if not text.strip()] == []


def test_the_languages_take_no_value_that_japanese_does_not_have() -> None:
    def values(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    extra = {key for key, languages in texts() if not (values(languages["en"]) <= values(languages["ja"]))}
    assert extra == set()


def test_every_kanji_of_easy_japanese_has_a_reading() -> None:
    bare = {}
    for key, languages in texts():
        outside = "".join(piece for piece in phrase(re.sub(r"\{\w+\}", "", languages["ja-easy"])) if isinstance(piece, str))
        if KANJI.search(outside) and key not in OWN_NAMES:
            bare[key] = outside
    assert bare == {}


def test_readings_are_kana() -> None:
    readings = [
        piece.reading for _, languages in texts() for piece in phrase(re.sub(r"\{\w+\}", "", languages["ja-easy"])) if isinstance(piece, Ruby)
    ]
    readings += [entry["reading"] for entry in table("names", "readings").values()]
    assert [reading for reading in readings if not re.fullmatch(r"[ぁ-ゖァ-ヺー]+", reading)] == []


def test_templates_and_handlers_ask_for_sentences_that_there_are() -> None:
    held = Catalogue("kit", "portal", "number", "agent", "letters", "notices", "representatives").keys()
    sources = [*SOURCE.glob("web/**/*.html"), *SOURCE.glob("roles/portal/**/*.html"), *SOURCE.glob("roles/portal/**/*.py")]
    asked = {key for path in sources for key in re.findall(r"(?:say|words|_say)\([\"']([\w.]+)[\"'],? ?[^~]", path.read_text())}
    assert len(asked) > 40
    assert {key for key in asked if not key.endswith(".")} - held == set()


def test_a_missing_sentence_is_named() -> None:
    with pytest.raises(Misconfigured, match="no.such.key"):
        Catalogue("kit").say(Language.ENGLISH, "no.such.key")
    with pytest.raises(Misconfigured, match="time"):
        Catalogue("kit").say(Language.ENGLISH, "kit.session")


def test_values_are_escaped_and_keep_their_readings() -> None:
    words = phrase("[人|ひと]は{name}<b>", {"name": (Ruby("縁", "えにし"), "<i>")})
    assert plain(words) == "人は縁<i><b>"
    assert to_markup(words).endswith("<rt>えにし</rt><rp>)</rp></ruby>&lt;i&gt;&lt;b&gt;")


def test_what_stays_japanese_on_an_english_page_says_so() -> None:
    words = phrase("so that the body can carry out {name} <b>", {"name": "「出入国管理法（昭和26年）」 and 石井　健"})
    assert to_markup(words, Language.ENGLISH) == (
        'so that the body can carry out <span lang="ja">「出入国管理法（昭和26年）」</span> and <span lang="ja">石井　健</span> &lt;b&gt;'
    )
    assert 'lang="ja"' not in to_markup(words, Language.JAPANESE) + to_markup(words, Language.EASY)


def test_a_name_that_is_not_known_is_shown_as_it_is() -> None:
    assert name_of("items", "某関係情報", Language.EASY) == ("某関係情報",)
    assert read_aloud("苫小牧市", Language.EASY) == (Ruby("苫小牧市", "とまこまいし"),)
    assert read_aloud("苫小牧市", Language.JAPANESE) == ("苫小牧市",)
