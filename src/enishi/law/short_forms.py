"""What the short way looks up: for each item that a 号 or a row gives, a permit's parts; for what it does not give, the grounds."""

from datetime import date
from typing import Final, Literal

import msgspec

from enishi.law.relation import Relation
from enishi.law.verdict import Condition, Doubt, Ground

Grounds = tuple[Ground, ...]


class Strangers(msgspec.Struct, frozen=True, gc=False):
    """What a row says to an inquirer that it does not name, by who that is: of no local government, of one, of one that asks for residence."""

    number: str
    users: frozenset[str]
    inquirers: frozenset[str]
    others: Grounds
    local: Grounds
    resident: Grounds


class Given(msgspec.Struct, frozen=True, gc=False):
    """One item that one 号 gives about one relation, or a row where no 号 is named: to whom, by whom, and the whole of a permit for it.

    `doubts` stand up to and including `checked_until`, `later` after it; `elsewhere` is said where somebody else gives it.
    """

    level: Literal["item", "row"]
    inquirers: frozenset[str]
    providers: frozenset[str]
    basis: tuple[str, ...]
    conditions: tuple[Condition, ...]
    checked_until: date
    doubts: tuple[Doubt, ...]
    later: tuple[Doubt, ...]
    elsewhere: Grounds
    strangers: Strangers | None


class Missed(msgspec.Struct, frozen=True, gc=False):
    """One item of a row under one 号, about a relation that it is not given for: every ground, by the inquirer (as in `LOCAL`) and the provider."""

    providers: frozenset[str]
    grounds: tuple[Grounds, Grounds]
    elsewhere: tuple[Grounds, Grounds]


NOT_IN_ROW: Final = Missed(frozenset(), ((), ()), ((), ()))
"""Stands for every item that a row does not carry."""


class Rest(msgspec.Struct, frozen=True, gc=False):
    """One 号 of a row, or the row itself, for what it does not give: `missed` by items of the row, None where the long way must say.

    All other items the row has not.
    """

    inquirers: frozenset[str]
    missed: dict[str, Missed | None]
    strangers: Strangers | None
    citation: str
    checked_until: date
    doubts: tuple[Doubt, ...]
    later: tuple[Doubt, ...]


class ShortWay(msgspec.Struct, frozen=True):
    """The two look-ups of an era: by (source, row, 号, item, relation), and by (source, row, 号) for what is not found so.

    At row level 号 and relation are None.
    """

    given: dict[tuple[str, str, str | None, str, Relation | None], Given]
    rest: dict[tuple[str, str, str | None], Rest]
