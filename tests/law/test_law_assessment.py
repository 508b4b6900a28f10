"""特定個人情報保護評価: every threshold of the rule, every date, every exemption; what is not stated is never taken for enough."""

from datetime import date
from importlib import resources
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.law import Assessment
from enishi.law.assessment import CLAIMANTS, STRENGTH, AssessedFile, Exemption, Kind, assess, due
from law.casebook import ROOT

NONE, BASIC, PRIORITY, FULL = "none_required", "基礎項目", "基礎項目+重点項目", "基礎項目+全項目"
PUBLISHED_ON = date(2024, 6, 3)
MAYOR = ("市町村長",)


def test_the_thresholds_carried_are_those_of_the_sources() -> None:
    carried = resources.files("enishi.law").joinpath("data/assessment_thresholds_2024.json").read_bytes()
    assert carried == (ROOT / "law-sources" / "assessment_thresholds_2024.json").read_bytes()


@pytest.mark.parametrize(
    ("persons", "staff", "incident", "kind"),
    [
        (0, 0, "none", NONE),
        (999, 5000, "major", NONE),
        (1_000, 0, "none", BASIC),
        (9_999, 5000, "major", BASIC),
        (10_000, 499, "none", BASIC),
        (10_000, 500, "none", PRIORITY),
        (10_000, 499, "major", PRIORITY),
        (99_999, 499, "none", BASIC),
        (100_000, 499, "none", PRIORITY),
        (100_000, 500, "none", FULL),
        (100_000, 499, "major", FULL),
        (299_999, 499, "none", PRIORITY),
        (300_000, 0, "none", FULL),
        (126_000_000, 0, "none", FULL),
    ],
)
def test_each_threshold_on_both_sides(persons: int, staff: int, incident: str, kind: str) -> None:
    assert due(persons, staff, incident) == kind  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**6), st.sampled_from(["none", "major"]), st.integers(0, 10**6))
def test_more_persons_more_staff_or_an_incident_never_demand_less(persons: int, staff: int, incident: str, more: int) -> None:
    asked = STRENGTH[due(persons, staff, incident)]  # type: ignore[arg-type]
    assert STRENGTH[due(persons + more, staff, incident)] >= asked  # type: ignore[arg-type]
    assert STRENGTH[due(persons, staff + more, incident)] >= asked  # type: ignore[arg-type]
    assert STRENGTH[due(persons, staff, "major")] >= asked


def file(kind: Kind, persons: int | None = 160_000, staff: int | None = 300, **more: object) -> AssessedFile:
    return AssessedFile(published_on=PUBLISHED_ON, kind=kind, persons=persons, staff=staff, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("files", "on", "found"),
    [
        ((), date(2025, 4, 1), Assessment.UNPUBLISHED),
        ((file(PRIORITY),), date(2024, 6, 2), Assessment.UNPUBLISHED),
        ((file(PRIORITY),), date(2024, 6, 3), Assessment.PUBLISHED),
        ((file(FULL),), date(2024, 6, 3), Assessment.PUBLISHED),
        ((file(BASIC),), date(2024, 6, 3), Assessment.WRONG_KIND),
        ((file(""),), date(2024, 6, 3), Assessment.WRONG_KIND),
        ((file(PRIORITY, None),), date(2024, 6, 3), Assessment.WRONG_KIND),
        ((file(PRIORITY, 160_000, None),), date(2024, 6, 3), Assessment.WRONG_KIND),
        ((file(FULL, None, None),), date(2024, 6, 3), Assessment.PUBLISHED),
        ((file(PRIORITY, outdated_on=date(2025, 4, 1)),), date(2025, 3, 31), Assessment.PUBLISHED),
        ((file(PRIORITY, outdated_on=date(2025, 4, 1)),), date(2025, 4, 1), Assessment.OUTDATED),
        ((file(FULL, outdated_on=date(2025, 4, 1), exempt="1000人未満"),), date(2025, 4, 1), Assessment.OUTDATED),
        ((file(PRIORITY, incident_on=date(2024, 6, 3)),), date(2024, 6, 3), Assessment.WRONG_KIND),
        ((file(PRIORITY, incident_on=date(2023, 6, 3)),), date(2024, 6, 3), Assessment.WRONG_KIND),
        ((file(PRIORITY, incident_on=date(2023, 6, 2)),), date(2024, 6, 3), Assessment.PUBLISHED),
    ],
)
def test_a_file_stands_as_its_newest_publication_of_the_day_says(files: tuple[AssessedFile, ...], on: date, found: Assessment) -> None:
    assert assess(files, MAYOR, on) is found


def test_a_revision_after_an_important_change_counts_from_its_own_publication() -> None:
    old = file(PRIORITY, outdated_on=date(2025, 1, 1))
    new = AssessedFile(published_on=date(2025, 3, 3), kind=FULL, persons=310_000, staff=600)
    assert [assess((new, old), MAYOR, day) for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 3, 2), date(2025, 3, 3))] == [
        Assessment.PUBLISHED,
        Assessment.OUTDATED,
        Assessment.OUTDATED,
        Assessment.PUBLISHED,
    ]


@pytest.mark.parametrize(
    ("exempt", "persons", "capacities", "found"),
    [
        ("1000人未満", 999, MAYOR, Assessment.EXEMPT),
        ("1000人未満", 1_000, MAYOR, Assessment.WRONG_KIND),
        ("1000人未満", None, MAYOR, Assessment.WRONG_KIND),
        ("職員の人事給与福利厚生", 5_000, MAYOR, Assessment.EXEMPT),
        ("健保組合の医療保険", 50_000, ("健康保険組合",), Assessment.EXEMPT),
        ("健保組合の医療保険", 50_000, MAYOR, Assessment.WRONG_KIND),
        ("共済組合等の共済", 50_000, ("地方公務員共済組合",), Assessment.EXEMPT),
        ("共済組合等の共済", 50_000, MAYOR, Assessment.WRONG_KIND),
        ("会計検査院の検査用", 50_000, ("会計検査院",), Assessment.EXEMPT),
        ("会計検査院の検査用", 50_000, MAYOR, Assessment.WRONG_KIND),
    ],
)
def test_an_exemption_is_claimed_by_those_whom_the_rule_names_and_counted_where_it_counts(
    exempt: Exemption, persons: int | None, capacities: tuple[str, ...], found: Assessment
) -> None:
    assert assess((file("", persons, 10, exempt=exempt),), capacities, date(2025, 4, 1)) is found


def test_every_exemption_is_one_of_the_rule_and_every_kind_has_a_strength() -> None:
    assert len([one for one in get_args(Exemption) if one]) == 5
    assert set(CLAIMANTS) < set(get_args(Exemption))
    assert set(get_args(Kind)) <= set(STRENGTH)
