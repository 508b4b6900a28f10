"""The long way to a verdict: every check of every step, to its end; what it finds is a refusal, or all that a permit says."""

from datetime import date
from typing import Final

from enishi.law.affair import find
from enishi.law.eras import LINKAGE, STATUTE, Era, Found
from enishi.law.gates import check_assessments, check_conditions, check_standing, conditions_of
from enishi.law.index import Reach
from enishi.law.linkage_row import check_linkage, reach_nothing
from enishi.law.number_use import check_number_use
from enishi.law.ordinance.linkage import check_ordinance
from enishi.law.question import Delegation, Facts, LawRef, OrdinanceRef, Party, Policy, Question
from enishi.law.tables import Tables
from enishi.law.verdict import Doubt, Ground, GroundCode, Refusal, Remedy, RemedyCode

OTHER_DAY: Final = (Remedy(RemedyCode.OTHER_DAY),)


def examine(question: Question, tables: Tables, facts: Facts, on: date, policy: Policy) -> Reach | Refusal:
    """Run all steps of a decision: a Refusal with every ground, or the Reach whose citations, conditions and doubts a permit takes over.

    (1) standing, (2) number use, (3) linkage row and 号, (4) assessment, (5) consent and period.
    """
    counts, beyond = policy.proposals == "count", on > tables.verified_until
    era = tables.era(on)
    if era is None or (beyond and policy.law_edge == "refuse"):
        return unknown_day(tables, on, policy)
    found = find(question.affair, era, tables, policy)
    row = found.row
    grounds: list[Ground] = []
    inquirer, provider = question.inquirer.capacities, question.provider.capacities
    delegated: tuple[str, ...] = ()
    if question.inquirer.delegations or question.provider.delegations:
        inquirer, provider, delegated = _delegated(question, found, on)
    # (1) standing and capacities
    check_standing(question, facts, grounds)
    # (2) may the inquirer use the number for this affair
    check_number_use(found, inquirer, grounds)
    # (3) does a row of the day, at the depth demanded, carry every item
    if row is not None:
        reach = check_linkage(question, row, inquirer, provider, policy, grounds)
    elif isinstance(question.affair, OrdinanceRef):
        # (2) and (3) for an ordinance: Art. 9(2), 19(9), and what was filed with the commission
        reach = check_ordinance(question, tables, era, facts, on, policy, grounds)
    else:
        reach = reach_nothing(question, found, inquirer, era, grounds)
    # (4) are the assessments of both files published
    check_assessments(facts, grounds)
    # (5) consent and period
    check_conditions(question, row, facts, grounds)
    doubts = (row.doubts_on(on) if row is not None else _doubts(question, found, tables, era, on)) + reach.doubts
    if beyond:
        doubts += (Doubt("beyond-verified", LINKAGE, (tables.verified_until.isoformat(),)),)
    if grounds:
        return Refusal(on=on, grounds=tuple(grounds), doubts=doubts, proposals=counts, law_edge=beyond)
    return Reach(reach.level, reach.citations + delegated, reach.conditions + conditions_of(question, row, facts), doubts)


def unknown_day(tables: Tables, on: date, policy: Policy) -> Refusal:
    """The refusal of a day whose law is not held, or was not verified."""
    about = (on.isoformat(), tables.eras[0].effective_on.isoformat(), tables.verified_until.isoformat())
    ground = Ground(GroundCode.LAW_NOT_KNOWN, f"{STATUTE}#19", about, OTHER_DAY)
    return Refusal(on=on, grounds=(ground,), doubts=(), proposals=policy.proposals == "count", law_edge=False)


def _delegated(question: Question, found: Found, on: date) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The capacities of inquirer and provider with those delegated to them on the day for the affair's law, and the clauses used."""
    inquirer, provider = powers(question.inquirer, found, on), powers(question.provider, found, on)
    return (
        question.inquirer.capacities + tuple(power.capacity for power in inquirer),
        question.provider.capacities + tuple(power.capacity for power in provider),
        tuple(power.citation for power in (*inquirer, *provider)),
    )


def powers(party: Party, found: Found, on: date) -> tuple[Delegation, ...]:
    """The powers that were delegated to an institution on the day for the affair's law, where it does not hold the capacity itself."""
    laws = found.row.row.laws if found.row is not None else found.laws
    return tuple(
        power
        for power in party.delegations
        if power.law in laws and power.capacity not in party.capacities and power.effective_on <= on and (power.until is None or on < power.until)
    )


def _doubts(question: Question, found: Found, tables: Tables, era: Era, on: date) -> tuple[Doubt, ...]:
    """Where there is no row: the doubt that a later amendment may have made one."""
    affair = question.affair
    laws = (affair.law,) if isinstance(affair, LawRef) else found.laws
    if on <= era.effective_on or isinstance(affair, OrdinanceRef) or tables.rechecked(era.source, laws, on):
        return ()
    return (Doubt("not-rechecked", LINKAGE, (era.effective_on.isoformat(),)),)
