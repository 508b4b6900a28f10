"""Whose card signed, and whose session it is: by the serial numbers of signature certificates, and by the looks that opened sessions."""

import sqlite3
from typing import Final

from enishi.errors import Denied, Unauthenticated, Unavailable
from enishi.protocol.declared import SESSION_MS

_CARD: Final = "SELECT individual_number FROM card WHERE serial = ? AND use = 'signature' AND revoked = 0"
_LOOKED: Final = "SELECT individual_number FROM look WHERE request = ? AND at_ms > ?"


def holder(connection: sqlite3.Connection, serial: str) -> str:
    """The number of the person whose signature certificate has this serial.

    Unauthenticated("card-unknown"); Unavailable("signature-serials-missing") for a register that knows no such serials at all.
    """
    row = connection.execute(_CARD, (serial,)).fetchone()
    if row is None and connection.execute("SELECT 1 FROM card WHERE use = 'signature' LIMIT 1").fetchone() is None:
        raise Unavailable("signature-serials-missing")
    if row is None:
        raise Unauthenticated("card-unknown", "no person in the register has this card", "certificate")
    return str(row[0])


def looker(connection: sqlite3.Connection, session: bytes, since_ms: int) -> str | None:
    """The number of the person whose look opened the session, if that was after `since_ms`."""
    row = connection.execute(_LOOKED, (session, since_ms)).fetchone()
    return None if row is None else str(row[0])


def check_session(connection: sqlite3.Connection, session: bytes, number: str, at_ms: int) -> None:
    """Denied("offer-of-another-person") unless that person's look opened the session: nobody hands over a number in another's session."""
    if looker(connection, session, at_ms - SESSION_MS) != number:
        raise Denied("offer-of-another-person", "", "session")


def person_of(connection: sqlite3.Connection, session: bytes, at_ms: int) -> str:
    """The number of the person whose look opened the session; Unauthenticated("agent-session-over") for none, or one that is too long ago."""
    number = looker(connection, session, at_ms - SESSION_MS)
    if number is None:
        raise Unauthenticated("agent-session-over", "", "session")
    return number
