"""What each kind of answer means, in words for the inquirer (Japanese and English); the tables are `sentences/names/answers.json`."""

from functools import cache

import msgspec

from enishi.sentences.catalogue import name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain


class Words(msgspec.Struct, frozen=True):
    """One meaning in two languages."""

    ja: str
    en: str


def meaning(kind: str) -> Words:
    """The words of an outcome, or of the reason why an item is absent."""
    return words_of("answers", kind)


@cache
def words_of(table: str, key: str) -> Words:
    """The plain name of a key in one of the tables of names."""
    return Words(*(plain(name_of(table, key, language)) for language in (Language.JAPANESE, Language.ENGLISH)))
