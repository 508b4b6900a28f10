"""Who holds what: each institution's own people under its own numbers, with the copies of the items that law puts there."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Final

import msgspec

from enishi.items import ITEMS
from enishi.number import IndividualNumber
from enishi.protocol.nondisclosure import HARM
from enishi.society import documents as write
from enishi.society import registers
from enishi.society.draws import keyed, shuffled
from enishi.society.money import FISCAL_YEARS, local_tax
from enishi.society.people import SOCIETY_DAY, Household, Person, Residence, Trait
from enishi.society.places import MUNICIPALITIES, certificate_office, welfare_office
from enishi.terms import AddresseeNumber

KOIKI: Final = "koiki-hokkaido"
"""後期高齢者医療広域連合 of 北海道; the other prefectures' are not in the demo."""
UNNUMBERED: Final = frozenset({"moj", "isa", "mlit", "police-hokkaido"})
"""Who holds people without their number: no law lets them have it, or none on the society's day."""


class Response(StrEnum):
    """Whether the gateway answers for a person by itself, or an official looks first (自動応答不可)."""

    AUTOMATIC = "automatic"
    REVIEW = "review"


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mark of non-disclosure with its ground, lawful until a day (that day excluded)."""

    ground: str
    until: date


class HeldPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person at one institution. `copies` are JSON documents by item and period: the fiscal year, or "" where the item has none."""

    addressee_number: AddresseeNumber
    individual_number: IndividualNumber | None
    acquisition_number: str | None
    """取得番号 (64 hexadecimal digits) where the institution may not know the number: 法務省, Art. 21-2."""
    name: str | None
    name_kana: str | None
    copies: dict[str, dict[str, bytes]]
    nondisclosure: Mark | None
    response: Response


Build = Callable[[], write.Document | None]
Copy = tuple[str, str, str, Build]
"""Institution, item, period, and how to write the document; "" as item says that the person is known there without one."""


def holdings(institution_id: str, households: Iterable[Household], seed: int) -> Iterator[HeldPerson]:
    """What one institution of the demo holds about these households, in their order; nothing where it holds nobody."""
    for household in households:
        for person in household.members:
            mine = [(item, period, build) for holder, item, period, build in _copies(person, household) if holder == institution_id]
            if held := _held(institution_id, person, household, mine, seed):
                yield held


def all_holdings(households: Iterable[Household], seed: int) -> Iterator[tuple[str, HeldPerson]]:
    """The same for every institution in one pass over the households: pairs of institution and person, the person's institutions together."""
    for household in households:
        for person in household.members:
            kept: dict[str, list[tuple[str, str, Build]]] = {}
            for holder, item, period, build in _copies(person, household):
                kept.setdefault(holder, []).append((item, period, build))
            for holder, copies in kept.items():
                if held := _held(holder, person, household, copies, seed):
                    yield holder, held


def addressee_number(institution_id: str, ordinal: int, seed: int) -> AddresseeNumber:
    """The person's 団体内統合宛名番号 at one institution: ten digits that differ from institution to institution."""
    return AddresseeNumber(f"{shuffled(seed, 'addressee ' + institution_id, ordinal, 100_000, 100_000):010d}")


def acquisition_number(ordinal: int, seed: int) -> str:
    """The person's one-use 取得番号 for 法務省, 64 hexadecimal digits."""
    return f"{keyed(seed, 'acquisition', str(ordinal)):032x}{keyed(seed, 'acquisition more', str(ordinal)):032x}"


def _held(institution_id: str, person: Person, household: Household, found: list[tuple[str, str, Build]], seed: int) -> HeldPerson | None:
    """The person as held there, None where no document came about and nothing else makes the person known to the institution."""
    copies = _written(found)
    if not copies and all(item for item, _, _ in found):
        return None
    numbered = institution_id not in UNNUMBERED
    protected = Trait.DV_PROTECTED in household.traits and institution_id.isdigit()
    foreseen = person.individual_number is not None and institution_id == "moj"
    return HeldPerson(
        addressee_number=addressee_number(institution_id, person.ordinal, seed),
        individual_number=person.individual_number if numbered else None,
        acquisition_number=acquisition_number(person.ordinal, seed) if foreseen else None,
        name=person.name.whole,
        name_kana=person.name.kana,
        copies={item: copies[item] for item in ITEMS if item in copies},
        nondisclosure=Mark(HARM, _protected_until(household)) if protected else None,
        response=Response.REVIEW if protected else Response.AUTOMATIC,
    )


def _written(found: Iterable[tuple[str, str, Build]]) -> dict[str, dict[str, bytes]]:
    copies: dict[str, dict[str, bytes]] = {}
    for item, period, build in found:
        document = build() if item else None
        if document is not None:
            copies.setdefault(item, {})[period] = msgspec.json.encode(document)
    return copies


