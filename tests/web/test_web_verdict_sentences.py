"""Every code of a verdict has a sentence for officials (Japanese, English) and one for citizens (and やさしい日本語)."""

from typing import get_args, get_type_hints

import pytest

from enishi.law.other.kinds import OtherGroundCode
from enishi.law.texts import say, shelf
from enishi.law.verdict import Condition, Doubt, GroundCode, RemedyCode
from enishi.sentences.catalogue import table
from enishi.sentences.language import Language
from enishi.sentences.phrase import phrase, plain


def codes_of(kind: type) -> list[str]:
    return list(get_args(get_type_hints(kind)["code"]))


CODES = [
    *(("grounds", "grounds", code.value, code.value) for code in GroundCode),
    *(("remedies", "remedies", code.value, code.value) for code in RemedyCode),
    *(("conditions", "conditions", code, code) for code in codes_of(Condition)),
    *(("doubts", "marks", code, f"doubt:{code}") for code in codes_of(Doubt)),
]


RELATED = (OtherGroundCode.AFFAIR_WITHOUT_NUMBER_USE, OtherGroundCode.RECIPIENT_NOT_A_NUMBER_USER, OtherGroundCode.ACTOR_WITHOUT_PART)
"""What a page of the portal says beside verdicts of the network: why an organisation may not hand a number in."""


@pytest.mark.parametrize(("section", "kind", "code", "key"), CODES, ids=lambda value: str(value))
def test_every_code_speaks_to_officials_and_to_citizens(section: str, kind: str, code: str, key: str) -> None:
    official, citizen = say(section, code, ("甲",)), table("names", kind)[key]
    assert official.ja.strip()
    assert official.en.strip()
    assert {language for language in Language if plain(phrase(citizen[language])).strip()} == set(Language)


def test_no_sentence_is_left_of_a_code_that_is_gone() -> None:
    codes = {(kind, key) for _, kind, _, key in CODES} | {("grounds", code.value) for code in RELATED}
    held = {(kind, key) for kind in ("grounds", "remedies", "conditions") for key in table("names", kind)}
    held |= {("marks", key) for key in table("names", "marks") if key.startswith("doubt:")}
    assert held == codes
    for section in ("grounds", "remedies", "conditions", "doubts"):
        assert set(shelf()[section]) == {code for named, _, code, _ in CODES if named == section}


def test_citizens_are_told_without_placeholders_and_in_short_sentences() -> None:
    for kind in ("grounds", "remedies", "conditions"):
        for key, texts in table("names", kind).items():
            assert "{" not in "".join(texts.values()), key
            assert max(len(sentence) for sentence in plain(phrase(texts["ja-easy"])).split("。")) <= 50, key
