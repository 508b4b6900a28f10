"""Compiles what was reviewed by hand rather than transcribed: the crosswalk, the ties between revisions, capacities and powers."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, TypeVar

from enishi.errors import Malformed
from enishi.law.citation import describe
from enishi.law.model import Crossing, Implication, Known, Name, Power, Recheck, Tie

Line = dict[str, Any]
T = TypeVar("T")


def compiled(lines: Iterable[tuple[str, Line]], read: Callable[[Line], T]) -> Iterator[T]:
    """Each line read; Malformed("law-source-unreadable", place) where one lacks a key, cites no law or ends before it begins."""
    for place, line in lines:
        try:
            yield read(line)
        except (KeyError, ValueError, TypeError, Malformed) as fault:
            raise Malformed("law-source-unreadable", f"{place}: {fault}") from fault


def crossing(line: Line) -> Crossing:
    """A linkage row's number-use rows."""
    return Crossing(line["source"], line["row"], line["kind"], tuple(line["number_use"]), line.get("same_users", False), line.get("doubt", ""))


def tie(line: Line) -> Tie:
    """A row's place in the history of its affair."""
    found = Tie(line.get("row", ""), line.get("earlier", ""), line["kind"], line.get("doubt", ""))
    needs = {"new": (True, False), "ceased": (False, True)}.get(found.kind, (True, True))
    if (bool(found.row), bool(found.earlier)) != needs:
        raise ValueError(found.kind)
    return found


def implication(line: Line) -> Implication:
    """What a capacity contains by definition."""
    describe(line["citation"])
    first, until = _days(line)
    return Implication(line["capacity"], tuple(line["implies"]), line["citation"], first, until, line.get("doubt", ""))


def power(line: Line) -> Power:
    """What a statute hands from one capacity to another."""
    describe(line["citation"])
    first, until = _days(line)
    affairs = tuple(line["affairs"])
    return Power(line["delegate"], line["capacity"], line["law"], affairs, line["citation"], first, until, line.get("doubt", ""))


def name(line: Line) -> Name:
    """A capacity that no table names."""
    describe(line["citation"])
    return Name(line["capacity"], line["citation"], line.get("note", ""))


def known(line: Line) -> Known:
    """A finding of lint that stays; the reason is never empty."""
    if not line["reason"]:
        raise ValueError("reason")
    return Known(line["code"], line["citation"], tuple(line["about"]), line["reason"])


def recheck(line: Line) -> Recheck:
    """For which law later amendments were read."""
    return Recheck(line["source"], line["law"], date.fromisoformat(line["until"]))


def _days(line: Line) -> tuple[date, date | None]:
    first = date.fromisoformat(line["effective_on"])
    until = date.fromisoformat(line["until"]) if line["until"] else None
    if until is not None and until <= first:
        raise ValueError(f"{first} {until}")
    return first, until
