"""What became lawful and what ceased on the day a table of law changed, affair by affair."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from enishi.law.eras import Era
from enishi.law.identity import AffairId, Identity
from enishi.law.model import Kind, Row
from enishi.roles.exchange.lawface.pairs import Pair, line_of

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
    came: tuple[Turn, ...]
    went: tuple[Turn, ...]
    altered: tuple[Turn, ...]
    number_came: tuple[Row, ...]
    number_went: tuple[Row, ...]


def turning_of(identity: Identity, era: Era, earlier: Era | None, now: Sequence[Pair], then: Sequence[Pair]) -> Turning:
    """Compare an era with the one before it; `now` and `then` are their lines.  Of the first era held nothing is said."""
    if earlier is None:
        return Turning(day=era.effective_on, before=None, came=(), went=(), altered=(), number_came=(), number_went=())
    after, before = _by_affair(now, identity), _by_affair(then, identity)
    turns = {affair: _turn(after.get(affair, {}), before.get(affair, {})) for affair in (*after, *(one for one in before if one not in after))}
    numbers, old = _standing("number_use", era.effective_on, identity), _standing("number_use", earlier.effective_on, identity)
    return Turning(
        day=era.effective_on,
        before=earlier.effective_on,
        came=tuple(turn for affair, turn in turns.items() if affair not in before),
        went=tuple(turn for affair, turn in turns.items() if affair not in after),
        altered=tuple(turn for affair, turn in turns.items() if affair in before and affair in after and (turn.gained or turn.lost)),
        number_came=tuple(row for affair, row in numbers.items() if affair not in old),
        number_went=tuple(row for affair, row in old.items() if affair not in numbers),
    )


Held = Mapping[Triple, Row]


def _by_affair(pairs: Sequence[Pair], identity: Identity) -> dict[AffairId, dict[Triple, Row]]:
    found: dict[AffairId, dict[Triple, Row]] = defaultdict(dict)
    for pair in pairs:
        affair, *triple = line_of(pair, identity)
        found[AffairId(affair)][triple[0], triple[1], triple[2]] = pair.row.row
    return found


def _turn(after: Held, before: Held) -> Turn:
    gained = tuple(triple for triple in after if triple not in before)
    lost = tuple(triple for triple in before if triple not in after)
    return Turn(next(iter((after or before).values())), gained, lost)


def _standing(kind: Kind, day: date, identity: Identity) -> dict[AffairId, Row]:
    """The rows of a kind that were in force on a day, by their affair."""
    return {
        affair: stay.row
        for affair in identity.affairs(kind)
        for stay in identity.history(affair)
        if stay.effective_on <= day and (stay.until is None or day < stay.until)
    }
