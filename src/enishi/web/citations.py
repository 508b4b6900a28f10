"""Citations as people read them: the place of law in words, short for a list and in full for a page, with a link to its own page."""

import re
from typing import Final
from urllib.parse import quote

import msgspec

from enishi.errors import Malformed
from enishi.sentences.catalogue import known, name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase

_REVISION: Final = re.compile(r"\s?[（(][^（）()]*\d{4}-\d\d-\d\d[^（）()]*[）)]")


class Cited(msgspec.Struct, frozen=True):
    """A citation in words, its permanent id, its page, and where the text of the law stands (empty if there is none)."""

    short: Phrase
    words: str
    id: str
    link: str
    text: str


def law_path(citation: str) -> str:
    """The path of a citation's page on the law page, permanent as the citation is."""
    return "/law/" + quote(citation, safe="@")


def cite(citation: str, language: Language, law_page: str | None = None) -> Cited:
    """Put a citation into words; what is not a citation of law is shown as it is, without a link.

    `link` leads to the law page at the origin `law_page` (empty: this very face), or to the law's text on e-Gov where there is no law page.
    """
    # Imported when the first citation is told, so that no face's start waits for the law.
    from enishi.law.citation import describe, law_name, link

    try:
        told = getattr(describe(citation), language.formal.value)
    except Malformed:
        return Cited((citation,), citation, citation, "", "")
    law, text = citation.partition("#")[0].partition("@")[0], link(citation)
    named = law_name(law)
    place = _REVISION.sub("", told.removeprefix(getattr(named, language.formal.value, "")), count=1)
    short = (*name_of("laws", law, language), place) if known("laws", law) else (told,)
    return Cited(short, told, citation, text if law_page is None else law_page + law_path(citation), text)
