"""From plans to people: names, numbers, relatives, work, money, insurance, cards and accounts, all from one stream of draws."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any, Final

import msgspec

from enishi.errors import Malformed
from enishi.number import IndividualNumber, individual_number
from enishi.society.cast import CAST
from enishi.society.draws import Draws, shuffled
from enishi.society.money import basic_pension, draw_salaries
from enishi.society.people import (
    SOCIETY_DAY,
    Account,
    Disability,
    Gender,
    Household,
    Name,
    Person,
    Place,
    Relative,
    Residence,
    Trait,
    Work,
)
from enishi.society.plan import Member, Plan, random_plan, single_plan

MAX_RESIDENTS: Final = 10_000_000
PLACES: Final = 16
"""Ordinals set aside for each household."""
_CARE_LEVELS: Final = (("support1", 14), ("support2", 14), ("care1", 21), ("care2", 17), ("care3", 13), ("care4", 13), ("care5", 8))


def generate(seed: int, residents: int) -> Iterator[Household]:
    """Stream households until exactly `residents` living people stand; the same seed gives the same people. Malformed("society-seed-wrong")."""
    if not (0 <= seed < 2**63 and 1 <= residents <= MAX_RESIDENTS):
        raise Malformed("society-seed-wrong", f"seed {seed}, residents {residents}", "residents")
    return _stream(seed, residents)


def _stream(seed: int, residents: int) -> Iterator[Household]:
    left = residents
    for ordinal in count():
        if left == 0:
            return
        draws = Draws(seed, "household", str(ordinal))
        plan = CAST[ordinal] if ordinal < len(CAST) else random_plan(draws)
        if not 0 < plan.living <= left:
            plan = single_plan(draws)
        left -= plan.living
        yield build(seed, ordinal, plan, draws)


def build(seed: int, ordinal: int, plan: Plan, draws: Draws) -> Household:
    """The household that a plan describes, its gaps filled by the draws."""
    residences = tuple(Residence(code, _address(draws) if code else "", since) for code, since in plan.homes)
    relatives = _relatives(plan, draws)
    married_on = plan.married_on or _wedding(plan, draws)
    domicile = f"{draws.one(_names()['streets'])}{draws.between(1, 300)}番地"
    absent = _absent_parents(plan, relatives, draws)
    covered = any(member.work is Work.EMPLOYEE for member in plan.members) and draws.chance(0.75)
    members = tuple(
        _person(seed, ordinal * PLACES + i, plan, member, _Family(i, relatives, absent, married_on, domicile, covered), draws)
        for i, member in enumerate(plan.members)
    )
    return Household(ordinal=ordinal, role=plan.role, members=members, residences=residences, traits=plan.traits)


class _Family(msgspec.Struct, frozen=True):
    """What a member shares with the household while being built."""

    index: int
    relatives: tuple[Relative, ...]
    absent: dict[Gender, Relative]
    """The children's father and mother, should one of them live elsewhere."""
    married_on: date | None
    domicile: str
    covered: bool


def _person(seed: int, ordinal: int, plan: Plan, member: Member, family: _Family, draws: Draws) -> Person:
    self = family.relatives[family.index]
    couple = member.place in (Place.HEAD, Place.SPOUSE)
    traits = plan.traits | member.traits
    age = SOCIETY_DAY.year - member.born_on.year
    worked = draws.chance(0.6)
    return Person(
        ordinal=ordinal,
        place=member.place,
        name=self.name,
        gender=member.gender,
        born_on=member.born_on,
        died_on=member.died_on,
        nationality=plan.nationality,
        individual_number=None if Trait.ABROAD_WITHOUT_NUMBER in plan.traits else _number(seed, ordinal),
        domicile=family.domicile,
        married_on=family.married_on if couple else None,
        spouse=_spouse(plan, family) if couple else None,
        parents=_parents(plan, member, family, draws),
        children=_children(plan, member, family),
        work=member.work,
        salaries=draw_salaries(draws, member, plan),
        old_age_basic=basic_pension(draws) if age >= 65 and plan.nationality == "JP" else 0,
        old_age_employees=draws.between(30, 160) * 10_000 if age >= 65 and worked and Trait.WELFARE not in traits else 0,
        covered=family.covered and (member.work is Work.EMPLOYEE or member.work in (Work.NONE, Work.PART_TIME)) and age < 75,
        disability=_disability(draws, member, traits),
        account=_account(draws, traits, age),
        care_level=draws.weighted(_CARE_LEVELS) if member.died_on is None and draws.chance(_care_share(age)) else "",
        left_work_on=draws.day(date(2024, 5, 1), date(2025, 1, 31)) if 20 <= age < 65 and member.work is Work.NONE and draws.chance(0.3) else None,
        has_card=_has_card(draws, traits, member),
        traits=traits,
    )


@cache
def _names() -> dict[str, Any]:
    return dict(msgspec.json.decode((files("enishi.society") / "data" / "names.json").read_bytes(), type=dict[str, Any]))


def _number(seed: int, ordinal: int) -> IndividualNumber:
    return individual_number(f"{shuffled(seed, 'individual-number', ordinal, 1_000_000, 100_000):011d}")


def _address(draws: Draws) -> str:
    return f"{draws.one(_names()['streets'])}{draws.between(1, 6)}丁目{draws.between(1, 40)}番{draws.between(1, 30)}号"


def _draw_name(draws: Draws, gender: Gender, nationality: str, family: tuple[str, str] | None) -> Name:
    lists = _names() if nationality == "JP" else _names()["foreign"][nationality]
    family_name, family_kana = family or draws.one(lists["family"])
    given, given_kana = draws.one(lists[gender.value])
    return Name(family_name, given, family_kana, given_kana)


