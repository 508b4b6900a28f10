"""The first import of a tenant's people: held copies from `import.jsonl`, once, whole or not at all."""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Literal

import msgspec

from enishi import clock
from enishi.errors import Misconfigured
from enishi.items import catalog, validate
from enishi.roles.gateway import enrolment
from enishi.roles.gateway.answering import marks
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash

MARKER = "import"


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mark of non-disclosure with its ground, lawful until a day (that day excluded)."""

    ground: str
    until: date


class HeldPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the import: a person under the institution's own number, with JSON documents by item and period; docs/joining.md has the form."""

    addressee_number: str
    individual_number: str | None = None
    acquisition_number: str | None = None
    name: str | None = None
    name_kana: str | None = None
    copies: dict[str, dict[str, bytes]] = {}
    nondisclosure: Mark | None = None
    response: Literal["automatic", "review"] = "automatic"


async def import_people(tenant: Tenant) -> int:
    """Import the tenant's people if that has not been done; returns how many. Misconfigured("import-unreadable") names the line and keeps nothing."""
    path = tenant.folder / "import.jsonl"
    if not path.exists() or await tenant.database.read(_done):
        return 0
    crash.point("gateway.import.before_store")
    return await tenant.database.write(lambda connection: _import(connection, path, clock.now_ms()))


def _done(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM marker WHERE name = ?", (MARKER,)).fetchone() is not None


def _import(connection: sqlite3.Connection, path: Path, at_ms: int) -> int:
    count = 0
    for person in _read(path):
        _keep(connection, person, at_ms)
        count += 1
    # The marker stands in the same transaction as the people, so a crash leaves both or neither.
    connection.execute("INSERT INTO marker (name, at_ms) VALUES (?, ?)", (MARKER, at_ms))
    return count


def _read(path: Path) -> Iterator[HeldPerson]:
    decoder = msgspec.json.Decoder(HeldPerson)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                # Only the place is named: the line holds a person.
                raise Misconfigured("import-unreadable", f"{path.parent.name}: line {number}", "import.jsonl") from error


def _keep(connection: sqlite3.Connection, person: HeldPerson, at_ms: int) -> None:
    ref, mark = token_bytes(16), person.nondisclosure
    connection.execute(
        "INSERT INTO person (addressee_number, ref, answering, nondisclosure_ground, nondisclosure_until_ms) VALUES (?, ?, ?, '', 0)",
        (person.addressee_number, ref, person.response),
    )
    if mark is not None:
        marks.put(connection, _mark_of(person.addressee_number, mark, at_ms))
    enrolment.keep_number(connection, ref, person.individual_number or "", person.acquisition_number or "")
    for item, copies in person.copies.items():
        catalog.find(item)
        for period, document in copies.items():
            validate(item, document)
            connection.execute(
                "INSERT INTO held_copy (addressee_number, item, period, document, as_of_ms) VALUES (?, ?, ?, ?, ?)",
                (person.addressee_number, item, period, document, at_ms),
            )


def _mark_of(addressee_number: str, mark: Mark, at_ms: int) -> marks.Mark:
    return marks.Mark(
        id=marks.new_id(),
        kind="nondisclosure",
        addressee_number=addressee_number,
        item="",
        period="",
        ground=mark.ground,
        until_ms=_start_of(mark.until),
        set_by="system",
        setter=marks.IMPORT,
        set_at_ms=at_ms,
    )


def _start_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=clock.JST).timestamp() * 1000)
