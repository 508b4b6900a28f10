"""The short way to a refusal: every ground against a question for one item, put together from pieces made ready with the tables."""

from datetime import date
from typing import Final

from enishi.law.number_use import WITHOUT_NUMBER
from enishi.law.question import Policy, Question, RowRef
from enishi.law.remedies import AROUND_ROW, LOCAL, RESIDENT
from enishi.law.short_forms import NOT_IN_ROW, Given, Grounds, ShortWay, Strangers
from enishi.law.verdict import Ground, GroundCode, Refusal

# Looking a member up on its enumeration costs as much as the comparison that leads to it.
ITEM_NOT_IN_ROW: Final = GroundCode.ITEM_NOT_IN_ROW
NOT_A_NUMBER_USER: Final = GroundCode.NOT_A_NUMBER_USER


def refuse_given(question: Question, given: Given, on: date, policy: Policy) -> Refusal | None:
    """The 号, or the row, gives the item, but not to this inquirer or not by this provider; None: the long way must say."""
    asks = question.inquirer.capacities
    if not given.inquirers.isdisjoint(asks):
        grounds = given.elsewhere
    else:
        grounds = _against(given.strangers, asks, question.items[0])
        if not grounds:
            return None
        if given.providers.isdisjoint(question.provider.capacities):
            grounds += given.elsewhere
    doubts = given.doubts if on <= given.checked_until else given.later
    return Refusal(on=on, grounds=grounds, doubts=doubts, proposals=policy.proposals == "count", law_edge=False)


def refuse_missed(question: Question, affair: RowRef, way: ShortWay, on: date, policy: Policy) -> Refusal | None:
    """The 号 does not give the item about this person, or the row not at all; None: the long way must say."""
    rest = way.rest.get((affair.source, affair.row, question.purpose_item))
    if rest is None or (question.relation is None) is not (question.purpose_item is None):
        return None
    items, asks = question.items, question.inquirer.capacities
    missed = rest.missed.get(items[0], NOT_IN_ROW)
    if missed is None:
        return None
    if missed is NOT_IN_ROW:
        grounds: Grounds = (Ground(ITEM_NOT_IN_ROW, rest.citation, items, AROUND_ROW[items[0] == RESIDENT][LOCAL.isdisjoint(asks)]),)
    else:
        told = missed.elsewhere if missed.providers.isdisjoint(question.provider.capacities) else missed.grounds
        grounds = told[LOCAL.isdisjoint(asks)]
    if rest.inquirers.isdisjoint(asks):
        before = _against(rest.strangers, asks, items[0])
        if not before:
            return None
        grounds = before + grounds
    doubts = rest.doubts if on <= rest.checked_until else rest.later
    return Refusal(on=on, grounds=grounds, doubts=doubts, proposals=policy.proposals == "count", law_edge=False)


def _against(strangers: Strangers | None, asks: tuple[str, ...], item: str) -> Grounds:
    """No number user, not in the row, or both; empty where the long way must say."""
    if strangers is None:
        return ()
    grounds: Grounds = ()
    if strangers.inquirers.isdisjoint(asks):
        grounds = strangers.others if LOCAL.isdisjoint(asks) else strangers.resident if item == RESIDENT else strangers.local
    if strangers.users.isdisjoint(asks):
        return (Ground(NOT_A_NUMBER_USER, strangers.number, asks, WITHOUT_NUMBER), *grounds)
    return grounds
