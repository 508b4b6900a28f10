"""Whose signature certificate that is, and whose session: whoever is logged in and whoever signs must be one person."""

import sqlite3
from typing import Final

from enishi.errors import Denied, Unauthenticated, Unavailable
from enishi.protocol.mandate import SESSION_MS

_CARD: Final = "SELECT individual_number FROM card WHERE serial = ? AND use = 'signature' AND revoked = 0"
_LOOKED: Final = "SELECT individual_number FROM look WHERE request = ? AND at_ms > ?"


def signer_of(connection: sqlite3.Connection, serial: str) -> str:
    """The number of whoever has this signature certificate; Unauthenticated("card-unknown"), Unavailable("signature-serials-missing")."""
    row = connection.execute(_CARD, (serial,)).fetchone()
    if row is None and connection.execute("SELECT 1 FROM card WHERE use = 'signature' LIMIT 1").fetchone() is None:
        raise Unavailable("signature-serials-missing")
    if row is None:
        raise Unauthenticated("card-unknown", "no person in the register has this card", "certificate")
    return str(row[0])


def logged_in(connection: sqlite3.Connection, session: bytes, at_ms: int) -> str:
    """The number of whoever made the look that opened this session, at most half an hour ago; Denied("mandate-of-another-person")."""
    row = connection.execute(_LOOKED, (session, at_ms - SESSION_MS)).fetchone()
    if row is None:
        raise Denied("mandate-of-another-person", "", "session")
    return str(row[0])


def check_signer(connection: sqlite3.Connection, serial: str, session: bytes, at_ms: int) -> str:
    """The number of whoever signed, in a session of their own; Denied("mandate-of-another-person") in another's."""
    number = signer_of(connection, serial)
    if logged_in(connection, session, at_ms) != number:
        raise Denied("mandate-of-another-person", "", "session")
    return number
