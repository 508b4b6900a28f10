"""What the database's own errors mean to a caller: try again, mend the installation, or a fault of the program."""

import sqlite3
from typing import Final

from enishi.errors import Fault, Misconfigured, Unavailable

_PASSING: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def translate(error: BaseException) -> BaseException:
    """The fault for an error of the disk or file; constraint errors, faults and errors of the program come back as they are."""
    return _fault_of(error) or error


def _fault_of(error: BaseException) -> Fault | None:
    # The low byte is the primary result code; the rest only says where in the disk's layers it happened.
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF if isinstance(error, sqlite3.Error) else 0
    name = getattr(error, "sqlite_errorname", "")
    if code in _PASSING:
        return Unavailable("store-unavailable", name)
    if code in _DAMAGED:
        return Misconfigured("store-damaged", name)
    return None
