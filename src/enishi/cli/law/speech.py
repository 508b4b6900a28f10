"""The sentences of the law commands, in Japanese and English, from words.json."""

from functools import cache
from importlib import resources
from typing import Literal, get_args

import msgspec

from enishi.errors import Misconfigured
from enishi.law import Text

Language = Literal["ja", "en"]


class Speech:
    """One language: `say` fills a sentence, `of` chooses among both."""

    def __init__(self, language: str) -> None:
        if language not in get_args(Language):
            raise Misconfigured("language-unknown", language[:20], "lang")
        self.language = language

    def say(self, key: str, **values: object) -> str:
        """The sentence of a key with its values."""
        return self.of(words()[key]).format(**values)

    def of(self, text: Text) -> str:
        """The text in this language."""
        return text.ja if self.language == "ja" else text.en

    def list(self, names: tuple[str, ...]) -> str:
        """Names one after the other."""
        return ("、" if self.language == "ja" else ", ").join(names)


@cache
def words() -> dict[str, Text]:
    """Every sentence by its key."""
    return msgspec.json.decode(resources.files("enishi.cli.law").joinpath("words.json").read_bytes(), type=dict[str, Text])