def _relatives(plan: Plan, draws: Draws) -> tuple[Relative, ...]:
    """The members as a register names them; all Japanese members share the head's family name, and no two a given name."""
    shared: tuple[str, str] | None = None
    found: list[Relative] = []
    taken: set[str] = set()
    for member in plan.members:
        name = _draw_name(draws, member.gender, plan.nationality, shared)
        for _ in range(8):
            if name.given not in taken:
                break
            name = _draw_name(draws, member.gender, plan.nationality, shared)
        shared = shared or (name.family, name.family_kana)
        taken.add(name.given)
        found.append(Relative(name, member.gender, member.born_on, member.died_on))
    return tuple(found)


def _wedding(plan: Plan, draws: Draws) -> date | None:
    couple = [member for member in plan.members if member.place in (Place.HEAD, Place.SPOUSE)]
    if len(couple) < 2:
        return None
    grown = date(max(member.born_on for member in couple).year + 20, 1, 5)
    births = [member.born_on for member in plan.members if member.place is Place.CHILD]
    deaths = [member.died_on for member in couple if member.died_on]
    latest = min([*births, *deaths, date(2025, 1, 31)])
    # The wedding precedes the first birth, and nobody marries under twenty here.
    return draws.day(grown, max(grown, latest - timedelta(days=300)))


def _place_of(plan: Plan, family: _Family, *places: Place) -> Iterator[Relative]:
    return (one for member, one in zip(plan.members, family.relatives, strict=True) if member.place in places)


def _spouse(plan: Plan, family: _Family) -> Relative | None:
    me = family.relatives[family.index]
    return next((one for one in _place_of(plan, family, Place.HEAD, Place.SPOUSE) if one is not me), None)


def _parents(plan: Plan, member: Member, family: _Family, draws: Draws) -> tuple[Relative, ...]:
    if member.place is Place.CHILD:
        known = family.absent | {one.gender: one for one in _place_of(plan, family, Place.HEAD, Place.SPOUSE)}
    else:
        present = _place_of(plan, family, *((Place.PARENT,) if member.place is Place.HEAD else ()))
        known = _drawn_parents(plan, member.born_on, family.relatives[family.index].name, draws) | {one.gender: one for one in present}
    return tuple(known[gender] for gender in Gender)


def _absent_parents(plan: Plan, relatives: tuple[Relative, ...], draws: Draws) -> dict[Gender, Relative]:
    births = [member.born_on for member in plan.members if member.place is Place.CHILD]
    return _drawn_parents(plan, min(births), relatives[0].name, draws) if births else {}


def _drawn_parents(plan: Plan, born_on: date, name: Name, draws: Draws) -> dict[Gender, Relative]:
    """Parents outside the household: the family name is the person's, as the register had it at birth."""
    return {gender: _elder(draws, born_on, plan.nationality, gender, (name.family, name.family_kana)) for gender in Gender}


def _elder(draws: Draws, child_born_on: date, nationality: str, gender: Gender, family: tuple[str, str]) -> Relative:
    born = draws.day(date(child_born_on.year - 38, 1, 1), date(child_born_on.year - 21, 12, 28))
    dies = draws.chance((SOCIETY_DAY.year - born.year - 60) / 45)
    died = draws.day(date(min(2024, max(born.year + 60, child_born_on.year + 1)), 1, 1), date(2024, 12, 28)) if dies else None
    return Relative(_draw_name(draws, gender, nationality, family), gender, born, died)


def _children(plan: Plan, member: Member, family: _Family) -> tuple[Relative, ...]:
    if member.place is Place.PARENT:
        return tuple(_place_of(plan, family, Place.HEAD))
    return tuple(_place_of(plan, family, Place.CHILD)) if member.place in (Place.HEAD, Place.SPOUSE) else ()


def _disability(draws: Draws, member: Member, traits: frozenset[Trait]) -> Disability | None:
    drawn = draws.chance(0.04)
    if Trait.DISABLED not in traits and (not drawn or member.died_on is not None):
        return None
    first = max(date(2005, 4, 1), min(date(member.born_on.year + 3, 1, 5), date(2024, 12, 1)))
    kind = "physical" if Trait.DISABLED in traits else draws.weighted((("physical", 60), ("mental", 25), ("intellectual", 15)))
    grade = {"physical": str(draws.between(1, 6)), "mental": str(draws.between(1, 3)), "intellectual": draws.one(("A", "B"))}[kind]
    return Disability(kind, grade, draws.day(first, date(2024, 12, 20)))


def _account(draws: Draws, traits: frozenset[Trait], age: int) -> Account | None:
    drawn = draws.chance(0.6) and age >= 18
    if Trait.ABROAD_WITHOUT_NUMBER in traits or Trait.WITHOUT_ACCOUNT in traits or not (drawn or Trait.WITH_ACCOUNT in traits):
        return None
    return Account(f"{draws.between(1, 999):03d}", f"{draws.between(0, 9_999_999):07d}", draws.day(date(2022, 3, 28), date(2024, 12, 27)))


def _care_share(age: int) -> float:
    return 0.32 if age >= 75 else 0.04 if age >= 65 else 0.0


def _has_card(draws: Draws, traits: frozenset[Trait], member: Member) -> bool:
    drawn = draws.chance(0.78)
    if Trait.WITHOUT_CARD in traits or Trait.ABROAD_WITHOUT_NUMBER in traits or member.died_on is not None:
        return False
    return drawn or Trait.WITH_CARD in traits
