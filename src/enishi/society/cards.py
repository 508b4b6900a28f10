"""Who holds a card: the list from which the software card's maker issues, with the PIN that the holder chose."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, Literal

import msgspec

from enishi.number import IndividualNumber
from enishi.society.draws import keyed, shuffled
from enishi.society.people import Household, Place
from enishi.society.places import MUNICIPALITIES

CardState = Literal["", "suspended", "locked", "expired", "moved"]
"""How a card stands: in order, reported lost, locked by wrong PINs, past its last day, or of somebody who has moved since."""
NO_STATE: Final[CardState] = ""
"""How nearly every card stands."""
_STATES: Final[dict[tuple[str, Place], CardState]] = {
    ("loan", Place.SPOUSE): "suspended",
    ("kerosene", Place.HEAD): "locked",
    ("delegated_city", Place.SPOUSE): "expired",
    ("newcomers", Place.SPOUSE): "moved",
}
"""Whose card cannot do everything: of scripted households those members on whom no case hangs, so that every society shows each kind."""


class CardHolder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A card as it is applied for: the four basic items, the number it will stand for, and the four digits of the PIN."""

    card: str
    name: str
    name_kana: str
    address: str
    born_on: date
    gender: str
    pin: str
    password: str
    """For the signature key: 6 to 16 capital letters and digits."""
    role: str
    state: CardState
    individual_number: IndividualNumber


def card_holders(households: Iterable[Household], seed: int) -> Iterator[CardHolder]:
    """Every living person with a card, in the order of the households, so that the story's people come first."""
    for household in households:
        for person in household.living:
            if person.has_card and person.individual_number is not None and household.home.municipality:
                place = MUNICIPALITIES[household.home.municipality]
                yield CardHolder(
                    card=card_id(person.ordinal, seed),
                    name=person.name.whole,
                    name_kana=person.name.kana,
                    address=f"{place.ja}{household.home.address}",
                    born_on=person.born_on,
                    gender=person.gender.value,
                    pin=pin(person.ordinal, seed),
                    password=f"K{keyed(seed, 'password', str(person.ordinal)) % 10**7:07d}",
                    role=household.role,
                    state=_STATES.get((household.role, person.place), NO_STATE),
                    individual_number=person.individual_number,
                )


def card_id(ordinal: int, seed: int) -> str:
    """The card's serial as printed on it, `card-` and ten digits; says nothing about the number."""
    return f"card-{shuffled(seed, 'card', ordinal, 100_000, 100_000):010d}"


def pin(ordinal: int, seed: int) -> str:
    """The four digits that the holder chose for the authentication key."""
    return f"{keyed(seed, 'pin', str(ordinal)) % 10_000:04d}"
