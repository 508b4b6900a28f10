"""Registers beside the order's core: they follow from the people, lie where law puts them, and carry no number."""

import json
from datetime import date
from typing import Any

from enishi import society
from enishi.society.people import Place

Held = list[tuple[str, society.HeldPerson]]
Households = tuple[society.Household, ...]


def documents(held: Held, item: str) -> list[tuple[str, society.HeldPerson, dict[str, Any]]]:
    return [(place, one, json.loads(text)) for place, one in held for text in one.copies.get(item, {}).values()]


def test_each_register_lies_with_its_keeper_without_the_number(held: Held) -> None:
    keepers = {"residence_status": "isa", "vehicle": "mlit", "driving_license": "police-hokkaido"}
    for item, keeper in keepers.items():
        found = documents(held, item)
        assert {place for place, _, _ in found} == {keeper}
        assert all(one.individual_number is None and one.acquisition_number is None for _, one, _ in found)
    for item in ("schooling", "pregnancy", "child_checkup"):
        assert all(place.isdigit() for place, _, _ in documents(held, item))


def test_where_they_moved_from_is_what_the_other_municipality_says_they_moved_to(held: Held) -> None:
    records: dict[str, list[dict[str, Any]]] = {}
    for _, one, document in documents(held, "jumin"):
        records.setdefault(str(one.individual_number), []).append(document)
    moves = 0
    for mine in records.values():
        for left in mine:
            if left["status"] != "moved_out" or left["moved_to"]["municipality"] is None:
                assert left["status"] == "moved_out" or left["moved_to"] is None
                continue
            (arrived,) = [one for one in mine if one["since"] == left["until"] and one["municipality"] == left["moved_to"]["municipality"]]
            assert arrived["moved_from"] == {"municipality": left["municipality"], "address": left["address"], "on": left["until"]}
            assert left["moved_to"]["address"] == arrived["address"]
            moves += 1
    assert moves > 5


def test_a_vehicle_keeps_the_address_of_its_registration(households: Households, held: Held) -> None:
    first = {(house.members[0].name.whole, house.residences[0].municipality, house.residences[0].address): house for house in households}
    moved = 0
    for _, one, document in documents(held, "vehicle"):
        (vehicle,) = document["vehicles"]
        (house,) = {
            id(house): house
            for (name, place, address), house in first.items()
            if (name, place) == (one.name, vehicle["municipality"]) and vehicle["address_registered"].endswith(address)
        }.values()
        moved += house.home.municipality != vehicle["municipality"]
    assert moved


def test_licences_are_returned_by_the_old_alone_and_both_kinds_occur(held: Held) -> None:
    states = {document["state"] for _, _, document in documents(held, "driving_license")}
    assert states == {"held", "returned"}
    assert all(bool(document["returned_on"]) == (document["state"] == "returned") for _, _, document in documents(held, "driving_license"))
    assert all(
        date.fromisoformat(document["returned_on"] or "2000-01-01") <= society.SOCIETY_DAY for _, _, document in documents(held, "driving_license")
    )


def test_school_rolls_are_of_children_of_that_age(households: Households, held: Held) -> None:
    born = {person.individual_number: person for house in households for person in house.members}
    found = documents(held, "schooling")
    assert {document["kind"] for _, _, document in found} == {"elementary", "lower_secondary"}
    for _, one, document in found:
        person = born[one.individual_number]
        assert person.place is Place.CHILD
        assert person.age_on(date(int(document["fiscal_year"]), 4, 1)) == document["grade"] + 5
