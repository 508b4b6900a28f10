"""What became lawful and what ceased on the day a table of law changed, affair by affair: the diff of the law room, laid out for the page."""

from collections.abc import Iterator
from datetime import date

import msgspec

from enishi.law.diff import AffairChange, Lawful, differ
from enishi.law.model import Kind, Row
from enishi.law.tables import Tables

Triple = tuple[str, str, str]
"""Inquirer, provider, item."""


class Turn(msgspec.Struct, frozen=True):
    """What changed for one affair: its row (the earlier one, where the affair ceased), and the lines gained and lost."""

    row: Row
    gained: tuple[Triple, ...]
    lost: tuple[Triple, ...]


class Turning(msgspec.Struct, frozen=True, kw_only=True):
    """One day on which tables changed: affairs that came into linkage, that went, that were altered; and rows of number use that came or went."""

    day: date
    before: date | None
    came: tuple[Turn, ...] = ()
    went: tuple[Turn, ...] = ()
    altered: tuple[Turn, ...] = ()
    number_came: tuple[Row, ...] = ()
    number_went: tuple[Row, ...] = ()


def turning_of(tables: Tables, day: date, earlier: date | None) -> Turning:
    """The diff of two days on which tables took effect.  Of the first day held nothing is said."""
    if earlier is None:
        return Turning(day=day, before=None)
    changes = differ(tables, earlier, day).affairs
    rows = {row.citation: row for revision in tables.book.revisions for row in revision.rows}
    linkage = list(_of("linkage", changes))
    numbers = list(_of("number_use", changes))
    return Turning(
        day=day,
        before=earlier,
        came=tuple(_turn(one, rows) for one in linkage if not one.before),
        went=tuple(_turn(one, rows) for one in linkage if not one.after),
        altered=tuple(_turn(one, rows) for one in linkage if one.before and one.after),
        number_came=tuple(rows[one.after] for one in numbers if not one.before),
        number_went=tuple(rows[one.before] for one in numbers if not one.after),
    )


def _of(kind: Kind, changes: tuple[AffairChange, ...]) -> Iterator[AffairChange]:
    return (change for change in changes if change.kind == kind)


def _turn(change: AffairChange, rows: dict[str, Row]) -> Turn:
    return Turn(rows[change.after or change.before], _triples(change.became), _triples(change.ceased))


def _triples(ways: tuple[Lawful, ...]) -> tuple[Triple, ...]:
    return tuple((one.party, one.provider, one.item) for one in ways)
