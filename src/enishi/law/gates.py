"""Steps 1, 4 and 5: standing, assessments, consent and period; and the conditions that a permit carries because of them."""

from typing import Final

from enishi.law.eras import STATUTE
from enishi.law.index import RowIndex
from enishi.law.ordinance.use import check_ordinance_consent
from enishi.law.prepared import TAX, TAX_SECRECY, TAX_SECRET
from enishi.law.question import Assessment, Consent, Facts, OrdinanceRef, Question, Standing
from enishi.law.verdict import Condition, Ground, GroundCode, Remedy, RemedyCode

PARTIES: Final = f"{STATUTE}#2-14"
SAFETY: Final = f"{STATUTE}#24-1"
ASSESSED: Final = f"{STATUTE}#28-6"
SAME_GOVERNMENT: Final = f"{STATUTE}#19-1-11"

REGISTER: Final = (Remedy(RemedyCode.REGISTER, PARTIES),)
LIFT: Final = (Remedy(RemedyCode.LIFT_SUSPENSION, SAFETY),)
PUBLISH: Final = (Remedy(RemedyCode.PUBLISH_ASSESSMENT, f"{STATUTE}#28-1"),)
ASK_PERSON: Final = (Remedy(RemedyCode.OBTAIN_CONSENT), Remedy(RemedyCode.PAPER))
INSIDE: Final = (Remedy(RemedyCode.SAME_GOVERNMENT, SAME_GOVERNMENT),)
CORRECT: Final = (Remedy(RemedyCode.CORRECT_QUESTION),)

# Looking a member up on its enumeration costs more than the whole comparison, so the members that every question meets are bound here.
REGISTERED: Final = Standing.REGISTERED
PUBLISHED: Final = Assessment.PUBLISHED
EXEMPT: Final = Assessment.EXEMPT
GIVEN: Final = Consent.GIVEN

IN_ORDER: Final = Facts(REGISTERED, REGISTERED, PUBLISHED, PUBLISHED, Consent.NOT_GIVEN)
"""The facts that a mesh hands in most often: one comparison with them spares the test for each."""

INQUIRER_STANDING: Final = {
    Standing.UNREGISTERED: Ground(GroundCode.INQUIRER_NOT_REGISTERED, PARTIES, (), REGISTER),
    Standing.SUSPENDED: Ground(GroundCode.INQUIRER_SUSPENDED, SAFETY, (), LIFT),
}
PROVIDER_STANDING: Final = {
    Standing.UNREGISTERED: Ground(GroundCode.PROVIDER_NOT_REGISTERED, PARTIES, (), REGISTER),
    Standing.SUSPENDED: Ground(GroundCode.PROVIDER_SUSPENDED, SAFETY, (), LIFT),
}
INQUIRER_CAPACITY: Final = Ground(GroundCode.INQUIRER_WITHOUT_CAPACITY, PARTIES, (), REGISTER)
PROVIDER_CAPACITY: Final = Ground(GroundCode.PROVIDER_WITHOUT_CAPACITY, PARTIES, (), REGISTER)


def facts_in_order(facts: Facts) -> bool:
    """True where none of the checks below can find a ground in the facts against a question about a row: one test in place of each of theirs."""
    return (
        facts.inquirer_standing is REGISTERED
        and facts.provider_standing is REGISTERED
        and facts.inquirer_assessment is PUBLISHED
        and facts.provider_assessment is PUBLISHED
        and not facts.consent_affairs
    )


def check_standing(question: Question, facts: Facts, grounds: list[Ground]) -> None:
    """Both parties registered, not suspended, with a capacity on the day, and two institutions, not one."""
    inquirer, provider = question.inquirer, question.provider
    if facts.inquirer_standing is not REGISTERED:
        grounds.append(INQUIRER_STANDING[facts.inquirer_standing])
    elif not inquirer.capacities:
        grounds.append(INQUIRER_CAPACITY)
    if facts.provider_standing is not REGISTERED:
        grounds.append(PROVIDER_STANDING[facts.provider_standing])
    elif not provider.capacities:
        grounds.append(PROVIDER_CAPACITY)
    if inquirer.institution and inquirer.institution == provider.institution:
        grounds.append(Ground(GroundCode.SAME_INSTITUTION, SAME_GOVERNMENT, (inquirer.institution,), INSIDE))


def check_assessments(facts: Facts, grounds: list[Ground]) -> None:
    """Art. 28(6): no request and no provision while the assessment of the file is not published as it must be."""
    inquirer, provider = facts.inquirer_assessment, facts.provider_assessment
    if inquirer is not PUBLISHED and inquirer is not EXEMPT:
        grounds.append(Ground(GroundCode.INQUIRER_ASSESSMENT, ASSESSED, (inquirer.value,), PUBLISH))
    if provider is not PUBLISHED and provider is not EXEMPT:
        grounds.append(Ground(GroundCode.PROVIDER_ASSESSMENT, ASSESSED, (provider.value,), PUBLISH))


def check_conditions(question: Question, row: RowIndex | None, facts: Facts, grounds: list[Ground]) -> None:
    """Consent where a notice designates the affair for tax information; a period, where one is asked for, of at least one day."""
    if facts.consent_affairs and row is not None and facts.consent is not GIVEN and _needs_consent(question, row, facts):
        grounds.append(Ground(GroundCode.CONSENT_MISSING, TAX_SECRECY, (TAX,), ASK_PERSON))
    elif row is None and isinstance(question.affair, OrdinanceRef):
        check_ordinance_consent(question, facts, grounds)
    period = question.period
    if period is not None and period.until <= period.effective_on:
        about = (period.effective_on.isoformat(), period.until.isoformat())
        grounds.append(Ground(GroundCode.PERIOD_EMPTY, f"{STATUTE}#22-1", about, CORRECT))


def _needs_consent(question: Question, row: RowIndex, facts: Facts) -> bool:
    return TAX in question.items and row.row.citation in facts.consent_affairs


def conditions_of(question: Question, row: RowIndex | None, facts: Facts) -> tuple[Condition, ...]:
    """What a permit holds under beside the subjects of the 号."""
    found: list[Condition] = []
    if TAX in question.items:
        agreed = row is None or _needs_consent(question, row, facts)
        found.append(Condition("consent-given", TAX_SECRECY, (TAX,)) if agreed else TAX_SECRET)
    if facts.inquirer_assessment is EXEMPT:
        found.append(Condition("assessment-exempt", ASSESSED, ("inquirer",)))
    if facts.provider_assessment is EXEMPT:
        found.append(Condition("assessment-exempt", ASSESSED, ("provider",)))
    if question.period is not None:
        found.append(Condition("period", f"{STATUTE}#22-1", (question.period.effective_on.isoformat(), question.period.until.isoformat())))
    if row is not None and row.proposal:
        found.append(Condition("proposal", row.row.citation))
    return tuple(found)
