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
    """The sentence of a code, with what it is about put in place of `{about}`; relations and states of assessments stand there in words."""
    text, named = shelf()[section][code], [_word(one) for one in about]
    japanese = SEPARATORS.ja.join(one.ja for one in named) if named else "—"
    english = SEPARATORS.en.join(one.en for one in named) if named else "—"
    return Text(text.ja.replace("{about}", japanese), text.en.replace("{about}", english))


def _word(name: str) -> Text:
    texts = shelf()
    return texts["relations"].get(name) or texts["words"].get(name) or Text(name, name)
