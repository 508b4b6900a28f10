"""Opening hours and the rules of a tenant: when it opens next, what is refused as no rule, and that every hour has an answer."""

from datetime import date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.clock import JST, moment
from enishi.errors import Misconfigured
from enishi.roles.gateway.answering.hours import DAYS, Opening, is_open, opens_at
from enishi.roles.gateway.answering.rules import Rules, read_rules

OFFICE = Opening(
    items=("jumin",),
    weekdays=dict.fromkeys(DAYS[:5], ("08:30", "17:15")),
    closed_on=(date(2025, 12, 29), date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)),
    open_on={date(2026, 1, 4): ("10:00", "12:00")},
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=JST).timestamp() * 1000)


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2025-12-26T08:29:59.999", "2025-12-26T08:30"),
        ("2025-12-26T08:30", "2025-12-26T08:30"),
        ("2025-12-26T17:14:59", "2025-12-26T17:14:59"),
        # Friday's end; then a weekend, five days that the institution wrote down, a Saturday, and a Sunday on which it opens.
        ("2025-12-26T17:15", "2026-01-04T10:00"),
        ("2026-01-04T12:00", "2026-01-05T08:30"),
        # A day closed by the list has no hour at all.
        ("2025-12-30T10:00", "2026-01-04T10:00"),
    ],
)
def test_when_it_opens_next(asked: str, opens: str) -> None:
    assert opens_at(OFFICE, at(asked)) == at(opens)
    assert is_open(OFFICE, at(asked)) == (asked == opens)


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
minutes = st.integers(0, 24 * 60).map(lambda one: f"{one // 60:02}:{one % 60:02}")
hours = st.tuples(minutes, minutes).map(lambda two: (min(two), max(two))).filter(lambda two: two[0] < two[1])


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(DAYS), hours, min_size=1),
    st.lists(days, max_size=366),
    st.dictionaries(days, hours, max_size=20),
    st.integers(at("2024-01-01T00:00"), at("2028-12-31T00:00")),
)
def test_every_time_has_an_opening_at_which_it_is_open(weekdays: Any, closed: list[date], extra: Any, at_ms: int) -> None:
    opening = Opening(items=("jumin",), weekdays=weekdays, closed_on=tuple(closed), open_on=extra)
    opens = opens_at(opening, at_ms)
    assert opens >= at_ms
    assert is_open(opening, opens)
    begin, end = opening.hours(moment(opens).date()) or ("", "")
    assert begin <= f"{moment(opens):%H:%M}" < end
    assert opens == at_ms or not is_open(opening, opens - 1)


WHOLE: dict[str, Any] = {
    "v": 1,
    "opening": {
        "items": ["jumin"],
        "weekdays": {"mon": ["08:30", "17:15"]},
        "closed_on": ["2025-12-29"],
        "open_on": {"2026-01-04": ["10:00", "12:00"]},
    },
    "held_items": ["welfare"],
    "held_days": 5,
    "reminder_days": 1,
}


def test_rules_are_read() -> None:
    rules = read_rules(msgspec.json.encode(WHOLE))
    assert rules.opening is not None
    assert rules.opening.hours(date(2026, 1, 4)) == ("10:00", "12:00")
    assert (rules.held_items, rules.held_ms, rules.reminder_ms) == (("welfare",), 5 * 86_400_000, 86_400_000)
    assert read_rules(b"{}") == Rules()


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"surprise": 1},
        {"held_items": ["no-such-item"]},
        {"held_days": 0},
        {"reminder_days": -1},
        {"opening": {"items": ["jumin"], "weekdays": {}}},
        {"opening": {"items": [], "weekdays": {"mon": ["08:30", "17:15"]}}},
        {"opening": {"items": ["jumin"], "weekdays": {"mon": ["17:15", "08:30"]}}},
        {"opening": {"items": ["jumin"], "weekdays": {"mon": ["8:30", "17:15"]}}},
        {"opening": {"items": ["jumin"], "weekdays": {"mon": ["08:30", "25:00"]}}},
        {"opening": {"items": ["jumin"], "weekdays": {"holiday": ["08:30", "17:15"]}}},
        {"opening": {"items": ["none"], "weekdays": {"mon": ["08:30", "17:15"]}}},
        {"opening": {"items": ["jumin"], "weekdays": {"mon": ["08:30", "17:15"]}, "closed_on": ["2025-02-30"]}},
    ],
)
def test_what_is_no_rule_stops_the_start(change: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured, match="answering-unreadable"):
        read_rules(msgspec.json.encode(WHOLE | change))
