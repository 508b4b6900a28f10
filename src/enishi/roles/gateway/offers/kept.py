"""What was handed over, as the institution keeps it: the application with its proof, the ref of the number, and whose it is by its own word.

The number itself is enrolment's: here it is only passed on.
"""

import sqlite3
from datetime import date
from typing import Final

import msgspec
from cryptography.x509 import load_der_x509_certificate

from enishi.errors import Conflict, Unknown
from enishi.oidc.documents import read_basic_items
from enishi.protocol.offer import Believed, HandedNumber, SignedOffer
from enishi.protocol.statement import AffairRef
from enishi.roles.gateway import enrolment

_COLUMNS: Final = "reference, ref, source, row, purpose_item, signed, handed_ms, at_ms"
_FIND: Final = (
    "SELECT o.source, o.row, o.purpose_item, o.signed, o.handed_ms, o.ref, COALESCE(p.addressee_number, ''),"
    " EXISTS (SELECT 1 FROM linkage_code l WHERE l.ref = o.ref) FROM offer o LEFT JOIN person p ON p.ref = o.ref WHERE o.reference = ?"
)


class Applicant(msgspec.Struct, frozen=True):
    """The four basic items of the signature certificate (基本4情報)."""

    name: str
    address: str
    born_on: date
    gender: str


class Kept(msgspec.Struct, frozen=True):
    """One application: for what, from whom, when it was handed over, whose it is here ("" while nobody said so), whether the code is there."""

    reference: bytes
    affair: AffairRef
    purpose_item: str
    applicant: Applicant
    handed_ms: int
    person: str
    enrolled: bool


def keep(connection: sqlite3.Connection, handed: HandedNumber, believed: Believed, at_ms: int) -> bool:
    """Keep one under its reference; False for one that is kept already. Malformed("individual-number-wrong")."""
    if connection.execute("SELECT 1 FROM offer WHERE reference = ?", (handed.reference,)).fetchone():
        return False
    offer, ref = believed.offer, enrolment.keep_handed(connection, handed.individual_number)
    signed = msgspec.msgpack.encode(handed.signed)
    values = (handed.reference, ref, offer.affair.source, offer.affair.row, offer.purpose_item, signed, handed.at_ms, at_ms)
    connection.execute(f"INSERT INTO offer ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    return True


def find(connection: sqlite3.Connection, reference: bytes) -> Kept:
    """One application; Unknown("handed-unknown")."""
    row = connection.execute(_FIND, (reference,)).fetchone()
    if row is None:
        raise Unknown("handed-unknown", field="reference")
    items = read_basic_items(load_der_x509_certificate(msgspec.msgpack.decode(row[3], type=SignedOffer).certificate))
    applicant = Applicant(items.name, items.address, items.born_on, items.gender)
    return Kept(reference, AffairRef(row[0], row[1]), row[2], applicant, row[4], row[6], bool(row[7]))


def settle(connection: sqlite3.Connection, reference: bytes, addressee_number: str) -> Kept:
    """The institution says whose application it is, by its own number; the same again changes nothing.

    Unknown("handed-unknown"); Conflict("handed-other-person") where the number is another person's here, or that person has another number.
    """
    row = connection.execute(_FIND, (reference,)).fetchone()
    if row is None:
        raise Unknown("handed-unknown", field="reference")
    ref, known_as = bytes(row[5]), row[6]
    if known_as != addressee_number:
        if known_as:
            raise Conflict("handed-other-person", field="person")
        _tie(connection, ref, addressee_number)
    return find(connection, reference)


def _tie(connection: sqlite3.Connection, ref: bytes, addressee_number: str) -> None:
    person = connection.execute("SELECT ref FROM person WHERE addressee_number = ?", (addressee_number,)).fetchone()
    if person is None:
        connection.execute(
            "INSERT INTO person (addressee_number, ref, answering, nondisclosure_ground, nondisclosure_until_ms) VALUES (?, ?, 'automatic', '', 0)",
            (addressee_number, ref),
        )
        return
    # Somebody known here without a number: the number, and the code that came for it, go over to the ref that this person has.
    if not enrolment.move_number(connection, ref, person[0]):
        raise Conflict("handed-other-person", field="person")
    connection.execute("UPDATE offer SET ref = ? WHERE ref = ?", (person[0], ref))
