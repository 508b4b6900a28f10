"""Citations as people read them: the place of law in words, short for a list and in full for a record's page, with a link to the text."""

import re
from typing import Final

import msgspec

from enishi.errors import Malformed
from enishi.sentences.catalogue import known, name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase

_REVISION: Final = re.compile(r"\s?[（(][^（）()]*\d{4}-\d\d-\d\d[^（）()]*[）)]")


class Cited(msgspec.Struct, frozen=True):
    """A citation in words, its permanent id, and where the text of the law stands (empty if there is none)."""

    short: Phrase
    words: str
    id: str
    link: str


def cite(citation: str, language: Language) -> Cited:
    """Put a citation into words; what is not a citation of law is shown as it is, without a link."""
    # Imported when the first citation is told, so that the portal's start does not wait for the law.
    from enishi.law.citation import NAMES, describe, link

    try:
        told = getattr(describe(citation), language.formal.value)
    except Malformed:
        return Cited((citation,), citation, citation, "")
    law = citation.partition("#")[0].partition("@")[0]
    place = _REVISION.sub("", told.removeprefix(getattr(NAMES[law], language.formal.value)), count=1)
    short = (*name_of("laws", law, language), place) if known("laws", law) else (told,)
    return Cited(short, told, citation, link(citation))
