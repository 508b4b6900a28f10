"""Art. 9(2) and what stands around it: whose ordinance, in force, in an open field; what a provider keeps back; consent to tax information."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final

from enishi.law.capacities import holds
from enishi.law.eras import STATUTE
from enishi.law.model import Implication
from enishi.law.ordinance.form import OPENED_ON, Ordinance, Shown
from enishi.law.question import Consent, Facts, Policy, Question
from enishi.law.tables import Tables
from enishi.law.verdict import Ground, GroundCode, Remedy, RemedyCode

USE: Final = f"{STATUTE}#9-2"
LINKED: Final = f"{STATUTE}#19-1-9"
LIKEWISE: Final = f"{STATUTE}#26"
TAX: Final = "地方税関係情報"
OTHER_FIELD: Final = "その他の事務"
ENACT: Final = (Remedy(RemedyCode.ENACT_ORDINANCE, USE),)
OTHER_DAY: Final = (Remedy(RemedyCode.OTHER_DAY),)
PAPER: Final = (Remedy(RemedyCode.PAPER),)
ASK_PERSON: Final = (Remedy(RemedyCode.OBTAIN_CONSENT), *PAPER)


def held(capacities: Iterable[str], implications: Iterable[Implication], on: date) -> frozenset[str]:
    """The capacities with all that they contain by the definitions of the day."""
    known: dict[str, set[str]] = defaultdict(set)
    for implication in implications:
        if holds(implication, on):
            known[implication.capacity].update(implication.implies)
    reached, waiting = set(capacities), list(capacities)
    while waiting:
        new = known.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return frozenset(reached)


def check_ordinance_use(question: Question, shown: Shown, tables: Tables, on: date, policy: Policy, grounds: list[Ground]) -> None:
    """Art. 9(2): the government's own organ, an ordinance in force, and a field that the article reaches on the day."""
    affair, ref = shown.affair, f"{shown.ordinance.code}/{shown.affair.number}"
    if not (affair.effective_on <= on and (affair.until is None or on < affair.until)):
        grounds.append(Ground(GroundCode.ORDINANCE_NOT_IN_FORCE, USE, (ref, affair.effective_on.isoformat()), OTHER_DAY))
    if affair.field == OTHER_FIELD and on < OPENED_ON:
        grounds.append(Ground(GroundCode.ORDINANCE_FIELD_CLOSED, USE, (affair.name, OPENED_ON.isoformat()), OTHER_DAY))
    inquirer = question.inquirer
    # A command that is given capacities only names no institution; the mesh always does.
    nameless = not inquirer.institution and policy.demand == "row"
    if not (nameless or inquirer.institution == shown.ordinance.code) or affair.organ not in held(inquirer.capacities, tables.book.implications, on):
        grounds.append(Ground(GroundCode.ORDINANCE_OF_ANOTHER, USE, (shown.ordinance.body, affair.organ), ENACT))


def check_limits(question: Question, ordinances: tuple[Ordinance, ...], on: date, grounds: list[Ground]) -> None:
    """限定機関: what the provider's own ordinance keeps back and the commission was told of beforehand is not given."""
    kept = {
        item
        for ordinance in ordinances
        for limit in ordinance.limits
        if ordinance.code == question.provider.institution and limit.declared_on <= on and limit.effective_on <= on
        for item in limit.items
    }
    about = tuple([item for item in question.items if item in kept])
    if about:
        fewer = tuple([item for item in question.items if item not in kept])
        ways = (Remedy(RemedyCode.FEWER_ITEMS, "", fewer),) if fewer else ()
        grounds.append(Ground(GroundCode.PROVIDER_LIMITED, LIKEWISE, about, (*ways, *PAPER)))


def check_ordinance_consent(question: Question, facts: Facts, grounds: list[Ground]) -> None:
    """Rule 5: local tax information is not asked for under an ordinance without the person's consent to the asking."""
    if TAX in question.items and facts.consent is not Consent.GIVEN:
        grounds.append(Ground(GroundCode.CONSENT_MISSING, LINKED, (TAX,), ASK_PERSON))
