"""Tables of sentences (`pages/*.json`: key → language → text) and of plain names (`names/*.json`)."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from enishi.errors import Misconfigured
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, Ruby, Value, phrase

Table = Mapping[str, Mapping[str, str]]


@cache
def table(folder: str, name: str) -> Table:
    """One table of the package's own data; Misconfigured("sentences-missing") if it is not there or not a table."""
    try:
        raw = (files("enishi.sentences") / folder / f"{name}.json").read_bytes()
        return msgspec.json.decode(raw, type=dict[str, dict[str, str]])
    except (OSError, msgspec.MsgspecError) as problem:
        raise Misconfigured("sentences-missing", f"{folder}/{name}: {problem}") from problem


class Catalogue:
    """The sentences of some tables together; a later table wins over an earlier one."""

    def __init__(self, *names: str) -> None:
        """Join the page tables of these names."""
        self._texts: dict[str, Mapping[str, str]] = {}
        for name in names:
            self._texts.update(table("pages", name))

    def keys(self) -> frozenset[str]:
        """Every key there is a sentence for."""
        return frozenset(self._texts)

    def say(self, language: Language, key: str, values: Mapping[str, Value] | None = None) -> Phrase:
        """The sentence of a key with its values; Misconfigured("sentences-missing") for a key or value that is not there."""
        try:
            return phrase(self._texts[key][language], values)
        except KeyError as missing:
            raise Misconfigured("sentences-missing", f"{key} ({language}): {missing}") from None


def name_of(kind: str, key: str, language: Language) -> Phrase:
    """The plain name of a thing (`items`, `affairs`, `outcomes`, `doubts` …); the key itself where no plain name is known."""
    known = table("names", kind).get(key)
    return phrase(known[language]) if known is not None else read_aloud(key, language)


def known(kind: str, key: str) -> bool:
    """Whether a plain name is held for the thing."""
    return key in table("names", kind)


def read_aloud(word: str, language: Language) -> Phrase:
    """A Japanese proper name, in やさしい日本語 with its reading where that is known."""
    reading = table("names", "readings").get(word)
    if language is Language.EASY and reading is not None:
        return (Ruby(word, reading["reading"]),)
    return (word,)
