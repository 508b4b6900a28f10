"""Who declares a mandate: whoever is logged in and whoever signs must be one person."""

import sqlite3

from enishi.errors import Denied
from enishi.protocol.declared import SESSION_MS
from enishi.roles.registrar.holders import holder, looker


def logged_in(connection: sqlite3.Connection, session: bytes, at_ms: int) -> str:
    """The number of whoever made the look that opened this session, at most half an hour ago; Denied("mandate-of-another-person")."""
    number = looker(connection, session, at_ms - SESSION_MS)
    if number is None:
        raise Denied("mandate-of-another-person", "", "session")
    return number


def check_signer(connection: sqlite3.Connection, serial: str, session: bytes, at_ms: int) -> str:
    """The number of whoever signed, in a session of their own; Denied("mandate-of-another-person") in another's, and what `holder` raises."""
    number = holder(connection, serial)
    if logged_in(connection, session, at_ms) != number:
        raise Denied("mandate-of-another-person", "", "session")
    return number
