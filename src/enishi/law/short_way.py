"""The short way to a verdict on one item: what the tables of a day say to it, made ready when they are loaded, so that it is looked up whole.

It is no law of its own: what it holds is made by the very checks of the long way, and a question that it does not fit goes the long way.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from enishi.law.eras import Era
from enishi.law.index import PurposeIndex, Reach, RowIndex, circle_of
from enishi.law.linkage_row import explain_missed
from enishi.law.number_use import WITHOUT_NUMBER
from enishi.law.prepared import TAX, TAX_SECRET
from enishi.law.question import Party, Question, RowRef
from enishi.law.relation import Relation
from enishi.law.remedies import AROUND_ROW, LOCAL, RESIDENT, for_no_row
from enishi.law.verdict import Condition, Doubt, Ground, GroundCode

Grounds = tuple[Ground, ...]
ITEM_NOT_IN_ROW: Final = GroundCode.ITEM_NOT_IN_ROW
NOT_A_NUMBER_USER: Final = GroundCode.NOT_A_NUMBER_USER
NOBODY: Final = Party(())
AN_ORGAN: Final = Party(("市町村長",))


class Strangers(msgspec.Struct, frozen=True, gc=False):
    """What a row says to an inquirer that it does not name, by who that is: of no local government, of one, of one that asks for residence."""

    number: str
    users: frozenset[str]
    inquirers: frozenset[str]
    others: Grounds
    local: Grounds
    resident: Grounds


class Given(msgspec.Struct, frozen=True, gc=False):
    """One item that one 号 gives about one relation: to whom, by whom, and the whole of a permit for it; `elsewhere` if somebody else gives it.

    `doubts` stand up to and including `checked_until`, `later` after it.
    """

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
    """One 号 of a row, for what it does not give: `missed` by items of the row, None where the long way must say; all other items it has not."""

    inquirers: frozenset[str]
    missed: dict[str, Missed | None]
    row: RowIndex
    strangers: Strangers | None


class ShortWay(msgspec.Struct, frozen=True):
    """The two look-ups of an era: by (source, row, 号, item, relation), and by (source, row, 号) for what is not found so."""

    given: dict[tuple[str, str, str | None, str, Relation | None], Given]
    rest: dict[tuple[str, str, str | None], Rest]


def short_ways(days: Mapping[date, Era]) -> dict[date, ShortWay]:
    """The short way of each of these days whose tables hold detail."""
    eras = {id(era): era for era in days.values()}
    ways = {key: short_way(era) for key, era in eras.items() if any(row.purposes for row in era.linkage)}
    return {day: ways[id(era)] for day, era in days.items() if id(era) in ways}


def short_way(era: Era) -> ShortWay:
    """The short way through the tables of an era."""
    way = ShortWay({}, {})
    sources: dict[int, list[str]] = defaultdict(list)
    for (source, _), found in era.rows.items():
        sources[id(found.row)].append(source)
    for row in era.linkage:
        if row.number_use.problem is None:
            _add(way, row, sources[id(row)])
    return way


def _add(way: ShortWay, row: RowIndex, sources: list[str]) -> None:
    """One row by each name that a question may write its revision by."""
    label, strangers = row.row.label, _strangers(row)
    for name, purpose in row.purposes.items():
        asks = _asks(row, purpose)
        # A 号 that is open to some of the row's inquirers has a ground of its own against the others: the long way.
        apart = None if purpose.inquirers else strangers
        given = [(item, relation, one) for item in row.providers for relation, one in _given(row, purpose, item, asks, apart)]
        rest = Rest(asks, {item: _missed(row, purpose, item) for item in row.providers}, row, apart)
        for source in sources:
            way.rest[source, label, name] = rest
            way.given.update({(source, label, name, item, relation): one for item, relation, one in given})


def _asks(row: RowIndex, purpose: PurposeIndex) -> frozenset[str]:
    """Who is inquirer of the row, open to the 号, and a user of the number."""
    asks = row.inquirers & row.number_use.users
    return circle_of(asks & purpose.inquirers if purpose.inquirers else asks)


def _strangers(row: RowIndex) -> Strangers:
    def said(party: Party, *items: str) -> Grounds:
        question = Question(party, RowRef("", row.row.label), NOBODY, items)
        return (Ground(GroundCode.INQUIRER_NOT_IN_ROW, row.row.citation, row.row.parties, for_no_row(question, party.capacities, near)),)

    near = (row.row.citation, row.row.affair)
    use = row.number_use
    return Strangers(use.citations[-1], use.users, row.inquirers, said(NOBODY), said(AN_ORGAN), said(AN_ORGAN, RESIDENT))


def _given(row: RowIndex, purpose: PurposeIndex, item: str, asks: frozenset[str], apart: Strangers | None) -> Iterator[tuple[Relation, Given]]:
    for relation in purpose.relations.get(item, ()):
        hit: Reach = purpose.hits[item, relation]
        conditions = hit.conditions + (TAX_SECRET,) if item == TAX else hit.conditions
        yield (
            Relation(relation),
            Given(
                asks,
                row.providers[item],
                row.basis + hit.citations,
                conditions,
                row.checked_until,
                row.doubts + hit.doubts,
                row.later + hit.doubts,
                (row.others[item],),
                apart,
            ),
        )


def _missed(row: RowIndex, purpose: PurposeIndex, item: str) -> Missed | None:
    """None where the remedies depend on which 号 are open to this inquirer."""
    if item not in purpose.relations and item not in row.ways and any(one.inquirers for one in row.purposes.values()):
        return None
    organ = _said(row, purpose, item, AN_ORGAN)
    nobody = organ if item in purpose.relations else _said(row, purpose, item, NOBODY)
    other = (row.others[item],)
    return Missed(row.providers[item], (organ, nobody), (other + organ, other + nobody))


def _said(row: RowIndex, purpose: PurposeIndex, item: str, party: Party) -> Grounds:
    grounds: list[Ground] = []
    question = Question(party, RowRef("", row.row.label), NOBODY, (item,), purpose.purpose.item)
    explain_missed(question, row, purpose, (item,), party.capacities, grounds)
    return tuple(grounds)


def refused(question: Question, way: ShortWay, given: Given | None, on: date) -> tuple[Grounds, tuple[Doubt, ...]] | None:
    """Every ground against a question for one item whose facts are in order, and the doubts; None: the long way must say.

    `given` is what the look-up by relation found, which did not fit this inquirer or this provider.
    """
    if given is None:
        return _not_given(question, way, on) if question.relation is not None else None
    inquirer = question.inquirer.capacities
    doubts = given.doubts if on <= given.checked_until else given.later
    if not given.inquirers.isdisjoint(inquirer):
        return given.elsewhere, doubts
    behind = given.elsewhere if given.providers.isdisjoint(question.provider.capacities) else ()
    grounds = _against(given.strangers, inquirer, question.items[0])
    return (grounds + behind, doubts) if grounds else None


def _not_given(question: Question, way: ShortWay, on: date) -> tuple[Grounds, tuple[Doubt, ...]] | None:
    affair, items, inquirer = question.affair, question.items, question.inquirer.capacities
    assert isinstance(affair, RowRef)
    rest = way.rest.get((affair.source, affair.row, question.purpose_item))
    if rest is None:
        return None
    other = LOCAL.isdisjoint(inquirer)
    missed = rest.missed.get(items[0], NOT_IN_ROW)
    if missed is None:
        return None
    if missed is NOT_IN_ROW:
        grounds: Grounds = (Ground(ITEM_NOT_IN_ROW, rest.row.row.citation, items, AROUND_ROW[items[0] == RESIDENT][other]),)
    else:
        grounds = (missed.elsewhere if missed.providers.isdisjoint(question.provider.capacities) else missed.grounds)[other]
    if rest.inquirers.isdisjoint(inquirer):
        before = _against(rest.strangers, inquirer, items[0])
        if not before:
            return None
        grounds = before + grounds
    return grounds, rest.row.doubts_on(on)


def _against(strangers: Strangers | None, inquirer: tuple[str, ...], item: str) -> Grounds:
    """No number user, not in the row, or both; empty where the long way must say."""
    if strangers is None:
        return ()
    grounds: Grounds = ()
    if strangers.users.isdisjoint(inquirer):
        grounds = (Ground(NOT_A_NUMBER_USER, strangers.number, inquirer, WITHOUT_NUMBER),)
    if not strangers.inquirers.isdisjoint(inquirer):
        return grounds
    if LOCAL.isdisjoint(inquirer):
        return grounds + strangers.others
    return grounds + (strangers.resident if item == RESIDENT else strangers.local)
