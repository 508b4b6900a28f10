"""The picture of the law: who may ask across what may be asked, a dot per lawful pair, larger where more rows carry it."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import Final

import msgspec

from enishi.roles.exchange.lawface.pairs import Pair
from enishi.sentences.catalogue import known

ROWS: Final = 18
"""Most inquirers that are drawn each on a line of its own; the rest share one, and the table has them all."""
OTHER: Final = ""


class Cell(msgspec.Struct, frozen=True):
    """A lawful pair: how many rows carry it."""

    inquirer: str
    item: str
    rows: int


class Dot(msgspec.Struct, frozen=True):
    """Where a pair stands in the picture, and how large."""

    x: float
    y: float
    r: float


class Line(msgspec.Struct, frozen=True):
    """A label with the middle of its row or column."""

    key: str
    at: float
    count: int


class Picture(msgspec.Struct, frozen=True):
    """The picture in units of its view box."""

    width: int
    height: int
    left: int
    right: int
    top: int
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    dots: tuple[Dot, ...]


class Frame(msgspec.Struct, frozen=True):
    """The measures of a picture: its width, the room for labels, the height of a row, the most columns, the largest dot."""

    width: int
    left: int
    right: int
    top: int
    row: int
    columns: int
    largest: float


WIDE: Final = Frame(width=896, left=268, right=44, top=112, row=28, columns=20, largest=11.5)
NARROW: Final = Frame(width=328, left=116, right=30, top=104, row=22, columns=10, largest=8)


def cells_of(pairs: Sequence[Pair]) -> tuple[Cell, ...]:
    """Every lawful pair of inquirer and item with its number of rows, the commonest first."""
    rows = {(pair.inquirer, pair.item, pair.row.row.citation) for pair in pairs}
    counted = Counter((inquirer, item) for inquirer, item, _ in rows)
    return tuple(Cell(inquirer, item, count) for (inquirer, item), count in sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def picture_of(cells: Sequence[Cell], frame: Frame) -> Picture:
    """Draw the cells; what has no line or column of its own stands in the last one."""
    inquirers, items = _shares(cells, "inquirer"), _shares(cells, "item")
    down = [name for name, _ in inquirers.most_common(ROWS)]
    across = [name for name, _ in items.most_common() if known("columns", name)][: frame.columns]
    rows = _lines(_with_rest(down, inquirers), frame.top, frame.row)
    columns = _lines(_with_rest(across, items), frame.left, (frame.width - frame.left - frame.right) / (len(across) + 1))
    merged: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        merged[cell.inquirer if cell.inquirer in down else OTHER, cell.item if cell.item in across else OTHER] += cell.rows
    at_x, at_y = {line.key: line.at for line in columns}, {line.key: line.at for line in rows}
    # The sizes compare single pairs; what shares the last line or column would dwarf them, so it is drawn no larger than the largest.
    peak = max((count for (inquirer, item), count in merged.items() if inquirer and item), default=1)
    dots = tuple(Dot(at_x[item], at_y[inquirer], _radius(count, peak, frame.largest)) for (inquirer, item), count in merged.items())
    return Picture(frame.width, frame.top + frame.row * len(rows) + 8, frame.left, frame.width - frame.right, frame.top, rows, columns, dots)


def _shares(cells: Sequence[Cell], name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell in cells:
        found[getattr(cell, name)] += cell.rows
    return found


def _with_rest(names: list[str], counted: Counter[str]) -> list[tuple[str, int]]:
    rest = sum(count for name, count in counted.items() if name not in names)
    return [*((name, counted[name]) for name in names), *([(OTHER, rest)] if rest else [])]


def _lines(named: list[tuple[str, int]], begin: float, step: float) -> tuple[Line, ...]:
    return tuple(Line(name, round(begin + (place + 0.5) * step, 1), count) for place, (name, count) in enumerate(named))


def _radius(count: int, peak: int, largest: float) -> float:
    """By area, so that twice the rows look like twice as much; never too small to see."""
    return round(max(largest * 0.22, largest * sqrt(min(1.0, count / peak))), 1)
