"""Who holds what is sought: worked out from documents that the inquirer lawfully has, and left open where they do not say.

A resident record says where somebody lived from a day on and, in its second version, where they came from, but not since when they had lived
there: for an earlier day the former municipality is the one to ask first, not the answer. 地方税法 Art. 39, 318 (resident on 1 January); 健康保険法
and 国民健康保険法 (insured from the day of acquisition on, no longer on the day of loss).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

import msgspec

Document = Mapping[str, Any]
Why = Literal["no-record", "contradiction", "abroad", "not-resident", "not-said"]


class Held(msgspec.Struct, frozen=True):
    """The institution that holds it, as a document says."""

    institution: str


class AskFirst(msgspec.Struct, frozen=True):
    """The documents lead back to this municipality and no further: its resident record says more."""

    municipality: str


class Open(msgspec.Struct, frozen=True):
    """Nothing can be said, and why."""

    why: Why


Holder = Held | AskFirst | Open


def tax_municipality(records: Iterable[Document], fiscal_year: int) -> Holder:
    """Who taxed the year: the municipality in which the person was resident on 1 January of it, by `jumin` documents of one person."""
    return residence_on(records, date(fiscal_year, 1, 1))


def residence_on(records: Iterable[Document], day: date) -> Holder:
    """In which municipality the person was resident on a day."""
    known = list(records)
    there = {record["municipality"] for record in known if _covers(record, day)}
    if there:
        return Held(there.pop()) if len(there) == 1 else Open("contradiction")
    return _led_back(known, day)


def previous_address(records: Iterable[Document]) -> Holder:
    """The municipality that the person's present record says they came from: who holds the former address."""
    present = [record for record in records if record["status"] == "resident"]
    if len(present) != 1:
        return Open("contradiction" if present else "no-record")
    return _origin(present[0])


def insurer_on(insurances: Iterable[Document], day: date) -> Holder:
    """Who insured the person on a day, by `health_insurance` documents of one person."""
    known = list(insurances)
    there = {one["insurer"] for one in known if _covers(one, day)}
    if len(there) == 1:
        return Held(there.pop())
    return Open("contradiction" if there else "not-said" if known else "no-record")


def _covers(record: Document, day: date) -> bool:
    """Half-open: the day of moving out, of death or of loss is the first that no longer counts."""
    until = record["until"]
    return date.fromisoformat(record["since"]) <= day and (until is None or day < date.fromisoformat(until))


def _led_back(known: list[Document], day: date) -> Holder:
    later = [record for record in known if day < date.fromisoformat(record["since"])]
    if later:
        first = min(later, key=lambda record: record["since"])
        origin = _origin(first)
        # Since when they lived there is not written in this record, so it may be asked and is not yet the answer.
        return AskFirst(origin.institution) if isinstance(origin, Held) and _earlier(known, origin, day) else _nowhere(origin)
    if not known:
        return Open("no-record")
    return _gone(max(known, key=lambda record: record["since"]))


def _earlier(known: list[Document], origin: Held, day: date) -> bool:
    """Whether the former municipality's own record is still to be had: one that is here and ends before the day has said what it can."""
    return not any(record["municipality"] == origin.institution and date.fromisoformat(record["since"]) <= day for record in known)


def _nowhere(origin: Holder) -> Holder:
    return Open("not-said") if isinstance(origin, Held) else origin


def _gone(last: Document) -> Holder:
    """After the last record that is known: where it says they went is to be asked; who died is nowhere resident."""
    if last["status"] == "deceased":
        return Open("not-resident")
    moved = last.get("moved_to")
    if moved is None:
        return Open("not-said")
    return Open("abroad") if moved["municipality"] is None else AskFirst(moved["municipality"])


def _origin(record: Document) -> Holder:
    if "moved_from" not in record or record["moved_from"] is None:
        # Nothing written is no statement that there was nothing: the person may have been born here, or the source may not know.
        return Open("not-said")
    municipality = record["moved_from"]["municipality"]
    return Open("abroad") if municipality is None else Held(municipality)