def _protected_until(household: Household) -> date:
    """The eighteenth birthday of the youngest child, until when the other parent could act as 法定代理人."""
    born = max(person.born_on for person in household.members)
    return date(max(born.year + 18, SOCIETY_DAY.year + 1), born.month, min(born.day, 28))


def _copies(person: Person, household: Household) -> Iterator[Copy]:
    yield from _by_register(person, household)
    yield from _by_residence(person, household)
    if household.home.municipality and person.died_on is None:
        yield from _by_home(person, household, household.home.municipality)
        yield from _by_insurer(person, household)
        yield from _by_vehicle(person, household, household.home.municipality)
    yield from _by_year(person, household)


def _by_register(person: Person, household: Household) -> Iterator[Copy]:
    if person.nationality == "JP":
        yield ("moj", "koseki", "", partial(write.koseki, person))
    elif household.home.municipality:
        yield ("isa", "residence_status", "", partial(registers.residence_status, person))
    if person.account is not None:
        yield ("digital", "account", "", partial(write.account, person))


def _by_residence(person: Person, household: Household) -> Iterator[Copy]:
    """住民票 at the present home and, as 除票, at each former one since numbers were given."""
    for home, until in _stays(household):
        lived = person.born_on < (until or SOCIETY_DAY) and (person.died_on is None or person.died_on >= home.since)
        if home.municipality and lived and person.individual_number is not None:
            # Who died there did not move out with the others.
            moved = None if person.died_on and until and person.died_on < until else until
            yield (home.municipality, "jumin", "", partial(write.jumin, person, household, home, moved))


def _stays(household: Household) -> Iterator[tuple[Residence, date | None]]:
    ends = [home.since for home in household.residences[1:]]
    return zip(household.residences, [*ends, None], strict=True)


def _by_home(person: Person, household: Household, municipality: str) -> Iterator[Copy]:
    office = welfare_office(municipality)
    if Trait.WELFARE in household.traits:
        yield (office, "welfare", "", partial(write.welfare, household))
    if person.disability is not None:
        yield (certificate_office(municipality, person.disability.kind), "disability", "", partial(write.disability, person))
    if person.care_level:
        yield (municipality, "care_insurance", "", partial(write.care_insurance, person))
    if person.left_work_on is not None:
        yield ("mhlw", "unemployment", "", partial(write.unemployment, person))
    if Trait.NURSERY_TEACHER in person.traits:
        # The prefecture registers her as 保育士 and asks for her family register (row 12).
        yield (MUNICIPALITIES[municipality].prefecture, "", "", _nothing)


def _by_vehicle(person: Person, household: Household, municipality: str) -> Iterator[Copy]:
    """Registers that no row of the order opens; the procedures that need them say so."""
    yield ("mlit", "vehicle", "", partial(registers.vehicle, person, household))
    if MUNICIPALITIES[municipality].prefecture == "010006":
        yield ("police-hokkaido", "driving_license", "", partial(registers.driving_license, person))
    if person.individual_number is not None:
        yield (municipality, "pregnancy", "", partial(registers.pregnancy, person))
        yield (municipality, "child_checkup", "", partial(registers.child_checkup, person))


def _by_insurer(person: Person, household: Household) -> Iterator[Copy]:
    home = household.home.municipality
    insurer = {"employees": "kyokai-kenpo", "national": home}.get(write.scheme(person, household), "")
    if write.scheme(person, household) == "latter_stage" and MUNICIPALITIES[home].prefecture == "010006":
        insurer = KOIKI
    if insurer:
        yield (insurer, "health_insurance", "", partial(write.health_insurance, person, household, insurer))


def _by_year(person: Person, household: Household) -> Iterator[Copy]:
    if person.individual_number is not None and person.age_on(SOCIETY_DAY) >= 20:
        yield ("nenkin", "", "", _nothing)
    for year in FISCAL_YEARS:
        taxed = household.residence_on(date(year, 1, 1))
        if taxed is not None and taxed.municipality:
            yield (taxed.municipality, "local_tax", str(year), partial(local_tax, person, household, year))
        yield ("nenkin", "pension", str(year), partial(write.pension, person, year))
        yield from _by_autumn(person, household, year)


def _by_autumn(person: Person, household: Household, year: int) -> Iterator[Copy]:
    """Allowances for children, held where the family lived in the autumn of the fiscal year."""
    home = household.residence_on(date(year, 10, 1))
    if home is not None and home.municipality:
        yield (home.municipality, "schooling", str(year), partial(registers.schooling, person, year))
        yield (home.municipality, "child_allowance", str(year), partial(write.child_allowance, person, household, year))
        yield (
            welfare_office(home.municipality),
            "child_support_allowance",
            str(year),
            partial(write.child_support_allowance, person, household, year),
        )


def _nothing() -> None:
    return None
