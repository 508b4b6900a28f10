"""Who only hands others' numbers in (個人番号関係事務実施者, Art. 9(4)): no row of any table, on any day, lets it use, ask or give anything."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from enishi.law import Facts, GroundCode, Party, Permit, Policy, Question, Refusal, RowRef, decide, load
from enishi.law.capacities import RELATED, known, named
from enishi.law.citation import describe
from enishi.law.eras import Era
from enishi.law.question import Assessment, Consent, Standing
from enishi.law.use import decide_number_use

TABLES = load()
DAYS = tuple(era.effective_on for era in TABLES.eras if era.effective_on <= TABLES.verified_until)
OPEN = Policy(demand="row", law_edge="mark", proposals="count")
"""The most that any installation lets through: row level, proposals counted, the edge only marked."""
FACTS = Facts(
    inquirer_standing=Standing.REGISTERED,
    provider_standing=Standing.REGISTERED,
    inquirer_assessment=Assessment.PUBLISHED,
    provider_assessment=Assessment.PUBLISHED,
    consent=Consent.GIVEN,
)
ORGANISATION = Party((RELATED,), "employer-1")


def questions(era: Era) -> Iterator[tuple[Question, Question]]:
    """Each item of each row of the day: the organisation asks the lawful provider for it; the lawful inquirer asks the organisation."""
    for (source, row), found in era.rows.items():
        if found.row is None:
            continue
        for grant in found.row.row.grants:
            asks, gives = Party(tuple(found.row.row.parties), "asks"), Party(tuple(grant.providers), "gives")
            for item in grant.items:
                yield (
                    Question(ORGANISATION, RowRef(source, row), gives, (item,)),
                    Question(asks, RowRef(source, row), ORGANISATION, (item,)),
                )


@pytest.mark.parametrize("day", [*DAYS, TABLES.verified_until])
def test_no_row_lets_an_organisation_ask_or_give(day: date) -> None:
    era = TABLES.era(day)
    assert era is not None
    count = 0
    for asking, giving in questions(era):
        refused, kept = decide(asking, TABLES, FACTS, day, OPEN), decide(giving, TABLES, FACTS, day, OPEN)
        assert isinstance(refused, Refusal), asking
        assert isinstance(kept, Refusal), giving
        assert {ground.code for ground in refused.grounds} & {GroundCode.NOT_A_NUMBER_USER, GroundCode.INQUIRER_NOT_IN_ROW}, asking
        count += 1
    assert count > 800


def test_the_same_questions_of_their_lawful_inquirers_are_mostly_permitted() -> None:
    """So that the test above is about the organisation, and not about questions that nobody may ask."""
    era, permitted, count = TABLES.era(TABLES.verified_until), 0, 0
    assert era is not None
    for asking, giving in questions(era):
        lawful = Question(giving.inquirer, asking.affair, asking.provider, asking.items)
        permitted += isinstance(decide(lawful, TABLES, FACTS, TABLES.verified_until, OPEN), Permit)
        count += 1
    assert permitted > count * 0.9


@pytest.mark.parametrize("day", [*DAYS, TABLES.verified_until, TABLES.verified_until + timedelta(days=1000)])
def test_no_row_gives_an_organisation_number_use(day: date) -> None:
    for era in TABLES.eras:
        for source, row in era.rows:
            assert isinstance(decide_number_use(ORGANISATION, RowRef(source, row), TABLES, day, OPEN), Refusal), (source, row)


def test_the_capacity_is_law_s_own_data_with_its_citation_and_no_table_names_it() -> None:
    (entry,) = [name for name in TABLES.book.names if name.capacity == RELATED]
    assert entry.citation == "425AC0000000027#9-4"
    assert "9" in describe(entry.citation).en
    assert RELATED in known(TABLES.book)
    assert RELATED not in named(TABLES.book)
    assert not any(RELATED in (one.capacity, *one.implies) for one in TABLES.book.implications)
    assert not any(RELATED in (power.delegate,) for power in TABLES.book.powers)
