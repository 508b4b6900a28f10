"""The short way to a verdict on one item: what the tables of a day say to it, made ready when they are loaded, so that it is looked up whole.

It is no law of its own: what it holds is made by the very checks of the long way, and a question that it does not fit goes the long way.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from enishi.law.eras import Era
from enishi.law.index import PurposeIndex, Reach, RowIndex, circle_of
from enishi.law.linkage_row import explain_missed
from enishi.law.prepared import TAX, TAX_SECRET
from enishi.law.question import Party, Question, RowRef
from enishi.law.relation import Relation
from enishi.law.remedies import RESIDENT, for_no_row
from enishi.law.short_forms import Given, Grounds, Missed, Rest, ShortWay, Strangers
from enishi.law.verdict import Condition, Ground, GroundCode

NOBODY: Final = Party(())
AN_ORGAN: Final = Party(("市町村長",))


def short_ways(days: Mapping[date, Era]) -> dict[date, ShortWay]:
    """The short way of each of these days; at row level alone where the tables hold no detail."""
    ways = {key: short_way(era) for key, era in {id(era): era for era in days.values()}.items()}
    return {day: ways[id(era)] for day, era in days.items()}


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
    strangers = _strangers(row)
    for purpose in (None, *row.purposes.values()):
        # A 号 that is open to some of the row's inquirers has a ground of its own against the others: the long way.
        apart = None if purpose is not None and purpose.inquirers else strangers
        given = list(_given(row, purpose, apart) if purpose is not None else _given_by_row(row, apart))
        missed = {item: _missed(row, purpose, item) for item in row.providers} if purpose is not None else {}
        rest = Rest(_asks(row, purpose), missed, apart, row.row.citation, row.checked_until, row.doubts, row.later)
        for source in sources:
            place = source, row.row.label, purpose.purpose.item if purpose is not None else None
            way.rest[place] = rest
            way.given.update({(*place, item, relation): one for item, relation, one in given})


def _asks(row: RowIndex, purpose: PurposeIndex | None) -> frozenset[str]:
    """Who is inquirer of the row, open to the 号 if one is named, and a user of the number."""
    asks = row.inquirers & row.number_use.users
    return circle_of(asks & purpose.inquirers if purpose is not None and purpose.inquirers else asks)


def _strangers(row: RowIndex) -> Strangers:
    def said(party: Party, *items: str) -> Grounds:
        question = Question(party, RowRef("", row.row.label), NOBODY, items)
        return (Ground(GroundCode.INQUIRER_NOT_IN_ROW, row.row.citation, row.row.parties, for_no_row(question, party.capacities, near)),)

    near = (row.row.citation, row.row.affair)
    use = row.number_use
    return Strangers(use.citations[-1], use.users, row.inquirers, said(NOBODY), said(AN_ORGAN), said(AN_ORGAN, RESIDENT))


def _given(row: RowIndex, purpose: PurposeIndex, apart: Strangers | None) -> Iterator[tuple[str, Relation | None, Given]]:
    asks = _asks(row, purpose)
    for item in row.providers:
        for relation in purpose.relations.get(item, ()):
            yield item, Relation(relation), _one(row, item, purpose.hits[item, relation], asks, apart)


def _given_by_row(row: RowIndex, apart: Strangers | None) -> Iterator[tuple[str, Relation | None, Given]]:
    """Where neither 号 nor relation is named, and the policy does not demand them."""
    asks = _asks(row, None)
    hit = Reach("row", (), (Condition("row-level", row.article),), ())
    return ((item, None, _one(row, item, hit, asks, apart)) for item in row.providers)


def _one(row: RowIndex, item: str, hit: Reach, asks: frozenset[str], apart: Strangers | None) -> Given:
    return Given(
        hit.level,
        asks,
        row.providers[item],
        row.basis + hit.citations,
        hit.conditions + (TAX_SECRET,) if item == TAX else hit.conditions,
        row.checked_until,
        row.doubts + hit.doubts,
        row.later + hit.doubts,
        (row.others[item],),
        apart,
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
