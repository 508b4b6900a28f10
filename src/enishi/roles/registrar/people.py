"""The people of the register: taken in once from the founding files, each with a random handle from which nothing follows."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_bytes
from typing import TypeVar

import msgspec

from enishi import clock
from enishi.errors import Misconfigured
from enishi.number import parse_individual_number
from enishi.store import crash
from enishi.store.database import Database

L = TypeVar("L")


class Resident(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of `residents.jsonl`: the number, the serial of the card's authentication certificate ("" without card), an acquisition
    number or "", whether the card was reported lost, and the serial of its signature certificate ("" where it is not known)."""

    individual_number: str
    card_serial: str = ""
    acquisition_number: str = ""
    card_suspended: bool = False
    signature_serial: str = ""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of `signatures.jsonl`, for a register founded without them: a number, and the serial of its holder's signature certificate."""

    individual_number: str
    signature_serial: str
    card_suspended: bool = False


async def import_residents(database: Database, path: Path) -> int:
    """Take in the founding file, once and whole; returns how many people the register then holds."""

    def take_in(connection: sqlite3.Connection) -> int:
        _once(connection, path, Resident, _insert)
        return int(connection.execute("SELECT COUNT(*) FROM person").fetchone()[0])

    crash.point("registrar.import.before_store")
    return await database.write(take_in)


async def import_signatures(database: Database, path: Path) -> int:
    """Take in the serials of signature certificates, once and whole; returns how many there then are. Without any, no number is handed over."""

    def take_in(connection: sqlite3.Connection) -> int:
        _once(connection, path, Signature, _insert_signature)
        return int(connection.execute("SELECT COUNT(*) FROM card WHERE use = 'signature'").fetchone()[0])

    crash.point("registrar.signatures.before_store")
    return await database.write(take_in)


def _once(connection: sqlite3.Connection, path: Path, form: type[L], insert: Callable[[sqlite3.Connection, L], None]) -> None:
    if not path.exists() or connection.execute("SELECT 1 FROM imported WHERE name = ?", (path.name,)).fetchone() is not None:
        return
    for line in _read(path, form):
        insert(connection, line)
    connection.execute("INSERT INTO imported (name, at_ms) VALUES (?, ?)", (path.name, clock.now_ms()))


def _insert(connection: sqlite3.Connection, resident: Resident) -> None:
    number = parse_individual_number(resident.individual_number)
    connection.execute("INSERT OR IGNORE INTO person (individual_number, handle, audited) VALUES (?, ?, 0)", (number, token_bytes(32)))
    if resident.card_serial:
        row = (resident.card_serial, number, resident.card_suspended)
        connection.execute("INSERT INTO card (serial, individual_number, revoked) VALUES (?, ?, ?)", row)
    if resident.signature_serial:
        _insert_signature(connection, Signature(number, resident.signature_serial, resident.card_suspended))
    if resident.acquisition_number:
        connection.execute("INSERT INTO acquisition (acquisition_number, individual_number) VALUES (?, ?)", (resident.acquisition_number, number))


def _insert_signature(connection: sqlite3.Connection, card: Signature) -> None:
    # Somebody whom the register does not know is passed over: the list is of cards, and may be longer than the register.
    connection.execute(
        "INSERT INTO card (serial, individual_number, revoked, use)"
        " SELECT ?, individual_number, ?, 'signature' FROM person WHERE individual_number = ? ON CONFLICT (serial) DO NOTHING",
        (card.signature_serial, card.card_suspended, parse_individual_number(card.individual_number)),
    )


def _read(path: Path, form: type[L]) -> Iterator[L]:
    decoder = msgspec.json.Decoder(form)
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise Misconfigured("residents-unreadable", type(error).__name__, path.name) from error
