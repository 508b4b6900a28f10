"""Plans of households: who belongs to it, how old, where and since when; the builder turns a plan into people."""

from datetime import date
from typing import Final

import msgspec

from enishi.society.draws import Draws
from enishi.society.people import ABROAD, SOCIETY_DAY, Gender, Place, Trait, Work
from enishi.society.places import MUNICIPALITIES

NONE: Final[frozenset[Trait]] = frozenset()
_HOMES: Final = tuple((place.code, place.weight) for place in MUNICIPALITIES.values())
_SHAPES: Final = (("single", 30), ("elder", 12), ("elder_couple", 14), ("couple", 12), ("family", 24), ("single_parent", 5), ("three_generations", 3))
_WORK: Final = ((Work.EMPLOYEE, 68), (Work.SELF_EMPLOYED, 14), (Work.PART_TIME, 12), (Work.NONE, 6))
_FOREIGN: Final = (("VN", 30), ("CN", 25), ("PH", 18), ("NP", 15), ("BR", 12))


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A planned member; `salary` 0 lets the builder draw one that fits the work."""

    place: Place
    gender: Gender
    born_on: date
    work: Work = Work.NONE
    salary: int = 0
    died_on: date | None = None
    traits: frozenset[Trait] = NONE


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A planned household; `homes` are (municipality, since) from the oldest on."""

    members: tuple[Member, ...]
    homes: tuple[tuple[str, date], ...]
    traits: frozenset[Trait] = NONE
    nationality: str = "JP"
    married_on: date | None = None
    role: str = ""

    @property
    def living(self) -> int:
        """How many of its members live on the society's day."""
        return sum(member.died_on is None for member in self.members)


def random_plan(draws: Draws) -> Plan:
    """A household as chance makes it, the rare and hard kinds included."""
    shape = draws.weighted(_SHAPES)
    nationality = draws.weighted(_FOREIGN) if shape in ("single", "couple", "family") and draws.chance(0.05) else "JP"
    traits = _household_traits(draws, shape, nationality)
    members = _SHAPES_TO_MEMBERS[shape](draws)
    if Trait.WELFARE in traits:
        members = tuple(msgspec.structs.replace(member, work=Work.NONE) for member in members)
    return Plan(members, _homes(draws, members, nationality, traits), traits, nationality)


def single_plan(draws: Draws) -> Plan:
    """Somebody who lives alone; fills up a society to its exact number."""
    members = _single(draws)
    return Plan(members, _homes(draws, members, "JP", NONE))


def _household_traits(draws: Draws, shape: str, nationality: str) -> frozenset[Trait]:
    traits = {Trait.SINGLE_PARENT} if shape == "single_parent" else set()
    if shape == "single_parent" and draws.chance(0.12):
        traits.add(Trait.DV_PROTECTED)
    elif draws.chance({"single": 0.02, "elder": 0.06, "elder_couple": 0.02, "single_parent": 0.08}.get(shape, 0.004)):
        traits.add(Trait.WELFARE)
    elif shape in ("single", "couple") and nationality == "JP" and draws.chance(0.01):
        traits.add(Trait.ABROAD_WITHOUT_NUMBER)
    return frozenset(traits)


def _homes(draws: Draws, members: tuple[Member, ...], nationality: str, traits: frozenset[Trait]) -> tuple[tuple[str, date], ...]:
    oldest = min(member.born_on for member in members)
    first = date(oldest.year + 1, 1, 2)
    settled = max(first, date(2016, 4, 1) if nationality != "JP" else date(1995, 4, 1))
    homes = [(draws.weighted(_HOMES), draws.day(settled, date(2021, 11, 30)))]
    if Trait.ABROAD_WITHOUT_NUMBER in traits:
        # Numbers were given from 2015-10-05 on, to residents only: who had left before has none.
        return ((homes[0][0], min(homes[0][1], date(2008, 3, 1))), (ABROAD, draws.day(date(2009, 1, 5), date(2015, 9, 30))))
    if Trait.DV_PROTECTED in traits or draws.chance(0.08):
        elsewhere = tuple((code, weight) for code, weight in _HOMES if code != homes[0][0])
        homes.append((draws.weighted(elsewhere), draws.day(date(2022, 4, 1), date(2025, 3, 28))))
    return tuple(homes)


