"""Dates in the reader's calendar."""

from datetime import date

import pytest

from enishi.sentences.language import Language
from enishi.sentences.phrase import Ruby, plain
from enishi.web.dates import day_in, machine_time, month_in, short_in, time_in, year_in
from web.smalllog import T0


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 4, 1), "令和7年（2025年）4月1日"),
        (date(2019, 5, 1), "令和元年（2019年）5月1日"),
        (date(2019, 4, 30), "平成31年（2019年）4月30日"),
        (date(1989, 1, 7), "昭和64年（1989年）1月7日"),
        (date(1900, 2, 3), "1900年2月3日"),
    ],
)
def test_the_era_changes_on_its_day(day: date, expected: str) -> None:
    assert plain(day_in(day, Language.JAPANESE)) == expected


def test_english_is_written_as_english() -> None:
    assert plain(time_in(T0, Language.ENGLISH)) == "1 April 2025, 14:02:00"
    assert plain(short_in(T0, Language.ENGLISH)) == "1 April, 14:02"
    assert plain(month_in(date(2025, 4, 1), Language.ENGLISH)) == "April 2025"


def test_easy_days_have_their_own_readings() -> None:
    words = day_in(date(2025, 4, 1), Language.EASY)
    assert Ruby("1日", "ついたち") in words
    assert Ruby("日", "にち") in day_in(date(2025, 4, 12), Language.EASY)
    assert plain(year_in(date(2019, 6, 1), Language.EASY)) == "令和元年（2019年）"


def test_times_are_japanese_times() -> None:
    assert machine_time(T0) == "2025-04-01T14:02:00+09:00"
