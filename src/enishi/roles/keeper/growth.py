"""The picture of how the log grew: its size at the end of each day, with the same figures as a table; all of it is public."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import msgspec

from enishi.clock import moment
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase
from enishi.web.dates import day_in

DAYS: Final = 14
WIDTH: Final = 760
HEIGHT: Final = 150
_TOP: Final = 28
_BASE: Final = 112
_MARGIN: Final = 16
"""Room for the words under the first and last bar, which on a phone are wider than the bars."""
_STEP: Final = (WIDTH - 2 * _MARGIN) // DAYS
_BAR: Final = 30
_JAPAN_MS: Final = 9 * 3600 * 1000
_DAY_MS: Final = 86_400_000


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A day: its name, the size of the log at its end, and where its bar stands in the picture (units of the view box)."""

    day: Phrase
    short: str
    size: int
    x: int
    middle: int
    y: int
    height: int
    told: bool


class Growth(msgspec.Struct, frozen=True):
    """The bars, and the size of the view box."""

    bars: tuple[Bar, ...]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = _BASE
    bar: int = _BAR


def sizes_by_day(connection: sqlite3.Connection) -> dict[int, int]:
    """The largest checkpoint of each day that has one; days are counted from 1 January 1970, in Japan."""
    query = "SELECT (at_ms + ?) / ?, MAX(size) FROM checkpoint GROUP BY 1"
    return dict(connection.execute(query, (_JAPAN_MS, _DAY_MS)).fetchall())


def growth_of(sizes: Mapping[int, int], now_ms: int, language: Language) -> Growth:
    """Fourteen days that end with today; a day without a checkpoint has the size of the day before."""
    today = moment(now_ms).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    counts = [max((size for known, size in sizes.items() if known <= _count(day)), default=0) for day in days]
    return Growth(tuple(_bar(place, days, counts, language) for place in range(DAYS)))


def _count(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _bar(place: int, days: Sequence[date], counts: Sequence[int], language: Language) -> Bar:
    size = counts[place]
    height = max(4, round((_BASE - _TOP) * size / max(*counts, 1))) if size else 0
    x = _MARGIN + place * _STEP + (_STEP - _BAR) // 2
    # A figure over every bar would not fit a phone; one where the log grew, and always the last, says the same.
    told = size > 0 and (place == DAYS - 1 or (place % 3 == DAYS % 3 - 1 and size != counts[place - 1]))
    return Bar(
        day=day_in(days[place], language),
        short=f"{days[place].month}/{days[place].day}",
        size=size,
        x=x,
        middle=x + _BAR // 2,
        y=_BASE - height,
        height=height,
        told=told,
    )
