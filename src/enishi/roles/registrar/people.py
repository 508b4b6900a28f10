"""The people of the register: taken in once from the founding files, each with a random handle from which nothing follows."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import msgspec

from enishi import clock
from enishi.errors import Misconfigured
from enishi.number import parse_individual_number
from enishi.store import crash
from enishi.store.database import Database


class Resident(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of `residents.jsonl`: the number, the serial of the card's authentication certificate ("" without card), an acquisition
    number or "", and whether the card was reported lost."""

    individual_number: str
    card_serial: str = ""
    acquisition_number: str = ""
    card_suspended: bool = False


async def import_residents(database: Database, path: Path) -> int:
    """Take in the founding file, once and whole; returns how many people the register then holds."""

    def take_in(connection: sqlite3.Connection) -> int:
        if path.exists() and connection.execute("SELECT 1 FROM imported WHERE name = ?", (path.name,)).fetchone() is None:
            for resident in _read(path):
                _insert(connection, resident)
            connection.execute("INSERT INTO imported (name, at_ms) VALUES (?, ?)", (path.name, clock.now_ms()))
        return int(connection.execute("SELECT COUNT(*) FROM person").fetchone()[0])

    crash.point("registrar.import.before_store")
    return await database.write(take_in)


def _insert(connection: sqlite3.Connection, resident: Resident) -> None:
    number = parse_individual_number(resident.individual_number)
    connection.execute("INSERT OR IGNORE INTO person (individual_number, handle, audited) VALUES (?, ?, 0)", (number, token_bytes(32)))
    if resident.card_serial:
        row = (resident.card_serial, number, resident.card_suspended)
        connection.execute("INSERT INTO card (serial, individual_number, revoked) VALUES (?, ?, ?)", row)
    if resident.acquisition_number:
        connection.execute("INSERT INTO acquisition (acquisition_number, individual_number) VALUES (?, ?)", (resident.acquisition_number, number))


def _read(path: Path) -> Iterator[Resident]:
    decoder = msgspec.json.Decoder(Resident)
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise Misconfigured("residents-unreadable", type(error).__name__, path.name) from error
