"""A card in sentences: who asked whom for what and why, why it was lawful or refused, and how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from enishi.protocol.mandate import MandateShown
from enishi.protocol.record import GroundShown, read_body
from enishi.roles.portal.cards import Card
from enishi.roles.portal.view import Name
from enishi.sentences.catalogue import Catalogue, known, name_of, read_aloud
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, Piece, Value
from enishi.web.citations import Cited, cite
from enishi.web.dates import machine_time, short_in, time_in

_JOIN: Final = {Language.JAPANESE: "、", Language.ENGLISH: ", ", Language.EASY: "と "}

OWN: Final = ("asked", "held", "no_such_person", "not_registered", "provided", "refused_with_citation")
"""How a person's request for their own data ends or waits, each with a sentence of its own."""
BY: Final = ("asked", "held", "provided", "refused_with_citation")
"""The same where a representative asked."""
LETTERED: Final = ("asked", "sent", "answered", "read", "no_such_person", "not_registered")
"""The same of a letter, and of reading one's letters."""
Reader = Literal["person", "representative"]
"""Who reads: whose record it is, or who reads for them."""
ORDER: Final = "506M60004008009"
"""The order that lists who may ask whom for what."""


class Reason(msgspec.Struct, frozen=True):
    """One ground of a refusal: in plain words, as the verdict has it (empty where the plain words say all), and its citation."""

    words: Phrase
    stated: Phrase
    cited: Cited


