"""A synthetic country: households, what institutions hold about them, and the tour's story, all from one seed and all in agreement.

*Holds:* no real person; every name, number, address and sum is made up. Facts of a person are made once and every institution's copies follow from
them, so what one holds is never at odds with another.
*Never sees:* the running mesh; its people enter through the institutions' own doors at set-up.
"""

from enishi.society.build import MAX_RESIDENTS, generate
from enishi.society.bystanders import Bystander, bystanders
from enishi.society.cards import CardHolder, card_holders
from enishi.society.holdings import HeldPerson, Mark, Response, all_holdings, holdings
from enishi.society.institutions import InstitutionSeed, institution, institutions, ordinances
from enishi.society.people import SOCIETY_DAY, Household, Person
from enishi.society.register import Registration, registrations
from enishi.society.story import Condolence, Figure, Loan, Story, story

__all__ = [
    "MAX_RESIDENTS",
    "SOCIETY_DAY",
    "Bystander",
    "CardHolder",
    "Condolence",
    "Figure",
    "HeldPerson",
    "Household",
    "InstitutionSeed",
    "Loan",
    "Mark",
    "Person",
    "Registration",
    "Response",
    "Story",
    "all_holdings",
    "bystanders",
    "card_holders",
    "generate",
    "holdings",
    "institution",
    "institutions",
    "ordinances",
    "registrations",
    "story",
]
