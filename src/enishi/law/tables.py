"""The tables of law in force on a day, made ready from the package's compiled data; `load()` is the only way in."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from enishi.law.capacities import powers_of
from enishi.law.eras import Era, eras_of
from enishi.law.identity import AffairId, Identity, Stay
from enishi.law.model import Book, Power
from enishi.law.short_forms import ShortWay
from enishi.law.short_way import short_ways

DAY: Final = timedelta(days=1)


class Tables:
    """Every revision held, by day; immutable after loading.  `digest` (32 bytes) is the SHA-256 of the compiled file.

    `short_ways` are those of the verified days.
    """

    def __init__(self, compiled: bytes) -> None:
        self.digest: Final = hashlib.sha256(compiled).digest()
        self.book: Final = msgspec.msgpack.decode(compiled, type=Book)
        self.verified_until: Final = self.book.verified_until
        self.identity: Final = Identity(self.book)
        self.eras: Final = tuple(eras_of(self.book, self.identity))
        self._days: Final = {day: era for era in self.eras for day in _days(era, self.verified_until)}
        self.short_ways: Final[Mapping[date, ShortWay]] = short_ways(self._days)
        self._names: Final = frozenset(key for era in self.eras for key in (*era.rows, *era.proposals))

    def era(self, on: date) -> Era | None:
        """The tables in force on a day; None before the first revision held."""
        return self._days.get(on) or self._far(on)

    def _far(self, on: date) -> Era | None:
        """A day beyond those that are listed one by one."""
        for era in self.eras:
            if era.effective_on <= on and (era.until is None or on < era.until):
                return era
        return None

    def knows(self, source: str, row: str) -> bool:
        """True where some revision, of whatever day, has that row."""
        return (source, row) in self._names

    def affair_of(self, citation: str) -> AffairId:
        """The affair of a row, by the row's citation; Unknown("affair-unknown") where no revision has that row."""
        return self.identity.affair_of(citation)

    def history(self, affair: AffairId) -> tuple[Stay, ...]:
        """The rows in which the affair stood, oldest first, each on half-open days; Unknown("affair-unknown")."""
        return self.identity.history(affair)

    def powers(self, capacity: str, on: date) -> tuple[Power, ...]:
        """What a statute hands to the holders of a capacity on a day, with clause, scope and doubt."""
        return powers_of(self.book, capacity, on)

    def rechecked(self, source: str, laws: Iterable[str], on: date) -> bool:
        """True where the source's later amendments were read for one of these laws up to the day."""
        return any(check.source == source and check.law in laws and on <= check.until for check in self.book.rechecks)


def _days(era: Era, last: date) -> Iterator[date]:
    """The days of an era, one by one, up to and including the last verified one."""
    end = last + DAY if era.until is None else min(last + DAY, era.until)
    return (era.effective_on + DAY * number for number in range((end - era.effective_on).days))


@cache
def load() -> Tables:
    """The tables that the package carries (one file, read once)."""
    return Tables(resources.files("enishi.law").joinpath("data/law.msgpack").read_bytes())
