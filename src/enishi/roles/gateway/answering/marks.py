"""Marks on a tenant's people: non-disclosure (Art. 23(2)) and data in dispute, each with who set it, on what ground, until when, and who lifted it.

A mark stands until somebody lifts it. One of non-disclosure runs until its end, at most a year off (docs/decisions/0004-marks-of-nondisclosure.md):
so long inquiries about the person are held for an official and records are withheld; behind it neither. No row is ever removed: they are the history.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from secrets import token_bytes
from typing import Final, Literal

import msgspec

from enishi.errors import Conflict, Unknown
from enishi.protocol.nondisclosure import FORMER, HARM, LIMIT_MS
from enishi.protocol.statement import Nondisclosure
from enishi.roles.gateway.representing.kept import owe

MarkKind = Literal["nondisclosure", "dispute"]
SetBy = Literal["officer", "system"]
IMPORT: Final = "import"
"""The setter of a mark that came with the first import."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One mark with its history; `item` and `period` are empty where it concerns all, `until_ms` is 0 for a dispute, which ends by being settled."""

    id: bytes
    kind: MarkKind
    addressee_number: str
    item: str
    period: str
    ground: str
    until_ms: int
    set_by: SetBy
    setter: str
    set_at_ms: int
    lifted_by: str = ""
    lifted_at_ms: int = 0

    @property
    def standing(self) -> bool:
        """Whether nobody has lifted it."""
        return self.lifted_at_ms == 0

    def runs(self, at_ms: int) -> bool:
        """Whether it stands and its end, if it has one, is still to come."""
        return self.standing and not 0 < self.until_ms <= at_ms

    @property
    def protects(self) -> bool:
        """Whether it is there for harm to the person, where their own representative may be whom they are kept from."""
        return self.kind == "nondisclosure" and FORMER.get(self.ground, self.ground) == HARM

    def concerns(self, item: str, period: str) -> bool:
        """Whether it concerns the held copy of an item and period."""
        return self.item in ("", item) and self.period in ("", period)


_COLUMNS: Final = "id, kind, addressee_number, item, period, ground, until_ms, set_by, setter, set_at_ms, lifted_by, lifted_at_ms"
_STANDING: Final = f"SELECT {_COLUMNS} FROM mark WHERE addressee_number = ? AND lifted_at_ms = 0"
_LISTED: Final = f"SELECT {_COLUMNS} FROM mark WHERE lifted_at_ms = 0 OR ? ORDER BY set_at_ms DESC, id LIMIT ?"


def lawful(marks: Iterable[Mark], at_ms: int) -> Nondisclosure | None:
    """The mark of non-disclosure (Art. 23(2)) that runs longest, for a year at most: what goes on longer is renewed by the next act."""
    running = [mark for mark in marks if mark.kind == "nondisclosure" and mark.until_ms > at_ms]
    if not running:
        return None
    longest = max(running, key=lambda mark: (mark.until_ms, mark.ground))
    return Nondisclosure(FORMER.get(longest.ground, longest.ground), min(longest.until_ms, at_ms + LIMIT_MS))


def new_id() -> bytes:
    """16 random bytes."""
    return token_bytes(16)


def standing_on(connection: sqlite3.Connection, addressee_number: str) -> tuple[Mark, ...]:
    """The marks that nobody has lifted."""
    return tuple(map(_mark, connection.execute(_STANDING, (addressee_number,))))


def marked(connection: sqlite3.Connection, people: Sequence[str], at_ms: int) -> frozenset[str]:
    """Those of the people on whom a mark of non-disclosure runs."""
    return frozenset(person for person in set(people) if lawful(standing_on(connection, person), at_ms) is not None)


def put(connection: sqlite3.Connection, mark: Mark) -> Mark:
    """Keep a mark, or return the same one where it stands already; Unknown("person-unknown")."""
    # The number itself stays out of the fault: faults are logged, and it names a person.
    if connection.execute("SELECT 1 FROM person WHERE addressee_number = ?", (mark.addressee_number,)).fetchone() is None:
        raise Unknown("person-unknown", field="person")
    for known in standing_on(connection, mark.addressee_number):
        if _same(known, mark):
            return known
    connection.execute(f"INSERT INTO mark ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(mark))
    if mark.protects:
        # In the mark's own transaction: whoever is marked for harm is out of reach of every representative, or not marked.
        owe(connection, mark.id, "protect", mark.setter, mark.set_at_ms)
    return mark


def lift(connection: sqlite3.Connection, mark_id: bytes, lifter: str, at_ms: int) -> Mark:
    """End a mark; the same again changes nothing for the same lifter. Unknown("mark-unknown"), Conflict("mark-lifted")."""
    mark = find(connection, mark_id)
    if not mark.standing and mark.lifted_by != lifter:
        raise Conflict("mark-lifted", field="mark")
    lifted = "UPDATE mark SET lifted_by = ?, lifted_at_ms = ? WHERE id = ? AND lifted_at_ms = 0"
    connection.execute(lifted, (lifter, at_ms, mark_id))
    return find(connection, mark_id)


def find(connection: sqlite3.Connection, mark_id: bytes) -> Mark:
    """A mark by its id; Unknown("mark-unknown")."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM mark WHERE id = ?", (mark_id,)).fetchone()
    if row is None:
        raise Unknown("mark-unknown", field="mark")
    return _mark(row)


def listed(connection: sqlite3.Connection, extent: Literal["standing", "history"], limit: int) -> list[Mark]:
    """Marks, the newest first: those that stand, or all there ever were."""
    return list(_marks(connection.execute(_LISTED, (extent == "history", limit))))


def _marks(rows: sqlite3.Cursor) -> Iterator[Mark]:
    return (_mark(row) for row in rows)


def _mark(row: tuple[object, ...]) -> Mark:
    return Mark(**dict(zip(Mark.__struct_fields__, row, strict=True)))  # type: ignore[arg-type]


def _same(one: Mark, other: Mark) -> bool:
    facts = ("kind", "item", "period", "ground", "until_ms")
    return all(getattr(one, name) == getattr(other, name) for name in facts)
