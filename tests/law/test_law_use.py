"""Number use alone, for a person who hands over the number: as step 2 of a decision has it, on every row, and nothing of linkage."""

from datetime import date, timedelta

import pytest

from enishi.law import Delegation, GroundCode, LawRef, OrdinanceRef, Party, Policy, Refusal, RowRef, load
from enishi.law.number_use import check_number_use
from enishi.law.use import NumberUsed, decide_number_use
from enishi.law.verdict import Ground

TABLES = load()
DAY = date(2025, 4, 1)
ORDER, ACT = "506M60004008009@2024-05-27", "425AC0000000027@2024-05-27"
CITY = Party(("市町村長",), "012131")


def codes(verdict: NumberUsed | Refusal) -> set[GroundCode]:
    return {ground.code for ground in verdict.grounds} if isinstance(verdict, Refusal) else set()


def test_every_row_is_decided_as_step_two_of_a_decision() -> None:
    era, seen = TABLES.era(DAY), set()
    assert era is not None
    for (source, row), found in era.rows.items():
        for capacity in sorted(found.number_use.users)[:3] + ["法務大臣", "市町村長", "nobody"]:
            grounds: list[Ground] = []
            check_number_use(found, (capacity,), grounds)
            verdict = decide_number_use(Party((capacity,)), RowRef(source, row), TABLES, DAY)
            if found.number_use.problem is None:
                assert codes(verdict) == {ground.code for ground in grounds}, (source, row, capacity)
                assert not isinstance(verdict, NumberUsed) or verdict.basis == found.number_use.citations
            else:
                # Whatever is open about the affair: nobody receives a number for it.
                assert isinstance(verdict, Refusal)
            seen.add(isinstance(verdict, NumberUsed))
    assert seen == {True, False}


def test_an_affair_of_the_table_of_number_use_needs_no_row_of_linkage() -> None:
    verdict = decide_number_use(CITY, RowRef(ACT, "82-2"), TABLES, DAY)
    assert verdict == NumberUsed(DAY, ("425AC0000000027#9-1", f"{ACT}#appended/82-2"), False)


@pytest.mark.parametrize(
    ("affair", "code"),
    [
        (RowRef(ORDER, "999"), GroundCode.AFFAIR_UNKNOWN),
        (RowRef("425AC0000000027@2022-06-17#appended-1", "9"), GroundCode.AFFAIR_NOT_IN_FORCE),
        (RowRef("425AC0000000027@2026-10-01", "1"), GroundCode.AFFAIR_NOT_IN_FORCE),
        (LawRef("no such law"), GroundCode.NO_NUMBER_USE),
        (OrdinanceRef("012131/1"), GroundCode.ORDINANCE_NOT_SHOWN),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(affair: RowRef | LawRef | OrdinanceRef, code: GroundCode) -> None:
    verdict = decide_number_use(CITY, affair, TABLES, DAY)
    assert codes(verdict) == {code}
    assert isinstance(verdict, Refusal)
    assert all(ground.message.ja and ground.message.en for ground in verdict.grounds)


def test_a_delegated_power_counts_on_its_days_and_is_cited() -> None:
    law = next(iter(row.laws[0] for row in revision_rows() if "法務大臣" in row.parties and len(row.laws) == 1))
    row = next(row for row in revision_rows() if row.laws == (law,) and "法務大臣" in row.parties)
    power = Delegation("法務大臣", law, date(2019, 4, 1), DAY + timedelta(days=1), "x#1")
    agency = Party(("出入国在留管理庁長官",), "isa", (power,))
    verdict = decide_number_use(agency, RowRef(ACT, row.label), TABLES, DAY)
    assert isinstance(verdict, NumberUsed)
    assert verdict.basis[-1] == "x#1"
    over = Party(agency.capacities, "isa", (Delegation("法務大臣", law, date(2019, 4, 1), DAY, "x#1"),))
    assert codes(decide_number_use(over, RowRef(ACT, row.label), TABLES, DAY)) == {GroundCode.NOT_A_NUMBER_USER}


def revision_rows():  # type: ignore[no-untyped-def]
    return next(one.rows for one in TABLES.book.revisions if one.source == ACT)


def test_beyond_the_last_verified_day_only_an_installation_that_marks_it_goes_on() -> None:
    later = TABLES.verified_until + timedelta(days=1)
    assert codes(decide_number_use(CITY, RowRef(ORDER, "108"), TABLES, later)) == {GroundCode.LAW_NOT_KNOWN}
    marked = decide_number_use(CITY, RowRef(ORDER, "108"), TABLES, later, Policy(law_edge="mark"))
    assert isinstance(marked, NumberUsed)
    assert marked.law_edge
    assert codes(decide_number_use(CITY, RowRef(ORDER, "108"), TABLES, date(2000, 1, 1), Policy(law_edge="mark"))) == {GroundCode.LAW_NOT_KNOWN}
