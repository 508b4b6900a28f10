"""Rows of what was handed over: one for each application, first waiting for its institution, then struck, and kept for its person to see."""

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from enishi.protocol.offer import OfferShown
from enishi.protocol.statement import AffairRef
from enishi.terms import InstitutionId

SHOWN: Final = 100
"""Applications that a person is shown, the newest first."""
YEARS_MS: Final = 7 * 366 * 24 * 3600 * 1000
"""How long a row is kept, as long as the institution keeps its own."""
_COLUMNS: Final = "reference, individual_number, institution, source, row, purpose_item, signed, at_ms"


class Kept(msgspec.Struct, frozen=True):
    """A number that waits for its institution; `signed` is the SignedOffer as msgpack."""

    reference: bytes
    individual_number: str
    institution: InstitutionId
    affair: AffairRef
    purpose_item: str
    signed: bytes
    at_ms: int


def put(connection: sqlite3.Connection, kept: Kept, digest: bytes) -> bool:
    """Keep one; False where an application of this digest was kept before, whatever became of it."""
    values = (kept.reference, kept.individual_number, kept.institution, *_named(kept.affair), kept.purpose_item, kept.signed, kept.at_ms, digest)
    done = connection.execute(f"INSERT INTO offer ({_COLUMNS}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING", values)
    return done.rowcount == 1


def waiting(connection: sqlite3.Connection, institutions: Sequence[InstitutionId], without: Sequence[bytes], limit: int) -> list[Kept]:
    """What these institutions have not confirmed, in no order: what one does not believe never stands in the way of the others for good.

    `without` names what the platform has seen and does not believe: it stays here, and is not given.
    """
    places, left_out = (", ".join("?" * len(values)) for values in (institutions, without))
    query = (
        f"SELECT {_COLUMNS} FROM offer WHERE taken_ms = 0 AND institution IN ({places}) AND reference NOT IN ({left_out}) ORDER BY random() LIMIT ?"
    )
    rows = connection.execute(query, (*institutions, *without, limit)).fetchall()
    return [Kept(row[0], row[1], InstitutionId(row[2]), AffairRef(row[3], row[4]), *row[5:]) for row in rows]


def strike(connection: sqlite3.Connection, institution: InstitutionId, references: Sequence[bytes], at_ms: int) -> None:
    """Strike what the holder signed; the same again, or of another institution, changes nothing."""
    # Freed pages are overwritten: with the application go name, address, birthday and gender.
    connection.execute("PRAGMA secure_delete=ON")
    rows = [(at_ms, reference, institution) for reference in references]
    connection.executemany("UPDATE offer SET taken_ms = ?, signed = x'' WHERE reference = ? AND institution = ? AND taken_ms = 0", rows)


def of_person(connection: sqlite3.Connection, individual_number: str) -> tuple[OfferShown, ...]:
    """What a person handed over, the newest first."""
    query = (
        "SELECT reference, institution, source, row, purpose_item, at_ms, taken_ms FROM offer WHERE individual_number = ? ORDER BY at_ms DESC LIMIT ?"
    )
    rows = connection.execute(query, (individual_number, SHOWN)).fetchall()
    return tuple(
        OfferShown(
            reference=row[0], institution=InstitutionId(row[1]), affair=AffairRef(row[2], row[3]), purpose_item=row[4], at_ms=row[5], taken_ms=row[6]
        )
        for row in rows
    )


def of_look(connection: sqlite3.Connection, request: bytes) -> tuple[OfferShown, ...]:
    """The same of the person who made that look, by the digest of its request."""
    row = connection.execute("SELECT individual_number FROM look WHERE request = ?", (request,)).fetchone()
    return of_person(connection, row[0]) if row else ()


def forget(connection: sqlite3.Connection, at_ms: int) -> int:
    """Delete what is older than seven years; returns how many."""
    connection.execute("PRAGMA secure_delete=ON")
    return connection.execute("DELETE FROM offer WHERE at_ms < ?", (at_ms - YEARS_MS,)).rowcount


def _named(affair: AffairRef) -> tuple[str, str]:
    return affair.source, affair.row
