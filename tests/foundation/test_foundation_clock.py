"""The clock: milliseconds of UTC, days of Japan, and a pinned day that moves the law alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi import clock
from enishi.protocol.forms import END_MS

MIDNIGHT_MS = 1_743_433_200_000
"""2025-04-01T00:00 in Japan."""


def test_now_is_one_moment_however_it_is_asked() -> None:
    before, now, after = clock.now_ms(), clock.now(), clock.now_ms()
    assert before <= now.timestamp() * 1000 + 1
    assert now.timestamp() * 1000 <= after + 1
    assert now.utcoffset() == timedelta(0)


@pytest.mark.parametrize("reading", [clock.monotonic, clock.thread_seconds, clock.process_seconds])
def test_readings_for_differences_never_step_back(reading: object) -> None:
    seen = [reading() for _ in range(200)]  # type: ignore[operator]
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("at_ms", "day"),
    [
        (MIDNIGHT_MS, date(2025, 4, 1)),
        (MIDNIGHT_MS - 1, date(2025, 3, 31)),
        (MIDNIGHT_MS + 9 * 3600 * 1000, date(2025, 4, 1)),
        (MIDNIGHT_MS + 24 * 3600 * 1000 - 1, date(2025, 4, 1)),
    ],
)
def test_the_legal_day_begins_at_midnight_in_japan(at_ms: int, day: date) -> None:
    assert clock.legal_day(at_ms) == day


def test_a_pinned_day_goes_before_the_clock() -> None:
    assert clock.legal_day(0, date(2025, 4, 1)) == date(2025, 4, 1)
    assert clock.moment(0) == datetime(1970, 1, 1, 9, tzinfo=clock.JST)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.integers(0, END_MS - 1))
def test_every_time_that_a_form_may_hold_has_a_day(at_ms: int) -> None:
    moment = clock.moment(at_ms)
    assert clock.legal_day(at_ms) == moment.date()
    # The float on the way is good to less than a millisecond up to the last day that a form takes.
    assert abs((moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1) - at_ms) < 1


def test_the_last_time_of_a_form_is_still_a_day() -> None:
    assert clock.legal_day(END_MS - 1) == date(9999, 12, 31)
