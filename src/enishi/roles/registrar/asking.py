"""What an institution may ask the registrar for: on which legal basis, with which kind of number, and how many people a day."""

import sqlite3
from datetime import date
from typing import Final

from enishi import clock
from enishi.errors import Busy, Denied, Malformed
from enishi.protocol.agent_legal import only_for_others
from enishi.protocol.registry import Institution
from enishi.protocol.wire import EnrolPerson, EnrolRequest

BASES: Final = frozenset({"425AC0000000027#21_2", "425AC0000000027#21-2"})
"""Article 21-2 of the My Number Act, the one provision under which a linkage code is obtained; the second is how 0.1.0 wrote it."""
BY_ACQUISITION: Final = "法務大臣"
"""The capacity whose holder may not know the number, and asks by one-use acquisition number (取得番号) instead."""
QUOTA: Final = 250_000
"""People that one institution may ask for on one day, where the installation says nothing else."""


def check_asking(asked: EnrolRequest, institution: Institution, on: date) -> None:
    """Malformed("basis-unknown"), Denied("acquisition-not-yours"), Denied("number-not-yours"); Denied("agent-without-code") for an organisation that
    only hands others' numbers in: what it may do leads to no linkage code (Art. 9(4), 21-2)."""
    if only_for_others(institution, on):
        raise Denied("agent-without-code", institution.id, "institution")
    if asked.basis not in BASES:
        raise Malformed("basis-unknown", asked.basis[:60], "basis")
    names = {one.name for one in institution.capacities if one.effective_on <= on and (one.until is None or on < one.until)}
    acquires = BY_ACQUISITION in names
    if not acquires and any(person.acquisition_number for person in asked.people):
        raise Denied("acquisition-not-yours", institution.id, "acquisition_number")
    if acquires and any(person.individual_number for person in asked.people):
        raise Denied("number-not-yours", institution.id, "individual_number")


def charge(connection: sqlite3.Connection, institution: str, count: int, quota: int) -> None:
    """Count people against the institution's day (JST); Busy("enrolment-quota-spent") where it does not hold that many."""
    day = clock.legal_day(clock.now_ms()).isoformat()
    row = connection.execute("SELECT asked FROM enrolment_day WHERE institution = ? AND day = ?", (institution, day)).fetchone()
    if (row[0] if row else 0) + count > quota:
        raise Busy("enrolment-quota-spent", f"{quota} people a day", "people")
    _add(connection, institution, day, count)


def refund(connection: sqlite3.Connection, institution: str, count: int) -> None:
    """Take back what was charged for a request that came to nothing, so that an outage spends nobody's day."""
    _add(connection, institution, clock.legal_day(clock.now_ms()).isoformat(), -count)


def claim(connection: sqlite3.Connection, person: EnrolPerson) -> str:
    """The number behind an acquisition number, which is from now on this ref's alone; empty if it is unknown, or another ref's."""
    row = connection.execute(
        "UPDATE acquisition SET ref = ? WHERE acquisition_number = ? AND ref IN (x'', ?) RETURNING individual_number",
        (person.ref, person.acquisition_number, person.ref),
    ).fetchone()
    return str(row[0]) if row else ""


def _add(connection: sqlite3.Connection, institution: str, day: str, count: int) -> None:
    connection.execute(
        "INSERT INTO enrolment_day (institution, day, asked) VALUES (?, ?, MAX(0, ?))"
        " ON CONFLICT (institution, day) DO UPDATE SET asked = MAX(0, asked + ?)",
        (institution, day, count, count),
    )
