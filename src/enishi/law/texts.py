"""The sentences of verdicts, in Japanese and English, from data/texts.json; a verdict itself carries codes and citations only."""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

import msgspec


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in both languages."""

    ja: str
    en: str


SEPARATORS: Final = Text("、", ", ")
NOTHING: Final = "—"
Shelf = dict[str, dict[str, Text]]


@cache
def shelf() -> Shelf:
    """All sentences: section, then code."""
    raw = resources.files("enishi.law").joinpath("data/texts.json").read_bytes()
    return msgspec.json.decode(raw, type=Shelf)


def say(section: str, code: str, about: tuple[str, ...]) -> Text:
    """The sentence of a code, with what it is about in its place; relations, states of assessments and stages of filings stand there in words."""
    return fill(shelf()[section][code], [_word(one) for one in about])


def fill(text: Text, about: Sequence[Text]) -> Text:
    """Put what a sentence is about in place of `{about}` (all of it), `{1}`, `{2}`, `{3}` (each) and `{rest}` (all but the first)."""
    return Text(_fill(text.ja, [one.ja for one in about], SEPARATORS.ja), _fill(text.en, [one.en for one in about], SEPARATORS.en))


def _fill(sentence: str, about: list[str], separator: str) -> str:
    filled = sentence.replace("{about}", separator.join(about) or NOTHING).replace("{rest}", separator.join(about[1:]) or NOTHING)
    for place, one in enumerate(about, 1):
        filled = filled.replace(f"{{{place}}}", one)
    return filled


def _word(name: str) -> Text:
    texts = shelf()
    return texts["relations"].get(name) or texts["words"].get(name) or Text(name, name)