def _born(draws: Draws, youngest: int, oldest: int) -> date:
    """A birthday of somebody between two ages (full years) on the society's day."""
    return draws.day(date(SOCIETY_DAY.year - oldest - 1, 4, 2), date(SOCIETY_DAY.year - youngest, 3, 31))


def _gender(draws: Draws) -> Gender:
    return Gender.FEMALE if draws.chance(0.5) else Gender.MALE


def _other(gender: Gender) -> Gender:
    return Gender.MALE if gender is Gender.FEMALE else Gender.FEMALE


def _single(draws: Draws) -> tuple[Member, ...]:
    return (Member(Place.HEAD, _gender(draws), _born(draws, 18, 64), draws.weighted(_WORK)),)


def _elder(draws: Draws) -> tuple[Member, ...]:
    head = Member(Place.HEAD, Gender.FEMALE if draws.chance(0.65) else Gender.MALE, _born(draws, 65, 97))
    if not draws.chance(0.45):
        return (head,)
    return (head, Member(Place.SPOUSE, _other(head.gender), _near(draws, head.born_on, 6), died_on=draws.day(date(2021, 1, 5), date(2025, 3, 20))))


def _elder_couple(draws: Draws) -> tuple[Member, ...]:
    head = Member(Place.HEAD, Gender.MALE, _born(draws, 66, 90))
    return (head, Member(Place.SPOUSE, Gender.FEMALE, _near(draws, head.born_on, 5)))


def _couple(draws: Draws) -> tuple[Member, ...]:
    head = Member(Place.HEAD, _gender(draws), _born(draws, 24, 64), draws.weighted(_WORK))
    return (head, Member(Place.SPOUSE, _other(head.gender), _near(draws, head.born_on, 5), draws.weighted(_WORK)))


def _family(draws: Draws) -> tuple[Member, ...]:
    head = Member(
        Place.HEAD,
        Gender.MALE if draws.chance(0.8) else Gender.FEMALE,
        _born(draws, 28, 52),
        Work.EMPLOYEE if draws.chance(0.8) else Work.SELF_EMPLOYED,
    )
    spouse = Member(Place.SPOUSE, _other(head.gender), _near(draws, head.born_on, 4), draws.weighted(_WORK))
    return (head, spouse, *_children(draws, max(head.born_on, spouse.born_on), draws.weighted(((1, 45), (2, 42), (3, 13)))))


def _single_parent(draws: Draws) -> tuple[Member, ...]:
    head = Member(Place.HEAD, Gender.FEMALE if draws.chance(0.87) else Gender.MALE, _born(draws, 24, 50), draws.weighted(_WORK))
    return (head, *_children(draws, head.born_on, draws.weighted(((1, 60), (2, 40)))))


def _three_generations(draws: Draws) -> tuple[Member, ...]:
    head, spouse, *children = _family(draws)
    born = draws.day(date(head.born_on.year - 34, 1, 1), date(head.born_on.year - 22, 12, 28))
    return (head, spouse, *children, Member(Place.PARENT, _gender(draws), born))


def _children(draws: Draws, younger_parent: date, count: int) -> tuple[Member, ...]:
    first = date(younger_parent.year + 20, 1, 1)
    earliest = max(first, date(SOCIETY_DAY.year - 21, 4, 2))
    births = sorted(draws.day(min(earliest, date(2024, 6, 1)), date(2025, 3, 15)) for _ in range(count))
    # Brothers and sisters are born at least a year apart; a birth too near the one before is left out.
    kept = [birth for place, birth in enumerate(births) if place == 0 or (birth - births[place - 1]).days > 330]
    return tuple(Member(Place.CHILD, _gender(draws), birth, _child_work(draws, birth)) for birth in kept)


def _child_work(draws: Draws, born_on: date) -> Work:
    return Work.PART_TIME if born_on.year < SOCIETY_DAY.year - 18 and draws.chance(0.5) else Work.NONE


def _near(draws: Draws, born_on: date, years: int) -> date:
    return draws.day(date(born_on.year - years, 1, 2), min(date(born_on.year + years, 12, 28), date(2006, 3, 31)))


_SHAPES_TO_MEMBERS: Final = {
    "single": _single,
    "elder": _elder,
    "elder_couple": _elder_couple,
    "couple": _couple,
    "family": _family,
    "single_parent": _single_parent,
    "three_generations": _three_generations,
}
