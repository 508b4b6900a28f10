"""The day that a reader chose: a stop of the slider, another day, or the legal day; and what is to be said about it."""

from datetime import date

import msgspec
from starlette.datastructures import QueryParams

from enishi.roles.exchange.lawface.shelf import Shelf
from enishi.roles.exchange.lawface.words import Words
from enishi.sentences.phrase import Phrase


class Stop(msgspec.Struct, frozen=True):
    """A day on which tables changed, and whether the day shown lies between it and the next."""

    value: str
    words: Phrase
    chosen: bool


class Day(msgspec.Struct, frozen=True):
    """The day shown, the stops, and the notes that belong to it; `given` is what links carry on (empty for the legal day)."""

    on: date
    words: Phrase
    given: str
    stops: tuple[Stop, ...]
    notes: tuple[Phrase, ...]


def read_day(query: QueryParams, legal_day: date, shelf: Shelf, words: Words) -> Day:
    """The day of `day` (any day) or `on` (a stop); what cannot be read is the legal day, and said so."""
    text = query.get("day", "").strip() or query.get("on", "").strip()
    chosen = _day(text)
    on = chosen or legal_day
    begun = shelf.on(on).era.effective_on
    stops = tuple(Stop(day.isoformat(), words.day(day), day == begun) for day in shelf.days)
    return Day(on, words.day(on), on.isoformat() if chosen else "", stops, tuple(_notes(text, chosen, on, shelf, words)))


def _notes(text: str, chosen: date | None, on: date, shelf: Shelf, words: Words) -> list[Phrase]:
    notes: list[Phrase] = []
    if text and chosen is None:
        notes.append(words.say("day.unread", day=words.day(on)))
    if on < shelf.days[0]:
        notes.append(words.say("day.before", day=words.day(shelf.days[0])))
    if on > shelf.tables.verified_until:
        notes.append(words.say("day.beyond", day=words.day(shelf.tables.verified_until)))
    return notes


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
