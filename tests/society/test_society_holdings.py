"""Holdings: every document is valid and true, each fact stands at one holder, and where law puts nothing there is nothing."""

import json
from collections import Counter, defaultdict
from datetime import date
from typing import Any

from enishi import items, society
from enishi.society.money import local_tax, total_income
from enishi.society.people import Trait, Work
from enishi.society.plan import Member, Plan

Held = list[tuple[str, society.HeldPerson]]
Households = tuple[society.Household, ...]
SEED = 7


def documents(held: Held, item: str) -> list[tuple[str, society.HeldPerson, str, dict[str, Any]]]:
    return [(place, one, period, json.loads(text)) for place, one in held for period, text in one.copies.get(item, {}).items()]


def by_number(households: Households) -> dict[str, tuple[society.Person, society.Household]]:
    return {person.individual_number: (person, house) for house in households for person in house.members if person.individual_number}


def test_every_document_is_as_its_schema_says_and_every_item_occurs(held: Held) -> None:
    seen = Counter()
    for _, one in held:
        for item, copies in one.copies.items():
            for period, document in copies.items():
                items.validate(item, document)
                assert bool(period) == (items.find(item).period == "fiscal_year")
                seen[item] += 1
    assert set(seen) == set(items.ITEMS)


def test_one_institution_at_a_time_gives_the_same(households: Households, held: Held) -> None:
    for one in society.institutions():
        assert list(society.holdings(one.id, households, SEED)) == [person for place, person in held if place == one.id]


def test_only_known_institutions_hold_and_an_unknown_one_holds_nobody(households: Households, held: Held) -> None:
    assert {place for place, _ in held} <= {one.id for one in society.institutions()}
    assert list(society.holdings("999999", households, SEED)) == []


def test_local_numbers_are_unique_in_and_differ_between_institutions(held: Held) -> None:
    pairs = [(place, one.addressee_number) for place, one in held]
    assert len(set(pairs)) == len(pairs)
    mine: dict[str, list[str]] = defaultdict(list)
    for _, one in held:
        mine[str(one.individual_number)].append(one.addressee_number)
    mine.pop("None")
    assert all(len(set(numbers)) == len(numbers) for numbers in mine.values())


def test_the_ministry_of_justice_and_immigration_never_hold_a_number(held: Held) -> None:
    there = [one for place, one in held if place in ("moj", "isa")]
    assert there
    assert all(one.individual_number is None for one in there)
    assert all(one.acquisition_number is None for place, one in held if place != "moj")


def test_registrations_lead_to_the_people_of_the_register(households: Households, held: Held) -> None:
    table = list(society.registrations(households, SEED))
    assert [one.individual_number for one in table] == list(by_number(households))
    registered = [one for place, one in held if place == "moj"]
    acquired = {one.acquisition_number for one in table} - {""}
    assert {one.acquisition_number for one in registered} - {None} == acquired
    without = sum(person.individual_number is None for house in households for person in house.members)
    assert sum(one.acquisition_number is None for one in registered) == without
    assert {one.card for one in table} - {""} == {holder.card for holder in society.card_holders(households, SEED)}


def test_no_document_carries_a_number(households: Households, held: Held) -> None:
    numbers = by_number(households)
    for _, one in held:
        text = b" ".join(document for copies in one.copies.values() for document in copies.values()).decode()
        assert one.individual_number is None or one.individual_number not in text
        assert not any(word in numbers for word in text.split('"'))


def test_tax_stands_where_the_person_lived_on_new_year_and_nowhere_else(households: Households, held: Held) -> None:
    people = by_number(households)
    seen = Counter()
    for place, one, year, document in documents(held, "local_tax"):
        person, house = people[str(one.individual_number)]
        home = house.residence_on(date(int(year), 1, 1))
        assert home is not None
        assert place == home.municipality == document["municipality"]
        assert document["total_income"] == total_income(person, int(year) - 1)
        seen[one.individual_number, year] += 1
    assert set(seen.values()) == {1}


