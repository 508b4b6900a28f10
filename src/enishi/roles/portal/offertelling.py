"""A wish for the number, and what was handed over, in sentences."""

from collections.abc import Mapping
from typing import Final

import msgspec

from enishi.protocol.offer import OfferShown
from enishi.protocol.statement import AffairRef
from enishi.roles.portal.offer import Lawful, Wanted
from enishi.roles.portal.telling import Reason
from enishi.roles.portal.view import Name
from enishi.sentences.catalogue import Catalogue, known, name_of, read_aloud
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, Value
from enishi.web.citations import Cited, cite
from enishi.web.dates import machine_time, time_in

GROUP: Final = 4
"""Digits of a reference between two spaces, for people who copy it by hand."""


class ToldWish(msgspec.Struct, frozen=True, kw_only=True):
    """A wish ready for the page; `reasons` say why the law does not allow it, empty where it does. `document` is what the card shows."""

    institution: Phrase
    affair: Phrase
    words: str
    basis: tuple[Cited, ...]
    reasons: tuple[Reason, ...]
    document: Phrase


class ToldHanded(msgspec.Struct, frozen=True, kw_only=True):
    """What was handed over, ready for the page; `taken` is empty while the institution has not fetched it."""

    reference: str
    institution: Phrase
    affair: Phrase
    moment: Phrase
    stamp: str
    taken: Phrase


class OfferTeller:
    """Tells in one language."""

    def __init__(self, language: Language, catalogue: Catalogue, law_page: str | None) -> None:
        """Take the reader's language, the sentences, and the origin of the law page if there is one."""
        self._language = language
        self._catalogue = catalogue
        self._law_page = law_page

    def wish(self, wanted: Wanted, lawful: Lawful) -> ToldWish:
        """Who wants the number for what, by which provisions, or why not."""
        institution, affair = self.institution(lawful.institution), self.affair(wanted.affair, wanted.item, lawful.affair)
        return ToldWish(
            institution=institution,
            affair=affair,
            words=lawful.affair,
            basis=self.basis(lawful.basis),
            reasons=self.reasons(lawful.grounds),
            document=self._say("number.document", {"institution": institution, "affair": affair}),
        )

    def handed(self, one: OfferShown, name: Name, affair_name: str) -> ToldHanded:
        """One hand-over with its reference."""
        return ToldHanded(
            reference=grouped(one.reference),
            institution=self.institution(name),
            affair=self.affair(one.affair, one.purpose_item, affair_name),
            moment=time_in(one.at_ms, self._language),
            stamp=machine_time(one.at_ms),
            taken=time_in(one.taken_ms, self._language) if one.taken_ms else (),
        )

    def institution(self, name: Name) -> Phrase:
        """The registry's name of a body."""
        return (name.en,) if self._language is Language.ENGLISH else read_aloud(name.ja, self._language)

    def affair(self, affair: AffairRef, item: str, words: str) -> Phrase:
        """In plain words; where none are held, its name in the law, in quotation marks."""
        # The law's own rows move when a table is made anew, so that a plain name may be of one revision alone.
        keys = [f"{source}/{affair.row}/{item}" for source in (affair.source, affair.source.partition("@")[0])]
        key = next((key for key in keys if known("affairs", key)), None)
        return name_of("affairs", key, self._language) if key else self._say("tell.affair", {"name": words})

    def basis(self, citations: tuple[str, ...]) -> tuple[Cited, ...]:
        """The provisions that allow it."""
        return tuple(self._cite(citation) for citation in citations)

    def reasons(self, grounds: tuple[tuple[str, str, Name], ...]) -> tuple[Reason, ...]:
        """The law's grounds (code, citation, words) against it in the page's words, with the law's own beside them."""
        return tuple(self._reason(*ground) for ground in grounds)

    def _reason(self, code: str, citation: str, words: Name) -> Reason:
        stated: Phrase = (words.en if self._language is Language.ENGLISH else words.ja,)
        cited = self._cite(citation)
        return Reason(name_of("grounds", code, self._language), stated, cited) if known("grounds", code) else Reason(stated, (), cited)

    def _cite(self, citation: str) -> Cited:
        return cite(citation, self._language, self._law_page)

    def _say(self, key: str, values: Mapping[str, Value]) -> Phrase:
        return self._catalogue.say(self._language, key, values)


def grouped(reference: bytes) -> str:
    """A reference as people copy it by hand."""
    digits = reference.hex()
    return " ".join(digits[i : i + GROUP] for i in range(0, len(digits), GROUP))
