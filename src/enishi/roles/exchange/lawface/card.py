"""A verdict as a card: the big word, the sentence, the chain step by step with citations, and under each ✖ the lawful ways that remain."""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from enishi.law import Ground, Permit, Remedy, RemedyCode, Verdict
from enishi.law.eras import Era
from enishi.roles.exchange.lawface.asking import Choice
from enishi.roles.exchange.lawface.places import Place, Places, numbers_of
from enishi.roles.exchange.lawface.words import Words
from enishi.sentences.phrase import Phrase
from enishi.web.citations import Cited

State = Literal["good", "bad", "unseen"]
STEPS: Final = ("standing", "number", "row", "item", "assessment", "condition")
_STEP_OF: Final = {
    "standing": (
        "inquirer-not-registered",
        "inquirer-suspended",
        "inquirer-without",
        "provider-not-registered",
        "provider-suspended",
        "provider-without",
        "same-institution",
    ),
    "number": (
        "no-number-use",
        "not-a-number-user",
        "crosswalk-",
        "ordinance-not-shown",
        "ordinance-not-in-force",
        "ordinance-field",
        "ordinance-of",
    ),
    "item": ("detail-", "purpose-", "inquirer-not-in-purpose", "item-not-in-purpose", "relation-"),
    "assessment": ("inquirer-assessment", "provider-assessment", "assessment-"),
    "condition": ("consent-", "period-"),
}


class Way(msgspec.Struct, frozen=True):
    """A lawful way on: its words, and where a press leads (empty: nowhere here)."""

    words: Phrase
    link: str


class Told(msgspec.Struct, frozen=True):
    """A ground in words, its place of law, and the ways that remain."""

    words: Phrase
    cited: Cited
    ways: tuple[Way, ...]


class Step(msgspec.Struct, frozen=True):
    """One step of the chain."""

    name: str
    state: State
    cited: tuple[Cited, ...]
    grounds: tuple[Told, ...]


class Said(msgspec.Struct, frozen=True):
    """A condition or doubt in words, with its place of law."""

    words: Phrase
    cited: Cited


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a verdict's card shows."""

    permit: Literal["permit", "refusal"]
    level: str
    steps: tuple[Step, ...]
    conditions: tuple[Said, ...]
    doubts: tuple[Said, ...]


def step_of(code: str) -> str:
    """The step of the chain that a ground belongs to; the row's where none other claims it."""
    return next((step for step, begins in _STEP_OF.items() if code.startswith(begins)), "row")


class Telling:
    """Tells the verdict on one choice."""

    def __init__(self, words: Words, places: Places, choice: Choice, era: Era) -> None:
        """Take the reader's words, the places of law, what was asked, and the era that it was decided by."""
        self._words = words
        self._places = places
        self._choice = choice
        self._era = era

    def card(self, verdict: Verdict, place: Place) -> Card:
        """The card; `place` is the row that was asked under."""
        conditions = verdict.conditions if isinstance(verdict, Permit) else ()
        return Card(
            permit="permit" if isinstance(verdict, Permit) else "refusal",
            level="item" if self._choice.purpose else "row",
            steps=self._permitted(verdict.basis) if isinstance(verdict, Permit) else self._refused(verdict.grounds, place),
            conditions=tuple(Said(self._words.verdict(one), self._words.cited(one.citation)) for one in conditions),
            doubts=tuple(Said(self._words.verdict(one), self._words.cited(one.citation)) for one in verdict.doubts),
        )

    def _permitted(self, basis: tuple[str, ...]) -> tuple[Step, ...]:
        by_step: dict[str, list[Cited]] = {name: [] for name in STEPS}
        for citation in basis:
            by_step[self._step_of_basis(citation)].append(self._words.cited(citation))
        unseen = () if self._choice.purpose else ("item",)
        return tuple(Step(name, "unseen" if name in unseen else "good", tuple(by_step[name]), ()) for name in STEPS)

    def _step_of_basis(self, citation: str) -> str:
        place = self._places.find(citation)
        if place is None:
            return "number" if "#9-" in citation else "row"
        if place.revision.kind == "number_use":
            return "number"
        return "row" if place.purpose is None else "item"

    def _refused(self, grounds: tuple[Ground, ...], place: Place) -> tuple[Step, ...]:
        told: dict[str, list[Told]] = {name: [] for name in STEPS}
        for ground in grounds:
            told[step_of(str(ground.code))].append(self._ground(ground))
        stopped = any(str(ground.code) in ("law-not-known", "affair-not-in-force", "affair-unknown", "no-linkage-row") for ground in grounds)
        return tuple(self._step(name, told[name], stopped, place) for name in STEPS)

    def _step(self, name: str, grounds: list[Told], stopped: bool, place: Place) -> Step:
        if grounds:
            return Step(name, "bad", (), tuple(grounds))
        beyond = stopped and name in ("number", "row", "item", "condition")
        if beyond or (name == "item" and not self._choice.purpose):
            return Step(name, "unseen", (), ())
        row = self._era.rows.get((place.revision.source, place.row.label))
        numbers = numbers_of(row.row) if row is not None and row.row is not None else ()
        found = {"number": numbers, "row": (place.row.citation,)}.get(name, ())
        return Step(name, "good", tuple(self._words.cited(citation) for citation in found), ())

    def _ground(self, ground: Ground) -> Told:
        ways = tuple(way for remedy in ground.remedies for way in self._ways(remedy))
        return Told(self._words.verdict(ground), self._words.cited(ground.citation), ways)

    def _ways(self, remedy: Remedy) -> Iterator[Way]:
        """The remedy as buttons that ask again, where that is what it means; else in words, with its place of law."""
        words, choice, about = self._words, self._choice, remedy.about
        match remedy.code:
            case RemedyCode.OTHER_PURPOSE_ITEM if about:
                yield Way(words.say("way.purpose", purpose=words.purpose_item(about[0])), choice.link(purpose=about[0]))
            case RemedyCode.NAME_PURPOSE_ITEM:
                yield from (Way(words.say("way.purpose", purpose=words.purpose_item(item)), choice.link(purpose=item)) for item in about)
            case RemedyCode.NAME_RELATION:
                yield from (Way(words.say("way.relation", relation=words.relation(code)), choice.link(relation=code)) for code in about)
            case RemedyCode.FEWER_ITEMS if about:
                yield Way(words.say("way.items", items=words.items(about)), choice.link(items=about))
            case RemedyCode.OTHER_PROVIDER if len(about) > 1:
                yield from (self._provider(name) for name in about[1:])
            case RemedyCode.NAME_ROW:
                yield from (Way(words.say("way.row", row=words.cited(row).short), choice.link(row=row, purpose="")) for row in about)
            case _:
                yield Way(words.verdict(remedy), words.cited(remedy.citation).link if remedy.citation else "")

    def _provider(self, name: str) -> Way:
        return Way(self._words.say("way.provider", provider=self._words.capacity(name)), self._choice.link(provider=f"c:{name}"))
