"""May an institution use the individual number for an affair (Art. 9(1)): step 2 of `decide` alone, for a person who hands over the number.

Handing over is no inquiry: no linkage row, no provider and no 号 is asked for, and what comes of it opens nothing in the network.
"""

from datetime import date
from typing import Final

import msgspec

from enishi.law.affair import find
from enishi.law.eras import NUMBER_USE, STATUTE, Found
from enishi.law.examine import OTHER_DAY, powers, unknown_day
from enishi.law.number_use import check_number_use
from enishi.law.question import MESH, AffairRef, OrdinanceRef, Party, Policy
from enishi.law.tables import Tables
from enishi.law.verdict import Ground, GroundCode, Refusal

BY_ORDINANCE: Final = f"{STATUTE}#9-2"


class NumberUsed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The institution may use the number for the affair on the day; `basis` are the article and the rows of its table."""

    on: date
    basis: tuple[str, ...]
    law_edge: bool


def decide_number_use(user: Party, affair: AffairRef, tables: Tables, on: date, policy: Policy = MESH) -> NumberUsed | Refusal:
    """Total: the number use of the affair on the day, read in the table of number use, by the capacities that the institution holds or was delegated.

    An affair of an ordinance stands in no table (Art. 9(2)) and is refused: what was filed about it is the linkage's matter, not looked at here.
    """
    era, beyond = tables.era(on), on > tables.verified_until
    if era is None or (beyond and policy.law_edge == "refuse"):
        return unknown_day(tables, on, policy)
    found = find(affair, era, tables, policy)
    taken = powers(user, found, on)
    grounds: list[Ground] = []
    check_number_use(found, user.capacities + tuple(power.capacity for power in taken), grounds)
    against = tuple(grounds) or (() if found.number_use.problem is None else (_open(affair, found),))
    if against:
        return Refusal(on=on, grounds=against, doubts=(), proposals=policy.proposals == "count", law_edge=beyond)
    return NumberUsed(on, (*found.number_use.citations, *(power.citation for power in taken)), beyond)


def _open(affair: AffairRef, found: Found) -> Ground:
    """Which affair is meant is open: the name leads nowhere on this day, to several rows, or into an ordinance."""
    if isinstance(affair, OrdinanceRef):
        return Ground(GroundCode.ORDINANCE_NOT_SHOWN, BY_ORDINANCE, (affair.ordinance,), OTHER_DAY)
    return Ground(found.problem or GroundCode.AFFAIR_UNKNOWN, NUMBER_USE, found.about, OTHER_DAY)
