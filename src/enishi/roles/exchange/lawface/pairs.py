"""Who may ask whom for what: the rows of one day taken apart into lines of inquirer, provider and data item."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import msgspec

from enishi.law.eras import Era
from enishi.law.identity import Identity
from enishi.law.index import RowIndex
from enishi.law.model import Purpose

SORTS: Final = ("inquirer", "item", "provider", "row", "since")


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One line: the inquirer may ask the provider for the item under the row; `purposes` are the 号 that carry it (none: no detail held).

    `since` is the first day, as far as revisions are held, from which it stood without a gap; `from_before` where that is the oldest day held.
    """

    inquirer: str
    provider: str
    item: str
    row: RowIndex
    purposes: tuple[Purpose, ...]
    since: date
    from_before: bool


class Wanted(msgspec.Struct, frozen=True):
    """What a reader narrowed the lines down to; empty means everything."""

    inquirer: str = ""
    provider: str = ""
    item: str = ""
    law: str = ""

    def keeps(self, pair: Pair) -> bool:
        """Whether a line is among what was asked for."""
        return (
            (not self.inquirer or self.inquirer == pair.inquirer)
            and (not self.provider or self.provider == pair.provider)
            and (not self.item or self.item == pair.item)
            and (not self.law or self.law in pair.row.row.laws)
        )


def pairs_of(era: Era, eras: Sequence[Era], identity: Identity) -> tuple[Pair, ...]:
    """Every line of the era's linkage table, in the order of its rows; `eras` are all eras held, for `since`."""
    earlier = [known for known in reversed(eras) if known.effective_on < era.effective_on]
    carried = [(known.effective_on, _carried(known, identity)) for known in earlier]
    oldest = eras[0].effective_on
    return tuple(_dated(pair, carried, identity, oldest) for row in era.linkage for pair in _lines(row, era.effective_on))


def _lines(row: RowIndex, since: date) -> Iterator[Pair]:
    for item, providers in row.named.items():
        for inquirer in row.row.parties:
            purposes = _carrying(row, item, inquirer)
            for provider in providers:
                yield Pair(inquirer=inquirer, provider=provider, item=item, row=row, purposes=purposes, since=since, from_before=False)


def _carrying(row: RowIndex, item: str, inquirer: str) -> tuple[Purpose, ...]:
    return tuple(
        purpose
        for purpose in row.row.purposes
        if (not purpose.inquirers or inquirer in purpose.inquirers) and any(item in entry.items for entry in purpose.entries)
    )


Line = tuple[str, str, str, str]
"""Affair, inquirer, provider, item: what one may ask, by affair and never by row label, for labels are not stable between revisions."""


def line_of(pair: Pair, identity: Identity) -> Line:
    """The line without its row."""
    return identity.affair_of(pair.row.row.citation), pair.inquirer, pair.provider, pair.item


def _carried(era: Era, identity: Identity) -> frozenset[Line]:
    return frozenset(line_of(pair, identity) for row in era.linkage for pair in _lines(row, era.effective_on))


def _dated(pair: Pair, carried: Sequence[tuple[date, frozenset[Line]]], identity: Identity, oldest: date) -> Pair:
    line, since = line_of(pair, identity), pair.since
    for day, lines in carried:
        if line not in lines:
            break
        since = day
    return msgspec.structs.replace(pair, since=since, from_before=since == oldest)


def sorted_by(pairs: Sequence[Pair], key: str, order: str) -> list[Pair]:
    """The lines by a column, `order` "down" from the last; lines alike keep the order of the table."""
    keys = {
        "inquirer": lambda pair: pair.inquirer,
        "item": lambda pair: pair.item,
        "provider": lambda pair: pair.provider,
        "row": lambda pair: 0,
        "since": lambda pair: pair.since,
    }
    # Sorting is stable either way, and the table itself is in the order of its rows.
    ordered = list(pairs) if key not in keys or key == "row" else sorted(pairs, key=keys[key])
    return ordered[::-1] if order == "down" else ordered
