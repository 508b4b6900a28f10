"""The decision: may this inquirer ask this provider for these items, for this affair, on this day.  Pure, total, deny by default."""

from collections.abc import Iterable, Iterator
from datetime import date

from enishi.law.examine import examine
from enishi.law.gates import IN_ORDER, facts_in_order
from enishi.law.question import MESH, Facts, Policy, Question, RowRef
from enishi.law.short_forms import ShortWay
from enishi.law.short_refusal import refuse_given, refuse_missed
from enishi.law.tables import Tables
from enishi.law.verdict import Permit, Refusal, Verdict


def decide(question: Question, tables: Tables, facts: Facts, on: date, policy: Policy = MESH) -> Verdict:
    """Answer a question as of a day: a Permit when no check has a ground against it, else a Refusal with every ground.

    Total on any well-typed question; raises nothing.  4-law steps: (1) standing, (2) number use, (3) linkage row and 号,
    (4) assessment, (5) consent and period.
    """
    way = tables.short_ways.get(on)
    if way is not None and (facts == IN_ORDER or facts_in_order(facts)):
        verdict = _short(question, way, on, policy)
        if verdict is not None:
            return verdict
    return _long(question, tables, facts, on, policy)


def decide_many(questions: Iterable[Question], tables: Tables, facts: Facts, on: date, policy: Policy = MESH) -> Iterator[Verdict]:
    """The verdict of `decide` on each question, in order, as they come; the day's tables and the facts are looked at once for all.

    For the rows of one inquiry: facts are of the two institutions and their files, and so the same for each.
    """
    way = tables.short_ways.get(on) if facts_in_order(facts) else None
    for question in questions:
        verdict = _short(question, way, on, policy) if way is not None else None
        yield _long(question, tables, facts, on, policy) if verdict is None else verdict


def _short(question: Question, way: ShortWay, on: date, policy: Policy) -> Verdict | None:
    """Where (1), (4) and (5) have nothing against the question, (2) and (3) are looked up whole; None: the long way must say."""
    affair, items, inquirer, provider = question.affair, question.items, question.inquirer, question.provider
    if type(affair) is not RowRef or len(items) != 1 or question.period is not None:
        return None
    if inquirer.delegations or provider.delegations or inquirer.institution == provider.institution:
        return None
    if question.purpose_item is None and policy.demand == "item":
        return None
    asks, gives = inquirer.capacities, provider.capacities
    given = way.given.get((affair.source, affair.row, question.purpose_item, items[0], question.relation))
    if given is None:
        return refuse_missed(question, affair, way, on, policy) if asks and gives else None
    if given.inquirers.isdisjoint(asks) or given.providers.isdisjoint(gives):
        return refuse_given(question, given, on, policy) if asks and gives else None
    return Permit(
        decided_by="law.decide",
        on=on,
        level=given.level,
        basis=given.basis,
        conditions=given.conditions,
        doubts=given.doubts if on <= given.checked_until else given.later,
        proposals=policy.proposals == "count",
        law_edge=False,
    )


def _long(question: Question, tables: Tables, facts: Facts, on: date, policy: Policy) -> Verdict:
    """Every check of every step, to its end."""
    examined = examine(question, tables, facts, on, policy)
    if isinstance(examined, Refusal):
        return examined
    return Permit(
        decided_by="law.decide",
        on=on,
        level=examined.level,
        basis=examined.citations,
        conditions=examined.conditions,
        doubts=examined.doubts,
        proposals=policy.proposals == "count",
        law_edge=on > tables.verified_until,
    )
