"""The tour's cast by the numbers that each institution knows them by."""

from datetime import date
from itertools import islice
from typing import Final

import msgspec

from enishi.errors import Malformed
from enishi.society.build import generate
from enishi.society.cards import card_id, pin
from enishi.society.cast import CAST, DISASTER, SAPPORO, TOMAKOMAI
from enishi.society.holdings import addressee_number, holdings
from enishi.society.institutions import institutions
from enishi.society.people import Household, Person
from enishi.terms import AddresseeNumber

SMALLEST: Final = 50
"""Residents from which every society holds the story."""
ROW: Final = "108"
"""Row of the order for 災害弔慰金, 災害障害見舞金 and 災害援護資金."""


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person of the story: the relation to the case, local numbers by institution, and the card ("" for none) with its PIN."""

    relation: str
    name: str
    name_kana: str
    born_on: date
    addressees: dict[str, AddresseeNumber]
    card: str
    pin: str


class Condolence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """災害弔慰金 (号 1): family register of the deceased and the survivors from 法務省, the recipient's account from デジタル庁."""

    inquirer: str
    register: str
    accounts: str
    died_on: date
    deceased: Figure
    survivors: tuple[Figure, ...]
    recipient: Figure


class Loan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """災害援護資金 (号 3): tax and 住民票 of an applicant whom another municipality taxed, because they moved after 1 January."""

    inquirer: str
    provider: str
    fiscal_year: str
    applicant: Figure


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The tour's cases. `unknown` has never been at the loan's provider; `protected` is answered there only after a human has looked."""

    row: str
    condolence: Condolence
    loan: Loan
    unknown: Figure
    protected: Figure
    reader: Figure
    """Whose card opens the record in the browser: the recipient of the condolence grant."""


def story(seed: int, residents: int) -> Story:
    """The story of a society; Malformed("society-too-small") under fifty residents."""
    if residents < SMALLEST:
        raise Malformed("society-too-small", f"{residents} residents", "residents")
    houses = {house.role: house for house in islice(generate(seed, residents), len(CAST))}
    deceased, spouse, *children = houses["condolence"].members
    recipient = figure(houses["condolence"], spouse, "recipient", seed)
    return Story(
        row=ROW,
        condolence=Condolence(
            inquirer=TOMAKOMAI,
            register="moj",
            accounts="digital",
            died_on=DISASTER,
            deceased=figure(houses["condolence"], deceased, "deceased", seed),
            survivors=tuple(figure(houses["condolence"], one, "survivor", seed) for one in (spouse, *children)),
            recipient=recipient,
        ),
        loan=Loan(inquirer=TOMAKOMAI, provider=SAPPORO, fiscal_year="2024", applicant=_head(houses["loan"], seed)),
        unknown=_head(houses["unknown"], seed),
        protected=_head(houses["protected"], seed),
        reader=recipient,
    )


def _head(house: Household, seed: int) -> Figure:
    return figure(house, house.members[0], "applicant", seed)


def figure(house: Household, person: Person, relation: str, seed: int) -> Figure:
    """A person by the numbers that each institution knows it by."""
    return Figure(
        relation=relation,
        name=person.name.whole,
        name_kana=person.name.kana,
        born_on=person.born_on,
        addressees=_addressees(house, person, seed),
        card=card_id(person.ordinal, seed) if person.has_card else "",
        pin=pin(person.ordinal, seed) if person.has_card else "",
    )


def _addressees(house: Household, person: Person, seed: int) -> dict[str, AddresseeNumber]:
    found = {}
    for one in institutions():
        number = addressee_number(one.id, person.ordinal, seed)
        if any(held.addressee_number == number for held in holdings(one.id, (house,), seed)):
            found[str(one.id)] = number
    return found
