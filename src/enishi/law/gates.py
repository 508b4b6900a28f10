"""Steps 1, 4 and 5: standing, assessments, consent and period; and the conditions that a permit carries because of them."""

from typing import Final

from enishi.law.eras import STATUTE
from enishi.law.index import RowIndex
from enishi.law.question import Assessment, Consent, Facts, Question, Standing
from enishi.law.verdict import Condition, Ground, GroundCode, Remedy, RemedyCode

TAX: Final = "地方税関係情報"
TAX_SECRECY: Final = "325AC0000000226#22"
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

PASSED: Final = (Assessment.PUBLISHED, Assessment.EXEMPT)


def check_standing(question: Question, facts: Facts, grounds: list[Ground]) -> None:
    """Both parties registered, not suspended, with a capacity on the day, and two institutions, not one."""
    if facts.inquirer_standing is not Standing.REGISTERED:
        grounds.append(_standing(facts.inquirer_standing, GroundCode.INQUIRER_SUSPENDED, GroundCode.INQUIRER_NOT_REGISTERED))
    elif not question.inquirer.capacities:
        grounds.append(Ground(GroundCode.INQUIRER_WITHOUT_CAPACITY, PARTIES, (), REGISTER))
    if facts.provider_standing is not Standing.REGISTERED:
        grounds.append(_standing(facts.provider_standing, GroundCode.PROVIDER_SUSPENDED, GroundCode.PROVIDER_NOT_REGISTERED))
    elif not question.provider.capacities:
        grounds.append(Ground(GroundCode.PROVIDER_WITHOUT_CAPACITY, PARTIES, (), REGISTER))
    if question.inquirer.institution and question.inquirer.institution == question.provider.institution:
        grounds.append(Ground(GroundCode.SAME_INSTITUTION, SAME_GOVERNMENT, (question.inquirer.institution,), INSIDE))


def _standing(standing: Standing, suspended: GroundCode, unregistered: GroundCode) -> Ground:
    if standing is Standing.SUSPENDED:
        return Ground(suspended, SAFETY, (), LIFT)
    return Ground(unregistered, PARTIES, (), REGISTER)


def check_assessments(facts: Facts, grounds: list[Ground]) -> None:
    """Art. 28(6): no request and no provision while the assessment of the file is not published as it must be."""
    if facts.inquirer_assessment not in PASSED:
        grounds.append(Ground(GroundCode.INQUIRER_ASSESSMENT, ASSESSED, (facts.inquirer_assessment,), PUBLISH))
    if facts.provider_assessment not in PASSED:
        grounds.append(Ground(GroundCode.PROVIDER_ASSESSMENT, ASSESSED, (facts.provider_assessment,), PUBLISH))


def check_consent(question: Question, row: RowIndex | None, facts: Facts, grounds: list[Ground]) -> None:
    """Tax information for an affair that a notice designates goes only with the person's consent."""
    if facts.consent_affairs and row is not None and _needs_consent(question, row, facts) and facts.consent is not Consent.GIVEN:
        grounds.append(Ground(GroundCode.CONSENT_MISSING, TAX_SECRECY, (TAX,), ASK_PERSON))


def _needs_consent(question: Question, row: RowIndex, facts: Facts) -> bool:
    return TAX in question.items and row.row.citation in facts.consent_affairs


def check_period(question: Question, grounds: list[Ground]) -> None:
    """A period, where one is asked for, has at least one day."""
    period = question.period
    if period is not None and period.until <= period.effective_on:
        about = (period.effective_on.isoformat(), period.until.isoformat())
        grounds.append(Ground(GroundCode.PERIOD_EMPTY, f"{STATUTE}#22-1", about, CORRECT))


def conditions_of(question: Question, row: RowIndex, facts: Facts) -> tuple[Condition, ...]:
    """What a permit holds under beside the subjects of the 号."""
    found: list[Condition] = []
    if TAX in question.items:
        found.append(Condition("consent-given" if _needs_consent(question, row, facts) else "tax-secrecy", TAX_SECRECY, (TAX,)))
    if facts.inquirer_assessment is Assessment.EXEMPT:
        found.append(Condition("assessment-exempt", ASSESSED, ("inquirer",)))
    if facts.provider_assessment is Assessment.EXEMPT:
        found.append(Condition("assessment-exempt", ASSESSED, ("provider",)))
    if question.period is not None:
        found.append(Condition("period", f"{STATUTE}#22-1", (question.period.effective_on.isoformat(), question.period.until.isoformat())))
    if row.proposal:
        found.append(Condition("proposal", row.row.citation))
    return tuple(found)
