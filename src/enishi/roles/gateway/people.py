"""A tenant's people as the provider and inquirer sides read them: persons by code or local number, linkage codes, held copies."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from enishi.errors import Conflict, Unknown
from enishi.protocol.statement import Nondisclosure
from enishi.roles.gateway.answering.marks import Mark, lawful, standing_on
from enishi.roles.gateway.copies import Copy, copy_or_absence
from enishi.terms import Absence


class Held(msgspec.Struct, frozen=True):
    """A person found at this institution, with the marks that stand and the held copies that were asked for, or why there is none."""

    addressee_number: str
    answering: str
    marks: tuple[Mark, ...]
    copies: Mapping[str, tuple[Copy, ...]]
    absent: Mapping[str, Absence]
    unheard: frozenset[str] = frozenset()
    """Items whose live source did not answer: there is neither a copy nor a reason."""


_PERSON = "SELECT p.addressee_number, p.answering FROM person p "
Wanted = Iterable[tuple[str, str]]


def by_code(connection: sqlite3.Connection, epoch: int, code: bytes, wanted: Wanted) -> Held | None:
    """The person whose linkage code in that key epoch this is, with the wanted (item, period) copies; None if there is none here."""
    row = connection.execute(_PERSON + "JOIN linkage_code l ON l.ref = p.ref WHERE l.epoch = ? AND l.code = ?", (epoch, code)).fetchone()
    return None if row is None else _held(connection, row[0], row[1], wanted)


def by_number(connection: sqlite3.Connection, addressee_number: str, wanted: Wanted) -> Held | None:
    """The same by addressee number, for the desk."""
    row = connection.execute(_PERSON + "WHERE p.addressee_number = ?", (addressee_number,)).fetchone()
    return None if row is None else _held(connection, row[0], row[1], wanted)


def codes_of(connection: sqlite3.Connection, epoch: int, people: Sequence[str]) -> list[bytes]:
    """The linkage codes of people by addressee number, in their order; Unknown("person-unknown"), Conflict("person-not-enrolled")."""
    return [_code_of(connection, epoch, number, place) for place, number in enumerate(people)]


def mark_for(connection: sqlite3.Connection, people: Sequence[str], at_ms: int) -> Nondisclosure | None:
    """The running mark under which people may be asked about; Conflict("marked-person-apart") where one of several has one.

    A statement's mark withholds the record of every row: a person under a mark is asked about alone, and nobody else's record is hidden with theirs.
    """
    first, *others = dict.fromkeys(people)
    for place, number in enumerate(people if others else ()):
        if lawful(standing_on(connection, number), at_ms) is not None:
            raise Conflict("marked-person-apart", f"row {place}", "person")
    return None if others else lawful(standing_on(connection, first), at_ms)


def _code_of(connection: sqlite3.Connection, epoch: int, number: str, place: int) -> bytes:
    row = connection.execute(
        "SELECT l.code FROM person p LEFT JOIN linkage_code l ON l.ref = p.ref AND l.epoch = ? WHERE p.addressee_number = ?", (epoch, number)
    ).fetchone()
    # The number itself stays out of the fault: faults are logged, and it names a person.
    if row is None:
        raise Unknown("person-unknown", f"row {place}", "person")
    if row[0] is None:
        raise Conflict("person-not-enrolled", f"row {place}", "person")
    return bytes(row[0])


def _held(connection: sqlite3.Connection, number: str, answering: str, wanted: Wanted) -> Held:
    found = {item: copy_or_absence(connection, number, item, period) for item, period in wanted}
    copies = {item: (copy,) if isinstance(copy, Copy) else () for item, copy in found.items()}
    absent = {item: why for item, why in found.items() if isinstance(why, Absence)}
    return Held(number, answering, standing_on(connection, number), copies, absent)
