"""A table of the XML as cells in rows and columns: spans filled, and `BorderTop="none"` read as "the cell above goes on"."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from enishi.errors import Malformed
from enishi.law.importing.reader import Node, Place, children, words

ROWS: Final = frozenset(("TableHeaderRow", "TableRow"))
CELLS: Final = frozenset(("TableHeaderColumn", "TableColumn"))
ATTRIBUTES: Final = frozenset(("BorderTop", "BorderBottom", "BorderLeft", "BorderRight", "rowspan", "colspan", "Align", "Valign"))
BORDERS: Final = frozenset(("solid", "none", "dotted", "double"))
WIDEST: Final = 100


@dataclass(frozen=True)
class Cell:
    """One position of a table; `goes_on` where it belongs to the cell above, by a span or by a border that is not drawn."""

    text: str
    goes_on: bool
    open_below: bool
    place: Place


def unreadable(place: Place, what: str) -> NoReturn:
    """A table that cannot be read as rows of law: Malformed("law-table-unreadable") with article, table, row and column."""
    raise Malformed("law-table-unreadable", f"{place}: {what}"[:300], "file")


def grid_of(table: Node, place: Place) -> list[list[Cell]]:
    """Every row of a table, all of one width, each cell filled; Malformed where a span or border leaves a doubt."""
    rows: list[list[Cell]] = []
    waiting: dict[int, tuple[int, Cell]] = {}
    for number, node in enumerate(children(table, place, ROWS), start=1):
        here = place.at(f"TableRow {number}", node)
        row = list(_row(node, here, waiting))
        if rows and len(row) != len(rows[0]):
            unreadable(here, f"{len(row)} columns, {len(rows[0])} above")
        rows.append(_continued(row, rows[-1] if rows else None))
    if not rows:
        unreadable(place, "no row")
    if waiting:
        unreadable(place, "rowspan past the end")
    for cell in rows[-1]:
        if cell.open_below:
            unreadable(cell.place, "goes on past the end")
    return rows


def _row(node: Node, place: Place, waiting: dict[int, tuple[int, Cell]]) -> Iterator[Cell]:
    """The cells of one row from left to right, those spanned from above put between its own."""
    own = [(child, words(child, place)) for child in children(node, place, CELLS)]
    column = 0
    while own or column in waiting:
        if column >= WIDEST:
            unreadable(place, f"more than {WIDEST} columns")
        if column in waiting:
            yield _spanned(column, waiting)
            column += 1
            continue
        child, text = own.pop(0)
        here = place.at(f"TableColumn {column + 1}", child)
        if not child.attributes.keys() <= ATTRIBUTES:
            unreadable(here, ", ".join(sorted(child.attributes.keys() - ATTRIBUTES)))
        span, width = _count(child, "rowspan", here), _count(child, "colspan", here)
        opened = _border(child, "BorderBottom", here)
        goes_on = _border(child, "BorderTop", here)
        if goes_on and text:
            unreadable(here, "BorderTop none, but with text")
        for step in range(width):
            if column + step in waiting:
                unreadable(here, "colspan over a rowspan")
            cell = Cell(text if not step else "", goes_on, opened and span == 1, here)
            if span > 1:
                waiting[column + step] = (span - 1, Cell("", True, opened, here))
            yield cell
        column += width


def _spanned(column: int, waiting: dict[int, tuple[int, Cell]]) -> Cell:
    left, cell = waiting.pop(column)
    if left > 1:
        waiting[column] = (left - 1, cell)
        return Cell("", True, False, cell.place)
    return cell


def _continued(row: list[Cell], above: list[Cell] | None) -> list[Cell]:
    """Check that what is open below is gone on with, and only that."""
    for column, cell in enumerate(row):
        spanned = above is not None and cell.place.way == above[column].place.way
        opened = above is not None and (above[column].open_below or spanned)
        if cell.goes_on != opened and not spanned:
            unreadable(
                cell.place, "BorderTop none without BorderBottom none above" if cell.goes_on else "BorderBottom none above, but not gone on with"
            )
    return row


def _count(node: Node, name: str, place: Place) -> int:
    text = node.attributes.get(name, "1")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 9999:
        unreadable(place, f'{name}="{text[:20]}"')
    return int(text)


def _border(node: Node, name: str, place: Place) -> bool:
    """True where the border is not drawn."""
    drawn = node.attributes.get(name, "solid")
    if drawn not in BORDERS:
        unreadable(place, f'{name}="{drawn[:20]}"')
    return drawn == "none"