class Step(msgspec.Struct, frozen=True):
    """One leaf of a card: what was recorded, when, and where in the log it stands."""

    words: Phrase
    moment: Phrase
    stamp: str
    position: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A card ready to be put on a page."""

    card: Card
    when: Phrase
    moment: Phrase
    stamp: str
    deadline: Phrase
    inquirer: Phrase
    provider: Phrase
    items: Phrase
    purpose: Phrase
    relation: Phrase
    result: Phrase
    sentence: Phrase
    lawful: Phrase
    ended: Phrase
    basis: tuple[Cited, ...]
    leading: Cited | None
    """The one citation that a list shows: the place of the order that is nearest to the case."""
    reasons: tuple[Reason, ...]
    doubts: tuple[Phrase, ...]
    until: Phrase
    """When a record that is withheld for now will be shown; empty where no note says so."""


class Teller:
    """Tells cards in one language, with the registry's names."""

    def __init__(
        self,
        language: Language,
        names: Mapping[str, Name],
        catalogue: Catalogue,
        law_page: str | None = None,
        mandates: Iterable[MandateShown] = (),
        reader: Reader = "person",
    ) -> None:
        """Take the reader's language, the institutions' names, the sentences, the law page's origin if there is one, the reader's mandates, and
        whether they read for themselves."""
        self.language = language
        self._law_page = law_page
        self._names = names
        self._catalogue = catalogue
        self._reader = reader
        self._representatives = {one.id: one.other for one in mandates if one.role == "principal"}

    def tell(self, card: Card) -> Told:
        """Every phrase of a card."""
        values = self._values(card)
        return Told(
            card=card,
            when=short_in(card.at_ms, self.language),
            moment=time_in(card.at_ms, self.language),
            stamp=machine_time(card.at_ms),
            deadline=values["deadline"],
            inquirer=values["inquirer"],
            provider=values["provider"],
            items=values["items"],
            purpose=self.purpose(card),
            relation=self._relation(card.body.relation),
            result=self.result(card.result),
            sentence=self._say(self._represented(card) or _sentence(card), values),
            lawful=self._say(_lawful(card), values),
            ended=time_in(card.ended_ms, self.language),
            basis=tuple(self._cite(citation) for citation in _basis(card)),
            leading=self._leading(_basis(card)),
            reasons=self._reasons(card),
            until=values["until"],
            doubts=tuple(self._doubt(mark) for mark in card.marks if not (card.withheld and card.note)),
        )

    def steps(self, card: Card) -> tuple[Step, ...]:
        """The leaves of a card, oldest first."""
        bodies = [(record.index, read_body(record.body)) for record in card.records]
        kinds = ["kept" if body.marks == ("withheld",) else body.kind for _, body in bodies]
        return tuple(
            Step(self._say(f"record.step.{kind}", {}), time_in(body.at_ms, self.language), machine_time(body.at_ms), index)
            for kind, (index, body) in zip(kinds, bodies, strict=True)
        )

    def institution(self, key: str) -> Phrase:
        """An institution by its name in the registry, with its reading where known; its id where the registry has none."""
        name = self._names.get(key)
        if name is None:
            return (key,)
        return (name.en,) if self.language is Language.ENGLISH else read_aloud(name.ja, self.language)

    def affair(self, card: Card) -> Phrase:
        """The affair in plain words; where no plain words are held, its name in the law, in quotation marks."""
        if known("affairs", card.affair):
            return name_of("affairs", card.affair, self.language)
        return self._say("tell.affair", {"name": card.body.affair_name})

    def purpose(self, card: Card) -> Phrase:
        """What it was for, standing alone: 「災害弔慰金の支給を決めるため」."""
        if card.own:
            return self._say(f"records.purpose.{'by' if card.mandate else card.lettering or 'own'}", {})
        return self._say("records.purpose", {"affair": self.affair(card)})

    def result(self, key: str) -> Phrase:
        """How it ended, in a word or two."""
        return name_of("results", key, self.language)

    def _values(self, card: Card) -> dict[str, Phrase]:
        return {
            "inquirer": self._asker(card),
            "whose": self._say(f"tell.whose.{self._reader}", {}),
            "provider": self.institution(card.body.provider),
            "items": self._items(card.body.items),
            "affair": self.affair(card),
            "deadline": time_in(card.deadline_ms, self.language) if card.deadline_ms else (),
            "representative": (self._representatives.get(card.mandate, ""),),
            "face": name_of("faces", card.body.face, self.language),
            "until": time_in(card.note.until_ms, self.language) if card.note else (),
        }

    def _asker(self, card: Card) -> Phrase:
        if not card.own:
            return self.institution(card.body.inquirer)
        if not card.mandate:
            return self._say("tell.you", {})
        name = self._representatives.get(card.mandate)
        return (name,) if name else self._say("tell.by.somebody", {})

    def _represented(self, card: Card) -> str:
        """The sentence of what a representative did; by a mandate that the registrar did not show it is said to be so."""
        if not card.mandate:
            return ""
        verb = "tell.look.by" if card.kind == "look" else "tell.by"
        if card.mandate not in self._representatives:
            return f"{verb}.unknown"
        return verb if card.kind == "look" else f"{verb}.{card.result if card.result in BY else 'ended'}"

    def _items(self, items: Sequence[str]) -> Phrase:
        named = [name_of("items", item, self.language) for item in items]
        joined: list[Piece] = []
        for name in named:
            joined += [_JOIN[self.language], *name] if joined else name
        return tuple(joined)

    def _leading(self, basis: Sequence[str]) -> Cited | None:
        places = [citation for citation in basis if citation.startswith(ORDER)] or basis
        return self._cite(places[-1]) if places else None

    def _relation(self, relation: str) -> Phrase:
        if not relation or known("relations", relation):
            return name_of("relations", relation, self.language) if relation else ()
        # The rarer relations have the law's own words only.
        from enishi.law.texts import shelf

        text = shelf()["relations"].get(relation)
        return (getattr(text, self.language.formal.value),) if text else (relation,)

    def _reasons(self, card: Card) -> tuple[Reason, ...]:
        of_law = [self._ground(ground) for ground in card.grounds]
        of_provider = [Reason(self.result(card.result), (), self._cite(citation)) for citation in card.provider_cites]
        return (*of_law, *of_provider)

    def _ground(self, ground: GroundShown) -> Reason:
        """The citizen's sentence of the ground's code, with the verdict's own words beneath; those alone for a code not known here."""
        message = ground.message.get(self.language.formal.value, "")
        cited = self._cite(ground.citation)
        if not known("grounds", ground.code):
            return Reason((message,), (), cited)
        return Reason(name_of("grounds", ground.code, self.language), (message,), cited)

    def _cite(self, citation: str) -> Cited:
        return cite(citation, self.language, self._law_page)

    def _doubt(self, mark: str) -> Phrase:
        name, _, rest = mark.partition(":")
        if name == "withheld-until" and rest.isdigit():
            return self._say("tell.withheld_until", {"time": time_in(int(rest), self.language)})
        if name == "changed" and rest.isdigit():
            return self._say("tell.changed", {"time": time_in(int(rest), self.language)})
        return name_of("marks", mark, self.language)

    def _say(self, key: str, values: Mapping[str, Value]) -> Phrase:
        return self._catalogue.say(self.language, key, values)


def _sentence(card: Card) -> str:
    if card.lettering:
        return f"tell.{card.lettering}.{card.result}" if card.result in LETTERED else f"tell.{card.lettering}.ended"
    if card.own:
        return f"tell.own.{card.result}" if card.result in OWN else "tell.own.ended"
    return "tell.withheld_for" if card.withheld and card.note else f"tell.{card.result}"


def _lawful(card: Card) -> str:
    if card.mandate and card.own:
        return "tell.lawful.by.refused" if card.state == "refused" else "tell.lawful.by"
    if card.mandate:
        return "tell.lawful.look.by"
    if card.lettering:
        return "tell.lawful.letter"
    if card.own:
        return "tell.lawful.own.refused" if card.state == "refused" else "tell.lawful.own"
    return "tell.lawful.withheld" if card.withheld and card.note else f"tell.lawful.{card.state}"


def _basis(card: Card) -> tuple[str, ...]:
    """The provisions that a card rests on: what let one institution ask another, or what lets the law keep it from its person for now."""
    return (card.note.ground,) if card.withheld and card.note else card.body.basis
