"""The decision: may this inquirer ask this provider for these items, for this affair, on this day.  Pure, total, deny by default."""

from datetime import date

from enishi.law.examine import examine
from enishi.law.gates import in_order
from enishi.law.question import MESH, Facts, Policy, Question, RowRef
from enishi.law.short_way import refused
from enishi.law.tables import Tables
from enishi.law.verdict import Permit, Refusal, Verdict


def decide(question: Question, tables: Tables, facts: Facts, on: date, policy: Policy = MESH) -> Verdict:
    """Answer a question as of a day: a Permit when no check has a ground against it, else a Refusal with every ground.

    Total on any well-typed question; raises nothing.  4-law steps: (1) standing, (2) number use, (3) linkage row and 号,
    (4) assessment, (5) consent and period.
    """
    way, affair, items = tables.short_ways.get(on), question.affair, question.items
    if way is not None and type(affair) is RowRef and len(items) == 1 and in_order(question, facts):
        # (1), (4) and (5) have nothing against the question; (2) and (3) are looked up whole
        given = way.given.get((affair.source, affair.row, question.purpose_item, items[0], question.relation))
        if (
            given is not None
            and not given.inquirers.isdisjoint(question.inquirer.capacities)
            and not given.providers.isdisjoint(question.provider.capacities)
        ):
            return Permit(
                decided_by="law.decide",
                on=on,
                level="item",
                basis=given.basis,
                conditions=given.conditions,
                doubts=given.doubts if on <= given.checked_until else given.later,
                proposals=policy.proposals == "count",
                law_edge=False,
            )
        told = refused(question, way, given, on)
        if told is not None:
            return Refusal(on=on, grounds=told[0], doubts=told[1], proposals=policy.proposals == "count", law_edge=False)
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
