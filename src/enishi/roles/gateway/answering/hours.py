"""Opening hours (開庁時間): weekdays with their hours, and the days that the institution itself writes down as closed or open (JST)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec

from enishi.clock import JST, moment
from enishi.protocol.forms import demand

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
"""A time of day in JST, `24:00` for the end of the day."""
Hours = tuple[Clock, Clock]
"""From when until when, half-open."""
DAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST: Final = 366
"""Days that one list may name."""


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When an institution answers what it answers live.

    `items` are answered within these hours only, all others at any time. A day in `open_on` has the hours written there; one in `closed_on` has none.
    Nothing is known here of public holidays: the institution writes them into `closed_on`, as its own ordinance on holidays names them.
    """

    items: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=50)]
    weekdays: Annotated[dict[Weekday, Hours], msgspec.Meta(min_length=1)]
    closed_on: Annotated[tuple[date, ...], msgspec.Meta(max_length=MOST)] = ()
    open_on: Annotated[dict[date, Hours], msgspec.Meta(max_length=MOST)] = {}

    def hours(self, day: date) -> Hours | None:
        """The hours of a day; None where it is closed."""
        if day in self.open_on:
            return self.open_on[day]
        return None if day in self.closed_on else self.weekdays.get(DAYS[day.weekday()])


def check_opening(opening: Opening) -> None:
    """Malformed("opening-hours-wrong") unless every day opens before it closes."""
    for hours in (*opening.weekdays.values(), *opening.open_on.values()):
        demand(hours[0] < hours[1], "opening-hours-wrong", "-".join(hours), "opening")


def is_open(opening: Opening, at_ms: int) -> bool:
    """Whether the institution is open at a time."""
    return opens_at(opening, at_ms) == at_ms


def opens_at(opening: Opening, at_ms: int) -> int:
    """The time itself while it is open, else when it opens next (milliseconds UTC)."""
    first = moment(at_ms).date()
    # Every weekday comes round within a week, and no list closes more days than MOST.
    days = (first + timedelta(days=count) for count in range(7 * (MOST + 2)))
    spans = (_span(day, hours) for day in days if (hours := opening.hours(day)))
    return next(max(at_ms, begin) for begin, end in spans if at_ms < end)


def _span(day: date, hours: Hours) -> tuple[int, int]:
    begin, end = (_at(day, clock) for clock in hours)
    return begin, end


def _at(day: date, clock: str) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=JST)
    return int(midnight.timestamp() * 1000) + (int(clock[:2]) * 60 + int(clock[3:])) * 60_000
