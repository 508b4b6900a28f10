"""What the law page has ready: for each era its lines, picture, search and changes, each made when it is first asked for and kept."""

from datetime import date
from functools import cached_property

from enishi.law.eras import Era
from enishi.law.tables import Tables
from enishi.roles.exchange.lawface.finding import Finder
from enishi.roles.exchange.lawface.matrix import NARROW, WIDE, Cell, Picture, cells_of, picture_of
from enishi.roles.exchange.lawface.pairs import Pair, pairs_of
from enishi.roles.exchange.lawface.places import Places
from enishi.roles.exchange.lawface.turning import Turning, turning_of


class Open:
    """One era, opened."""

    def __init__(self, tables: Tables, era: Era) -> None:
        """Take all tables and the era."""
        self._tables = tables
        self.era = era

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Its lines."""
        return pairs_of(self.era, self._tables.eras, self._tables.identity)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Its lawful pairs of inquirer and item."""
        return cells_of(self.pairs)

    @cached_property
    def wide(self) -> Picture:
        """The picture for a wide window."""
        return picture_of(self.cells, WIDE)

    @cached_property
    def narrow(self) -> Picture:
        """The picture for a phone."""
        return picture_of(self.cells, NARROW)

    @cached_property
    def finder(self) -> Finder:
        """The search over its names."""
        return Finder(self.era)


class Shelf:
    """All eras of the tables."""

    def __init__(self, tables: Tables) -> None:
        """Take the tables; nothing is made yet."""
        self.tables = tables
        self.places = Places(tables)
        self._open = [Open(tables, era) for era in tables.eras]
        self._turnings: dict[date, Turning] = {}

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which a table changed, oldest first."""
        return tuple(one.era.effective_on for one in self._open)

    def on(self, day: date) -> Open:
        """The era of a day; the oldest one for a day before it."""
        return next((one for one in reversed(self._open) if one.era.effective_on <= day), self._open[0])

    def turning(self, day: date) -> Turning:
        """What changed on the last change up to a day."""
        now = self.on(day)
        begun = now.era.effective_on
        if begun not in self._turnings:
            place = self._open.index(now)
            self._turnings[begun] = turning_of(self.tables, begun, self._open[place - 1].era.effective_on if place else None)
        return self._turnings[begun]
