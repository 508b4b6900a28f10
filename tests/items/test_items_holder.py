"""Who holds what is sought: what documents say, where they lead, and that nothing is guessed; over the whole society no answer is false."""

import json
from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pytest

from enishi import society
from enishi.items.holder import AskFirst, Held, Holder, Open, insurer_on, previous_address, residence_on, tax_municipality

NEW_YEAR = date(2024, 1, 1)


def record(municipality: str, since: str, until: str | None = None, **more: Any) -> dict[str, Any]:
    status = "moved_out" if until else "resident"
    return {"municipality": municipality, "since": since, "until": until, "status": status} | more


def moved(municipality: str | None, on: str) -> dict[str, Any]:
    return {"municipality": municipality, "on": on}


@pytest.mark.parametrize(
    ("records", "holder"),
    [
        ([], Open("no-record")),
        ([record("012131", "2020-04-01")], Held("012131")),
        ([record("012131", "2024-01-01")], Held("012131")),
        ([record("012131", "2020-04-01", "2024-01-01"), record("011002", "2024-01-01")], Held("011002")),
        ([record("012131", "2024-01-02", moved_from=moved("011002", "2024-01-02"))], AskFirst("011002")),
        ([record("012131", "2024-01-02", moved_from=moved(None, "2024-01-02"))], Open("abroad")),
        ([record("012131", "2024-01-02", moved_from=None)], Open("not-said")),
        ([record("012131", "2024-01-02")], Open("not-said")),
        ([record("012131", "2020-01-01", "2023-05-01", moved_to=moved("011002", "2023-05-01"))], AskFirst("011002")),
        ([record("012131", "2020-01-01", "2023-05-01", moved_to=moved(None, "2023-05-01"))], Open("abroad")),
        ([record("012131", "2020-01-01", "2023-05-01", status="deceased")], Open("not-resident")),
        ([record("012131", "2020-01-01", "2023-05-01")], Open("not-said")),
        ([record("012131", "2020-01-01"), record("011002", "2021-01-01")], Open("contradiction")),
        (
            [record("011002", "2019-01-01", "2023-12-01"), record("012131", "2024-02-01", moved_from=moved("011002", "2024-02-01"))],
            Open("not-said"),
        ),
    ],
)
def test_the_municipality_of_the_first_of_january(records: list[dict[str, Any]], holder: Holder) -> None:
    assert tax_municipality(records, 2024) == holder


def test_the_previous_address_is_what_the_present_record_says() -> None:
    assert previous_address([record("012131", "2024-01-02", moved_from=moved("011002", "2024-01-02"))]) == Held("011002")
    assert previous_address([record("012131", "2024-01-02", moved_from=moved(None, "2024-01-02"))]) == Open("abroad")
    assert previous_address([record("012131", "2020-01-01", "2023-05-01", moved_from=moved("011002", "2020-01-01"))]) == Open("no-record")
    assert previous_address([record("012131", "2020-01-01"), record("011002", "2020-01-01")]) == Open("contradiction")


@pytest.mark.parametrize(
    ("spans", "day", "holder"),
    [
        ([("a", "2020-01-01", None)], "2024-01-01", Held("a")),
        ([("a", "2020-01-01", "2024-01-01"), ("b", "2024-01-01", None)], "2024-01-01", Held("b")),
        ([("a", "2020-01-01", "2024-01-01"), ("b", "2024-01-01", None)], "2023-12-31", Held("a")),
        ([("a", "2024-01-02", None)], "2024-01-01", Open("not-said")),
        ([("a", "2020-01-01", None), ("b", "2020-01-01", None)], "2024-01-01", Open("contradiction")),
        ([], "2024-01-01", Open("no-record")),
    ],
)
def test_the_insurer_on_a_day(spans: list[tuple[str, str, str | None]], day: str, holder: Holder) -> None:
    assert insurer_on([{"insurer": name, "since": since, "until": until} for name, since, until in spans], date.fromisoformat(day)) == holder


def test_over_the_whole_society_no_answer_is_false_from_any_single_record() -> None:
    households = list(society.generate(7, 400))
    people = {person.individual_number: house for house in households for person in house.members}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _, one in society.all_holdings(households, 7):
        if one.individual_number is not None and "jumin" in one.copies:
            found[one.individual_number].append(json.loads(one.copies["jumin"][""]))
    kinds: Counter[str] = Counter()
    for number, records in found.items():
        for year in range(2017, 2026):
            home = people[number].residence_on(date(year, 1, 1))
            for known in [records, *([single] for single in records)]:
                told = residence_on(known, date(year, 1, 1))
                kinds[type(told).__name__] += 1
                if isinstance(told, Held):
                    assert home is not None
                    assert told.institution == home.municipality
    assert {"Held", "AskFirst", "Open"} == set(kinds)
