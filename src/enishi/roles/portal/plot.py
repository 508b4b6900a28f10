"""The picture of a year: how many acts each month, what was refused apart, with the same figures as a table."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from enishi.clock import moment
from enishi.roles.portal.cards import Card
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase
from enishi.web.dates import month_in, month_short

MONTHS: Final = 12
HOUR_MS: Final = 3_600_000
WIDTH: Final = 720
HEIGHT: Final = 140
_TOP: Final = 24
_BASE: Final = 104
_STEP: Final = WIDTH // MONTHS
_BAR: Final = 30


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A month: its figures, and where its bar stands in the picture (units of the view box)."""

    month: Phrase
    short: str
    total: int
    refused: int
    x: int
    middle: int
    y: int
    height: int
    refused_y: int
    refused_height: int


class Plot(msgspec.Struct, frozen=True):
    """The bars, and the size of the view box."""

    bars: tuple[Bar, ...]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = _BASE
    bar: int = _BAR


def plot_of(cards: Sequence[Card], until: date, language: Language) -> Plot:
    """Twelve months that end with the month of `until`; what one did oneself is not counted, and what law withholds is not told by a count either."""
    # Very many cards are of few hours: each hour is looked up in the calendar once.
    hours = Counter((card.at_ms // HOUR_MS, card.kind == "refusal") for card in cards if not (card.kind == "look" or card.own or card.withheld))
    totals: Counter[tuple[int, int]] = Counter()
    refused: Counter[tuple[int, int]] = Counter()
    for (hour, refusal), count in hours.items():
        at = moment(hour * HOUR_MS)
        totals[at.year, at.month] += count
        refused[at.year, at.month] += count if refusal else 0
    months = _months(until)
    peak = max([totals[month] for month in months] + [1])
    return Plot(tuple(_bar(i, month, totals[month], refused[month], peak, language) for i, month in enumerate(months)))


def _months(until: date) -> list[tuple[int, int]]:
    last = until.year * 12 + until.month - 1
    return [(count // 12, count % 12 + 1) for count in range(last - MONTHS + 1, last + 1)]


def _bar(i: int, month: tuple[int, int], total: int, refused: int, peak: int, language: Language) -> Bar:
    room = _BASE - _TOP
    height = max(4, round(room * total / peak)) if total else 0
    below = max(3, round(height * refused / total)) if refused else 0
    x = i * _STEP + (_STEP - _BAR) // 2
    first = date(month[0], month[1], 1)
    return Bar(
        month=month_in(first, language),
        short=month_short(first, language),
        total=total,
        refused=refused,
        x=x,
        middle=x + _BAR // 2,
        y=_BASE - height,
        height=height - below,
        refused_y=_BASE - below,
        refused_height=below,
    )
