"""What a diff says is all that changed, and no more: applied to one day's lawful ways it gives the other's."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from enishi.errors import Unknown
from enishi.law import load
from enishi.law.diff import AffairChange, Diff, Lawful, about, differ, lawful

BEFORE, AFTER, LATER = date(2022, 10, 18), date(2024, 6, 3), date(2026, 10, 1)
TABLES = load()


def naive(on: date) -> Iterator[tuple[str, ...]]:
    """What the raw tables of a day allow, by the affair of each row; written apart from the engine."""
    for revision in TABLES.book.revisions:
        if revision.kind == "proposal" or on < revision.effective_on or (revision.until is not None and on >= revision.until):
            continue
        for row in revision.rows:
            affair = TABLES.affair_of(row.citation)
            for party in row.parties:
                if revision.kind == "number_use":
                    yield affair, party, "", ""
                for grant in row.grants:
                    for provider in grant.providers:
                        for item in grant.items:
                            yield affair, party, provider, item


def applied(ways: set[tuple[str, ...]], diff: Diff) -> set[tuple[str, ...]]:
    became = {tuple(one) for change in diff.affairs for one in change.became}
    ceased = {tuple(one) for change in diff.affairs for one in change.ceased}
    assert ceased <= ways
    assert not became & ways
    return (ways - ceased) | became


@pytest.mark.parametrize(("earlier", "later"), [(BEFORE, AFTER), (AFTER, BEFORE), (AFTER, LATER), (BEFORE, LATER), (BEFORE, BEFORE)])
def test_a_diff_applied_to_one_day_gives_the_other(earlier: date, later: date) -> None:
    assert applied(set(naive(earlier)), differ(TABLES, earlier, later)) == set(naive(later))


def test_lawful_ways_are_those_of_the_raw_tables() -> None:
    for on in (BEFORE, AFTER, LATER):
        assert lawful(TABLES, on) == set(naive(on))


def of(diff: Diff, law: str, kind: str) -> list[AffairChange]:
    return [change for change in diff.affairs if law in change.laws and change.kind == kind]


def test_the_changes_of_2024_are_those_that_a_reader_of_the_tables_finds() -> None:
    diff = differ(TABLES, BEFORE, AFTER)
    (vehicles,) = of(diff, "道路運送車両法", "number_use")
    assert vehicles.became == (Lawful(vehicles.affair, "国土交通大臣"),)
    assert (vehicles.before, vehicles.after) == ("", "425AC0000000027@2024-05-27#appended/26-3")
    assert of(diff, "道路運送車両法", "linkage") == []
    (relief,) = of(diff, "災害弔慰金の支給等に関する法律", "linkage")
    assert Lawful(relief.affair, "市町村長", "法務大臣", "戸籍関係情報") in relief.became
    assert relief.ceased == ()


def test_a_row_of_another_number_is_no_change() -> None:
    diff = differ(TABLES, AFTER, LATER)
    assert ("425AC0000000027@2024-05-27#appended/31-2", "425AC0000000027@2026-10-01#appended/31-3") in diff.renumbered
    assert not [change for change in diff.affairs if change.before == "425AC0000000027@2024-05-27#appended/31-2"]


def test_the_same_holders_in_other_words_are_said_to_be_so() -> None:
    (change,) = about(differ(TABLES, BEFORE, AFTER), "425AC0000000027@2024-05-27#appended/10").affairs
    assert {one.party for one in change.ceased} == {"都道府県知事等"}
    assert change.became_in_words == change.became
    assert change.ceased_in_words == change.ceased


def test_a_new_holder_is_never_only_words() -> None:
    for change in differ(TABLES, BEFORE, AFTER).affairs:
        if not change.before or not change.after:
            assert change.became_in_words == change.ceased_in_words == ()
        for one in change.became_in_words:
            assert one in change.became
            # The other day had that very item from somebody: an item that is new is no matter of words.
            assert not one.item or one.item in {way[3] for way in naive(BEFORE) if way[0] == change.affair}


def test_a_filter_keeps_whole_affairs() -> None:
    diff = differ(TABLES, BEFORE, AFTER)
    kept = about(diff, "道路運送車両法")
    assert kept.affairs == tuple(
        change for change in diff.affairs if "道路運送車両法" in (*change.laws, change.words) or "道路運送車両法" in change.words
    )
    assert about(diff, "そのような法律はない").affairs == ()


def test_nothing_changes_between_two_days_of_one_table() -> None:
    diff = differ(TABLES, AFTER, AFTER + timedelta(days=100))
    assert (diff.affairs, diff.renumbered) == ((), ())
    assert diff.unchanged > 300


def test_a_day_before_the_first_table_is_said_to_be_unknown() -> None:
    for earlier, later in ((date(2022, 6, 16), AFTER), (AFTER, date(2022, 6, 16))):
        with pytest.raises(Unknown) as fault:
            differ(TABLES, earlier, later)
        assert (fault.value.code, fault.value.detail) == ("law-day-not-held", "2022-06-16")
    differ(TABLES, date(2022, 6, 17), AFTER)
