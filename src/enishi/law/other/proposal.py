"""提案: what a row that is not law would let one ask, so that a designer sees it; it opens nothing and says so."""

from datetime import date
from typing import Final

import msgspec

from enishi.law.index import RowIndex
from enishi.law.other.kinds import STATUTE, NotOpen, OtherCondition, OtherGround, OtherGroundCode, OtherRemedy, day_known
from enishi.law.tables import Tables

PLACE: Final = f"{STATUTE}#19-1-8"


class ProposalQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="proposal"):
    """Would a proposed row let `inquirer` (capacities) ask `provider` for `items`, for affairs of `law`?"""

    inquirer: tuple[str, ...]
    law: str
    provider: tuple[str, ...]
    items: tuple[str, ...]


class Proposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verdict", tag="proposal"):
    """A proposed row would carry it; today's law does not."""

    on: date
    basis: tuple[str, ...]
    conditions: tuple[OtherCondition, ...]


def decide_proposal(question: ProposalQuestion, tables: Tables, on: date) -> Proposed | NotOpen:
    """Total: a proposal row of the day for that law, its inquirer, its provider, every item."""
    grounds: list[OtherGround] = []
    rows: tuple[RowIndex, ...] = ()
    if day_known(on, tables.eras[0].effective_on, tables.verified_until, grounds) and (era := tables.era(on)) is not None:
        found = dict.fromkeys(entry.row.row.citation for entry in era.proposals.values() if entry.row is not None)
        ready = {entry.row.row.citation: entry.row for entry in era.proposals.values() if entry.row is not None}
        rows = tuple([ready[citation] for citation in found if question.law in ready[citation].row.laws])
        _check(question, rows, grounds)
    carrying = [row for row in rows if _carries(question, row)]
    if grounds or not carrying:
        return NotOpen(kind="proposal", on=on, grounds=tuple(grounds))
    row = carrying[0]
    conditions = (OtherCondition("not-law", row.row.citation), OtherCondition("not-through-network", PLACE))
    return Proposed(on=on, basis=(row.row.citation, *row.number_use.citations), conditions=conditions)


def _check(question: ProposalQuestion, rows: tuple[RowIndex, ...], grounds: list[OtherGround]) -> None:
    if not question.items:
        grounds.append(OtherGround(OtherGroundCode.NO_ITEMS, PLACE, (), (OtherRemedy.CORRECT_QUESTION,)))
    if not rows:
        grounds.append(OtherGround(OtherGroundCode.NO_PROPOSAL, PLACE, (question.law,), (OtherRemedy.WRITE_PROPOSAL,)))
    elif not any(_carries(question, row) for row in rows):
        about = tuple([row.row.citation for row in rows])
        grounds.append(OtherGround(OtherGroundCode.NOT_IN_PROPOSAL, PLACE, about, (OtherRemedy.WRITE_PROPOSAL,)))


def _carries(question: ProposalQuestion, row: RowIndex) -> bool:
    return not row.inquirers.isdisjoint(question.inquirer) and all(
        item in row.providers and not row.providers[item].isdisjoint(question.provider) for item in question.items
    )
