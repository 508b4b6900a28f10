"""The people: exact count, the same for a seed, numbers that hold, families that agree, every hard kind present."""

import os
import subprocess
import sys
from collections import Counter
from datetime import date
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi import society
from enishi.errors import Malformed
from enishi.number import parse_individual_number
from enishi.society.draws import shuffled
from enishi.society.people import Gender, Place, Trait

Households = tuple[society.Household, ...]
SEED = 7


@pytest.mark.parametrize("residents", [1, 2, 25, 26, 27, 50, 133])
def test_exactly_as_many_living_people_as_asked_for(residents: int) -> None:
    assert sum(len(house.living) for house in society.generate(3, residents)) == residents


IMAGE = """
import sys, msgspec
from enishi import society
from enishi.encoding import digest
houses = tuple(society.generate(int(sys.argv[1]), 60))
held = (msgspec.json.encode(one) for _, one in society.all_holdings(houses, int(sys.argv[1])))
print(digest("image", *held, *map(msgspec.json.encode, society.card_holders(houses, int(sys.argv[1])))).hex())
"""


def image(seed: int, hash_seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run([sys.executable, "-c", IMAGE, str(seed)], env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout


def test_same_seed_same_bytes_in_every_process_and_another_seed_other_people() -> None:
    assert image(SEED, "1") == image(SEED, "2")
    assert image(SEED, "1") != image(SEED + 1, "1")


def test_the_people_of_seed_one_are_these_for_good() -> None:
    first = next(society.generate(1, 50))
    assert [person.name.whole for person in first.members] == ["内田　勇", "内田　紬", "内田　由美子", "内田　颯"]
    assert first.members[0].individual_number == "153316090738"


def test_a_larger_society_begins_with_the_smaller_one() -> None:
    small, large = list(society.generate(SEED, 100)), list(society.generate(SEED, 300))
    assert large[: len(small) - 2] == small[:-2]


def test_ten_million_residents_are_a_stream() -> None:
    assert len(list(islice(society.generate(SEED, 10_000_000), 20))) == 20


@pytest.mark.parametrize(("seed", "residents"), [(-1, 10), (2**63, 10), (1, 0), (1, 10_000_001)])
def test_settings_that_make_no_society(seed: int, residents: int) -> None:
    with pytest.raises(Malformed, match="society-seed-wrong"):
        society.generate(seed, residents)


def test_numbers_have_true_check_digits_and_are_never_given_twice(households: Households) -> None:
    numbers = [person.individual_number for house in households for person in house.members if person.individual_number]
    assert [parse_individual_number(number) for number in numbers] == numbers
    assert len(set(numbers)) == len(numbers)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_shuffling_is_a_permutation(left: int, right: int, seed: int) -> None:
    assert sorted(shuffled(seed, "test", n, left, right) for n in range(left * right)) == list(range(left * right))


def test_families_agree(households: Households) -> None:
    for house in households:
        couple = [person for person in house.members if person.place in (Place.HEAD, Place.SPOUSE)]
        for me, other in [couple, couple[::-1]] if len(couple) == 2 else []:
            assert me.spouse is not None
            assert (me.spouse.name, me.spouse.born_on, me.spouse.died_on) == (other.name, other.born_on, other.died_on)
            assert me.married_on == other.married_on is not None
            assert me.gender is not other.gender
        children = [person for person in house.members if person.place is Place.CHILD]
        for child in children:
            assert [parent.gender for parent in child.parents] == [Gender.MALE, Gender.FEMALE]
            assert {person.name for person in couple} <= {parent.name for parent in child.parents}
            assert child.parents == children[0].parents
            assert all(child.name in [one.name for one in parent.children] for parent in couple)


def test_dates_of_a_life_are_in_order(households: Households) -> None:
    for house in households:
        assert [home.since for home in house.residences] == sorted(home.since for home in house.residences)
        for person in house.members:
            assert person.born_on < society.SOCIETY_DAY
            assert person.died_on is None or person.born_on < person.died_on <= society.SOCIETY_DAY
            assert all(parent.born_on.year + 15 < person.born_on.year for parent in person.parents)
            assert all(one.died_on is None or one.died_on > one.born_on for one in person.parents)
            if person.married_on is not None:
                assert person.age_on(person.married_on) >= 18
            assert all(year > person.born_on.year + 17 for year in person.salaries)


def test_every_hard_kind_is_in_the_smallest_society_of_the_story() -> None:
    houses = list(society.generate(SEED, 50))
    people = [person for house in houses for person in house.members]
    traits = Counter(trait for person in people for trait in person.traits)
    for trait in (Trait.DV_PROTECTED, Trait.WELFARE, Trait.ABROAD_WITHOUT_NUMBER, Trait.DISABLED, Trait.SINGLE_PARENT, Trait.NURSERY_TEACHER):
        assert traits[trait] > 0, trait
    assert any(person.died_on for person in people)
    assert any(person.nationality != "JP" for person in people)
    assert any(not person.has_card for person in people if person.died_on is None)
    assert any(house.home.municipality == "011002" and house.members[0].disability for house in houses)
    assert any(len(house.residences) > 1 and house.home.since > date(2024, 1, 1) for house in houses)


def test_abroad_without_number_means_none(households: Households) -> None:
    abroad = [house for house in households if not house.home.municipality]
    assert abroad
    assert all(person.individual_number is None and not person.has_card for house in abroad for person in house.members)
    assert all(house.home.since < date(2015, 10, 5) for house in abroad)
