"""People's letters to an institution, as its gateway shows them to a system with the office `letters`."""

import msgspec


class LetterListed(msgspec.Struct, frozen=True):
    """A letter in the list: `urgency` is `waiting`, `due_soon`, `overdue` or `answered`; times RFC 3339."""

    letter_id: str
    number: str
    person: str
    kind: str
    state: str
    arrived_at: str
    deadline: str
    urgency: str


class LettersListed(msgspec.Struct, frozen=True):
    """The letters, the most urgent first, and of all that wait how many are near and past their deadline."""

    letters: tuple[LetterListed, ...]
    due_soon: int
    overdue: int


class LetterFound(msgspec.Struct, frozen=True):
    """A letter with everything in it; `known` says whether the record `about` (a txid) is the institution's with this person."""

    letter_id: str
    number: str
    person: str
    kind: str
    about: str
    known: bool
    item: str
    wrong: str
    right: str
    text: str
    state: str
    arrived_at: str
    deadline: str
    answered_at: str | None
    decision: str
    answer: str
    reason: str
    appeal: str


class LetterAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer: `decision` (granted, granted_in_part, refused) for a correction or suspension; `reason` and `appeal` where it refuses."""

    answer: str
    decision: str = ""
    reason: str = ""
    appeal: str = ""
