"""People outside the story who could stand for anybody: the commission draws its canary persons (docs/glossary.md) from among them."""

from collections.abc import Iterator

import msgspec

from enishi.society.build import generate
from enishi.society.institutions import institutions
from enishi.society.people import Household, Person, Trait
from enishi.society.story import Figure, figure


class Bystander(msgspec.Struct, frozen=True):
    """One living person with a card, a family register and a home whose municipality has a gateway."""

    household: Household
    person: Person

    @property
    def home(self) -> str:
        """The municipality where the person lives."""
        return self.household.home.municipality

    def figure(self, seed: int) -> Figure:
        """The person by the numbers that each institution knows it by."""
        return figure(self.household, self.person, "survivor", seed)


def bystanders(seed: int, residents: int) -> Iterator[Bystander]:
    """All of them, in the order of the households; nobody from the story, and nobody whose records are withheld."""
    hosted = {one.id for one in institutions() if one.platform}
    for household in generate(seed, residents):
        if household.role or Trait.DV_PROTECTED in household.traits or household.home.municipality not in hosted:
            continue
        for person in household.living:
            if person.has_card and person.individual_number is not None and person.nationality == "JP":
                yield Bystander(household, person)
