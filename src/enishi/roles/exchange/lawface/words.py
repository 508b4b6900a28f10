"""Law's names and sentences in the reader's language: plain words where they are held, the law's own where not."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final

from enishi.law import Condition, Doubt, Ground, Remedy
from enishi.law.model import Row
from enishi.protocol.registry import Institution
from enishi.sentences.catalogue import Catalogue, known, name_of, read_aloud
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, Piece, Value
from enishi.web.citations import Cited, cite
from enishi.web.dates import day_in

_KINDS: Final = {Ground: "grounds", Remedy: "remedies", Condition: "conditions"}
_JOIN: Final = {Language.JAPANESE: "、", Language.ENGLISH: ", ", Language.EASY: "、"}
Said = Ground | Remedy | Condition | Doubt


@lru_cache(4096)
def _name(kind: str, key: str, language: Language) -> Phrase:
    # A long page says the same few names hundreds of times.
    return name_of(kind, key, language)


@lru_cache(16_384)
def _cited(citation: str, language: Language) -> Cited:
    return cite(citation, language, "")


class Words:
    """Says everything that the law page shows."""

    def __init__(self, language: Language, catalogue: Catalogue) -> None:
        """Take the reader's language and the page's sentences."""
        self.language = language
        self._catalogue = catalogue

    def say(self, key: str, **values: Value) -> Phrase:
        """A sentence of the page."""
        return self._catalogue.say(self.language, key, values)

    def day(self, day: date) -> Phrase:
        """A day in the reader's calendar."""
        return day_in(day, self.language)

    def capacity(self, name: str) -> Phrase:
        """A capacity; one that is a whole clause of law stays as the law has it."""
        return _name("capacities", name, self.language)

    def institution(self, institution: Institution) -> Phrase:
        """A registered institution."""
        return (institution.name_en,) if self.language is Language.ENGLISH else read_aloud(institution.name_ja, self.language)

    def item(self, name: str) -> Phrase:
        """A data item."""
        return _name("items", name, self.language)

    def column(self, name: str) -> str:
        """A data item in a word or two, for the head of a column."""
        return "".join(piece if isinstance(piece, str) else piece.base for piece in name_of("columns", name, self.language))

    def relation(self, code: str) -> Phrase:
        """How a person stands to the case."""
        return name_of("relations", code, self.language)

    def purpose_item(self, item: str) -> Phrase:
        """A 号 by its number; the order's item 0 is its lead sentence."""
        return self.say("label.lead") if item == "0" else self.say("label.item", item=item)

    def purpose(self, row: Row, purpose_item: str) -> Phrase:
        """What is done it for, fit for 「…ために」: in plain words, or the affair's own in quotation marks."""
        key = f"{row.citation.partition('@')[0]}/{row.label}/{purpose_item}"
        if known("affairs", key):
            return name_of("affairs", key, self.language)
        named = next((purpose.affair for purpose in row.purposes if purpose.item == purpose_item), row.affair)
        return self.say("verdict.affair", name=named)

    def cited(self, citation: str) -> Cited:
        """A citation that leads to its own page here."""
        return _cited(citation, self.language)

    def verdict(self, said: Said) -> Phrase:
        """A sentence of a verdict: the official one with what it is about; for easy reading the citizen's."""
        kind, code = _KINDS.get(type(said), "marks"), str(said.code)
        key = f"doubt:{code}" if kind == "marks" else code
        if self.language is Language.EASY and known(kind, key):
            return name_of(kind, key, self.language)
        return (getattr(said.message, self.language.formal.value),)

    def article(self, citation: str) -> Phrase:
        """What an article of law says, in plain words."""
        return name_of("articles", citation, self.language)

    def capacities(self, names: Iterable[str]) -> Phrase:
        """Several capacities."""
        return self.joined(self.capacity(name) for name in names)

    def items(self, names: Iterable[str]) -> Phrase:
        """Several data items."""
        return self.joined(self.item(name) for name in names)

    def joined(self, phrases: Iterable[Phrase]) -> Phrase:
        """Phrases in a row, as the language joins them."""
        pieces: list[Piece] = []
        for phrase in phrases:
            pieces += [_JOIN[self.language], *phrase] if pieces else phrase
        return tuple(pieces)
