"""The one door to the other kinds: a closed union of questions, a closed union of verdicts, none of which the network takes."""

from datetime import date
from typing import assert_never

from enishi.law.ordinance.form import Ordinance
from enishi.law.other.contractor import ContractorQuestion, Entrusted, decide_contractor
from enishi.law.other.emergency import Emergency, EmergencyQuestion, decide_emergency
from enishi.law.other.kinds import NotOpen
from enishi.law.other.proposal import ProposalQuestion, Proposed, decide_proposal
from enishi.law.other.related_affair import RelatedAffair, RelatedAffairQuestion, decide_related_affair
from enishi.law.other.resident_register import IdentityInformation, IdentityInformationQuestion, decide_identity_information
from enishi.law.other.same_government import SameGovernment, SameGovernmentQuestion, decide_same_government
from enishi.law.other.self_disclosure import SelfDisclosure, SelfDisclosureQuestion, decide_self_disclosure
from enishi.law.tables import Tables

OtherQuestion = (
    SameGovernmentQuestion
    | EmergencyQuestion
    | IdentityInformationQuestion
    | SelfDisclosureQuestion
    | RelatedAffairQuestion
    | ContractorQuestion
    | ProposalQuestion
)
OtherVerdict = SameGovernment | Emergency | IdentityInformation | SelfDisclosure | RelatedAffair | Entrusted | Proposed | NotOpen


def answer(question: OtherQuestion, tables: Tables, ordinances: tuple[Ordinance, ...], on: date) -> OtherVerdict:
    """Answer a question of any other kind as of a day; total, raises nothing."""
    match question:
        case SameGovernmentQuestion():
            return decide_same_government(question, ordinances, on)
        case EmergencyQuestion():
            return decide_emergency(question, on)
        case IdentityInformationQuestion():
            return decide_identity_information(question, on)
        case SelfDisclosureQuestion():
            return decide_self_disclosure(question, on)
        case RelatedAffairQuestion():
            return decide_related_affair(question, tables, on)
        case ContractorQuestion():
            return decide_contractor(question, on)
        case ProposalQuestion():
            return decide_proposal(question, tables, on)
        case _:
            assert_never(question)
