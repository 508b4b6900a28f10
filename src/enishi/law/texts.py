"""The sentences of verdicts, in Japanese and English, from data/texts.json; a verdict itself carries codes and citations only."""

from functools import cache
from importlib import resources
from typing import Final

import msgspec


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in both languages."""

    ja: str
    en: str


SEPARATORS: Final = Text("、", ", ")
Shelf = dict[str, dict[str, Text]]


@cache
def shelf() -> Shelf:
    """All sentences: section, then code."""
    raw = resources.files("enishi.law").joinpath("data/texts.json").read_bytes()
    return msgspec.json.decode(raw, type=Shelf)


def say(section: str, code: str, about: tuple[str, ...]) -> Text:
    """The sentence of a code, with what it is about put in place of `{about}`."""
    text = shelf()[section][code]
    return Text(_fill(text.ja, SEPARATORS.ja, about), _fill(text.en, SEPARATORS.en, about))


def _fill(sentence: str, separator: str, about: tuple[str, ...]) -> str:
    return sentence.replace("{about}", separator.join(about) if about else "—")