def test_tax_of_one_person_by_hand() -> None:
    from enishi.society.build import build
    from enishi.society.draws import Draws
    from enishi.society.people import Gender, Place

    member = Member(Place.HEAD, Gender.MALE, date(1990, 1, 1), Work.EMPLOYEE, 4_000_000)
    house = build(1, 500, Plan((member,), (("012131", date(2015, 1, 1)),)), Draws(1, "by hand"))
    person = house.members[0]
    salary = person.salaries[2023]
    # 20 % + 440,000 yen is the deduction between 3.6 and 6.6 million.
    income = salary - (salary // 5 + 440_000)
    base = (income - 430_000 - salary * 15 // 100) // 1000 * 1000
    document = local_tax(person, house, 2024)
    assert document is not None
    assert document["total_income"] == income
    assert document["income_base"] == base
    assert document["municipal_tax"] == {"income_levy": (base * 6 // 100 - 6_000) // 100 * 100, "per_capita_levy": 3_000}
    assert document["prefectural_tax"] == {"income_levy": (base * 4 // 100 - 4_000) // 100 * 100, "per_capita_levy": 1_000}
    earlier = local_tax(person, house, 2023)
    assert earlier is not None
    assert earlier["municipal_tax"]["per_capita_levy"] == 3_500


def test_who_moved_is_a_resident_at_one_place_and_moved_out_of_the_other(held: Held) -> None:
    by_person: dict[str, Counter[str]] = defaultdict(Counter)
    for place, one, _, document in documents(held, "jumin"):
        assert document["municipality"] == place
        by_person[str(one.individual_number)][document["status"]] += 1
    assert all(states["resident"] + states["deceased"] == 1 for states in by_person.values())
    assert any(states["moved_out"] for states in by_person.values())


def test_registers_say_what_the_people_are(households: Households, held: Held) -> None:
    dead = {person.born_on.isoformat() + person.name.given for house in households for person in house.members if person.died_on}
    found = {document["born_on"] + document["name"]["given"] for _, _, _, document in documents(held, "koseki") if document["died_on"]}
    assert found == dead
    assert all(document["status"] == ("removed" if document["died_on"] else "registered") for _, _, _, document in documents(held, "koseki"))


def test_what_law_keeps_out_is_not_there(households: Households, held: Held) -> None:
    people = by_number(households)
    for place, one in held:
        if one.individual_number is None:
            continue
        person, house = people[one.individual_number]
        assert place != "moj"
        if person.age_on(date(2024, 1, 1)) < 18 and not person.salaries:
            assert "2024" not in one.copies.get("local_tax", {})
        if Trait.WELFARE not in house.traits:
            assert "welfare" not in one.copies
        if Trait.SINGLE_PARENT not in house.traits:
            assert "child_support_allowance" not in one.copies
        if person.died_on is not None:
            assert not {"care_insurance", "health_insurance", "disability", "unemployment"} & set(one.copies)
    foreign = {person.name.whole for house in households for person in house.members if person.nationality != "JP"}
    assert foreign
    assert not foreign & {one.name for place, one in held if place == "moj"}


def test_nobody_has_two_health_insurances_and_welfare_has_none(households: Households, held: Held) -> None:
    people = by_number(households)
    seen = Counter(str(one.individual_number) for _, one, _, _ in documents(held, "health_insurance"))
    assert set(seen.values()) == {1}
    assert not any(Trait.WELFARE in people[number][1].traits for number in seen)


def test_delegated_cities_and_towns_without_welfare_office(held: Held) -> None:
    disability = {place for place, *_ in documents(held, "disability")}
    assert "011002" in disability
    assert "012131" not in disability
    assert all(place != "336815" for place, *_ in documents(held, "welfare") + documents(held, "child_support_allowance"))
    assert "330001" in {place for place, *_ in documents(held, "child_support_allowance")}


def test_protected_people_wait_for_a_human_and_nobody_else_does(households: Households, held: Held) -> None:
    people = by_number(households)
    for place, one in held:
        if one.individual_number is None:
            continue
        protected = Trait.DV_PROTECTED in people[one.individual_number][1].traits and place.isdigit()
        assert (one.response is society.Response.REVIEW) == protected == (one.nondisclosure is not None)
        assert one.nondisclosure is None or one.nondisclosure.until > society.SOCIETY_DAY
