"""What the registrar is told at set-up about everybody who has a number."""

from collections.abc import Iterable, Iterator

import msgspec

from enishi.number import IndividualNumber
from enishi.society.cards import NO_STATE, CardState, card_holders
from enishi.society.holdings import acquisition_number
from enishi.society.people import Household


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person of the register: number, card ("" without one) and how it stands, and the 取得番号 by which 法務省 enrols ("" without a family
    register)."""

    individual_number: IndividualNumber
    card: str
    card_state: CardState
    acquisition_number: str


def registrations(households: Iterable[Household], seed: int) -> Iterator[Registration]:
    """Everybody with a number, the dead included, in the order of the households."""
    for household in households:
        cards = {holder.individual_number: holder for holder in card_holders((household,), seed)}
        for person in household.members:
            if person.individual_number is not None:
                japanese = person.nationality == "JP"
                acquisition = acquisition_number(person.ordinal, seed) if japanese else ""
                holder = cards.get(person.individual_number)
                card, state = (holder.card, holder.state) if holder else ("", NO_STATE)
                yield Registration(person.individual_number, card, state, acquisition)
