"""From the name of an affair to the row that it means on a day."""

from datetime import date
from typing import Final

from enishi.errors import Malformed, Unknown
from enishi.law.eras import Era, Found
from enishi.law.index import NO_NUMBER_USE, UNDECIDED
from enishi.law.question import AffairRef, LawRef, OrdinanceRef, Policy, RowRef
from enishi.law.tables import Tables
from enishi.law.verdict import GroundCode

ORDINANCE: Final = Found(None, UNDECIDED, None)
"""An ordinance affair stands in no table; `law.ordinance` looks at what was filed about it."""
NOWHERE: Final = Found(None, NO_NUMBER_USE, GroundCode.NO_LINKAGE_ROW)


def find(affair: AffairRef, era: Era, tables: Tables, policy: Policy) -> Found:
    """The row that the affair's name means in an era; total, a problem is part of the answer."""
    if isinstance(affair, RowRef):
        return era.rows.get((affair.source, affair.row)) or _elsewhere(affair, era, tables, policy)
    if isinstance(affair, OrdinanceRef):
        return ORDINANCE
    found = era.laws.get(affair.law, NOWHERE)
    if found.row is None and policy.proposals == "count":
        return era.proposal_laws.get(affair.law, found) if found.problem is GroundCode.NO_LINKAGE_ROW else found
    return found


def _elsewhere(affair: RowRef, era: Era, tables: Tables, policy: Policy) -> Found:
    proposed = era.proposals.get((affair.source, affair.row))
    if proposed is not None and policy.proposals == "count":
        return proposed
    known = proposed is None and tables.knows(affair.source, affair.row)
    problem = GroundCode.AFFAIR_NOT_IN_FORCE if known else GroundCode.AFFAIR_UNKNOWN
    return Found(None, UNDECIDED, problem, (f"{affair.source}/{affair.row}",))


def resolve(affair: AffairRef, tables: Tables, on: date, policy: Policy) -> AffairRef:
    """The affair by its row where its law names just one.

    Malformed("affair-ambiguous", the rows) where a law names several, for rows are never united; Unknown("affair-unknown") for a
    row that no revision has.  For the doors where questions enter; `decide` itself refuses instead of raising.
    """
    era = tables.era(on)
    if era is None or isinstance(affair, OrdinanceRef):
        return affair
    found = find(affair, era, tables, policy)
    if found.problem is GroundCode.AFFAIR_AMBIGUOUS:
        raise Malformed("affair-ambiguous", ", ".join(found.about), "affair")
    if found.problem is GroundCode.AFFAIR_UNKNOWN:
        raise Unknown("affair-unknown", ", ".join(found.about), "affair")
    return _by_row(found) if found.row is not None and isinstance(affair, LawRef) else affair


def _by_row(found: Found) -> AffairRef:
    assert found.row is not None
    source, _, _ = found.row.row.citation.rpartition("/")
    return RowRef(source, found.row.row.label)
