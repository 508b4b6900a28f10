"""事務の同一性: which rows of different revisions are one affair, by law and wording as reviewed in `affairs.jsonl`, never by row label.

An affair of a number-use table and an affair of a linkage table are two affairs: the crosswalk ties them, history does not.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Final, Literal, NewType

import msgspec

from enishi.encoding import digest
from enishi.errors import Unknown
from enishi.law.model import Book, Kind, Revision, Row, Tie

AffairId = NewType("AffairId", str)
"""`n-`, `l-` or `p-` (number use, linkage, proposal) and 16 hex digits over the laws, wording and parties of its first row.

Permanent as long as no revision is added before that row.
"""

Likeness = Literal["first", "words", "brackets", "reworded"]
"""How a row agrees with the row before it in its affair.

`words`: the same text. `brackets`: the same but for brackets (law numbers, short names). `reworded`: read as the same, scope or parties changed.
"""

CONTINUES: Final = frozenset(("words", "brackets", "reworded"))
LETTERS: Final[Mapping[Kind, str]] = {"number_use": "n", "linkage": "l", "proposal": "p"}


class Stay(msgspec.Struct, frozen=True):
    """One row in which an affair stood on the half-open days [effective_on, until); `until` None: no later revision is held."""

    citation: str
    kind: Kind
    row: Row
    effective_on: date
    until: date | None
    likeness: Likeness
    doubt: str


class Identity:
    """Affairs across all revisions of a book; built on first use, immutable after."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def affair_of(self, citation: str) -> AffairId:
        """The affair of a row, by the row's citation; Unknown("affair-unknown") where no revision has that row."""
        found = self._affairs.get(citation)
        if found is None:
            raise Unknown("affair-unknown", citation[:200], "affair")
        return found

    def history(self, affair: AffairId) -> tuple[Stay, ...]:
        """The rows in which the affair stood, oldest first, at most one on any day; Unknown("affair-unknown")."""
        found = self._stays.get(affair)
        if found is None:
            raise Unknown("affair-unknown", affair[:200], "affair")
        return found

    def origin(self, affair: AffairId) -> AffairId | None:
        """The affair that this one was carved out of, where the review found one (Tie `part`); else None."""
        return self._origins.get(affair)

    def ended(self, affair: AffairId) -> Tie | None:
        """The reviewed word that no later revision has the affair (Tie `ceased`), with its doubt; None while it stands."""
        return self._ends.get(self.history(affair)[-1].citation)

    def tie(self, citation: str) -> Tie | None:
        """The reviewed tie of a row to the row before it; None in the first revision of its kind."""
        return self._ties.get(citation)

    def affairs(self, kind: Kind) -> tuple[AffairId, ...]:
        """Every affair that some revision of the kind has, in the order of first appearance."""
        return tuple(affair for affair, stays in self._stays.items() if stays[0].kind == kind)

    @cached_property
    def _ties(self) -> Mapping[str, Tie]:
        return {tie.row: tie for tie in self._book.ties if tie.row}

    @cached_property
    def _ends(self) -> Mapping[str, Tie]:
        return {tie.earlier: tie for tie in self._book.ties if tie.kind == "ceased"}

    @cached_property
    def _affairs(self) -> Mapping[str, AffairId]:
        found: dict[str, AffairId] = {}
        for revision, row in rows_by_day(self._book):
            tie = self._ties.get(row.citation)
            continued = tie is not None and tie.kind in CONTINUES
            earlier = found.get(tie.earlier) if tie is not None and continued else None
            found[row.citation] = earlier or affair_id(revision.kind, row)
        return found

    @cached_property
    def _stays(self) -> Mapping[AffairId, tuple[Stay, ...]]:
        stays: dict[AffairId, list[Stay]] = defaultdict(list)
        for revision, row in rows_by_day(self._book):
            stays[self._affairs[row.citation]].append(self._stay(revision, row))
        return {affair: tuple(found) for affair, found in stays.items()}

    def _stay(self, revision: Revision, row: Row) -> Stay:
        tie = self._ties.get(row.citation)
        likeness: Likeness = "first"
        if tie is not None and (tie.kind == "words" or tie.kind == "brackets" or tie.kind == "reworded"):
            likeness = tie.kind
        return Stay(row.citation, revision.kind, row, revision.effective_on, revision.until, likeness, tie.doubt if tie else "")

    @cached_property
    def _origins(self) -> Mapping[AffairId, AffairId]:
        carved = [tie for tie in self._book.ties if tie.kind == "part"]
        return {self._affairs[tie.row]: self._affairs[tie.earlier] for tie in carved}


def rows_by_day(book: Book) -> Iterator[tuple[Revision, Row]]:
    """Every row with its revision, oldest revision first."""
    for revision in sorted(book.revisions, key=lambda found: found.effective_on):
        for row in revision.rows:
            yield revision, row


def affair_id(kind: Kind, row: Row) -> AffairId:
    """The id of an affair whose first row this is."""
    parts = (*_bytes(row.laws), b"", row.affair.encode(), b"", *_bytes(row.parties))
    return AffairId(f"{LETTERS[kind]}-{digest('affair', *parts).hex()[:16]}")


def _bytes(names: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(name.encode() for name in names)
