"""Where citations lead: each row, 号 and イロハ that some revision holds, with all that belongs to it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec

from enishi.law.eras import Era
from enishi.law.index import RowIndex
from enishi.law.model import Entry, Purpose, Revision, Row
from enishi.law.tables import Tables

ARTICLE: Final = re.compile(r"([^#]+)#([0-9_]+)(-[0-9_]+)?")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place that is held: the row it is or belongs to, its revision, and the 号 and イロハ where it is one."""

    citation: str
    revision: Revision
    row: Row
    purpose: Purpose | None = None
    entry: Entry | None = None


class Places:
    """The places of all revisions, by citation."""

    def __init__(self, tables: Tables) -> None:
        """Take the tables; the index is made at the first look."""
        self._tables = tables

    def find(self, citation: str) -> Place | None:
        """The place, or None where no revision holds its words; an article of the order is the place of its row."""
        found = self._places.get(citation)
        if found is not None:
            return found
        article = ARTICLE.fullmatch(citation)
        return self._articles.get(f"{article[1]}#{article[2]}") if article else None

    def index(self, place: Place) -> RowIndex | None:
        """The linkage row as it is ready for decisions, of its latest era; None for a row of another table."""
        return self._indexes.get(place.row.citation)

    def number_use(self, place: Place) -> tuple[str, ...]:
        """The number-use rows that a linkage row stands on, of every revision, as citations."""
        return tuple(self._numbers.get(place.row.citation, ()))

    def standing_on(self, place: Place) -> tuple[str, ...]:
        """The linkage rows that stand on a number-use row, as citations."""
        return tuple(self._standing.get(place.row.citation, ()))

    @cached_property
    def _places(self) -> dict[str, Place]:
        return {place.citation: place for place in self._all()}

    @cached_property
    def _articles(self) -> dict[str, Place]:
        """Rows by the article of the order that details them."""
        found: dict[str, Place] = {}
        for place in self._places.values():
            if place.purpose is None and place.row.purposes:
                article = place.row.purposes[0].citation.partition("#")[2].split("-")[0]
                found[f"{place.revision.source}#{article}"] = place
        return found

    @cached_property
    def _indexes(self) -> dict[str, RowIndex]:
        rows = [row for era in self._tables.eras for row in (*era.linkage, *_proposals(era))]
        return {row.row.citation: row for row in rows}

    @cached_property
    def _numbers(self) -> dict[str, dict[str, None]]:
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for era in self._tables.eras:
            for row in (*era.linkage, *_proposals(era)):
                found[row.row.citation].update(dict.fromkeys(numbers_of(row)))
        return found

    @cached_property
    def _standing(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for row, numbers in self._numbers.items():
            for number in numbers:
                found[number].append(row)
        return found

    def _all(self) -> Iterator[Place]:
        for revision in self._tables.book.revisions:
            for row in revision.rows:
                yield Place(citation=row.citation, revision=revision, row=row)
                for purpose in row.purposes:
                    yield Place(citation=purpose.citation, revision=revision, row=row, purpose=purpose)
                    for entry in purpose.entries:
                        if entry.citation != purpose.citation:
                            yield Place(citation=entry.citation, revision=revision, row=row, purpose=purpose, entry=entry)


def numbers_of(row: RowIndex) -> tuple[str, ...]:
    """The number-use rows that a linkage row stands on in its era."""
    return tuple(citation for citation in row.number_use.citations if "/" in citation)


def _proposals(era: Era) -> list[RowIndex]:
    return [found.row for found in era.proposals.values() if found.row is not None]
