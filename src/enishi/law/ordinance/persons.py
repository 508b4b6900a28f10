"""The end of step 3 for an ordinance affair: whose information the 号 compared gives, and the basis that a permit rests on."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from enishi.law.eras import Era
from enishi.law.index import PurposeIndex, Reach, RowIndex
from enishi.law.linkage_row import joined
from enishi.law.ordinance.form import Compared, Shown
from enishi.law.ordinance.use import LIKEWISE, LINKED, USE
from enishi.law.question import Policy, Question
from enishi.law.remedies import name_purpose
from enishi.law.verdict import Condition, Ground, GroundCode, Remedy, RemedyCode

CORRECT: Final = (Remedy(RemedyCode.CORRECT_QUESTION),)


class Basis(NamedTuple):
    """One statutory affair of the day that the filing is measured by."""

    compared: Compared
    row: RowIndex


class Asked(NamedTuple):
    """The question with what its checks share: the tables of the day, the provider's capacities by definition, the policy."""

    question: Question
    era: Era
    on: date
    held: frozenset[str]
    policy: Policy


def reach_of(asked: Asked, shown: Shown, bases: Sequence[Basis], grounds: list[Ground]) -> Reach:
    """The basis of a permit: the two articles, the ordinance, and of the row compared with the very entries that carry the items."""
    rows = tuple([basis.row.row.citation for basis in bases])
    conditions = [
        Condition("ordinance-papers", LIKEWISE),
        *(Condition("compared-affair", one.row.row.citation, _judgement(one.compared)) for one in bases),
    ]
    persons = check_persons(asked, bases, grounds)
    doubts = tuple([doubt for basis in bases for doubt in basis.row.doubts_on(asked.on)])
    return Reach(persons.level, (LINKED, shown.citation, USE, *rows, *persons.citations), (*conditions, *persons.conditions), doubts + persons.doubts)


def _judgement(compared: Compared) -> tuple[str, ...]:
    return (compared.purpose.by, compared.purpose.on.isoformat(), compared.purpose.reason, compared.content.reason)


def check_persons(asked: Asked, bases: Sequence[Basis], grounds: list[Ground]) -> Reach:
    """Each item about this person, as the 号 of a compared affair gives it; without 号 or relation the mesh is told no."""
    question, item_level = asked.question, asked.policy.demand == "item"
    if item_level and question.relation is None:
        grounds.append(Ground(GroundCode.RELATION_MISSING, LINKED, (), CORRECT))
    purposes = [purpose for basis in bases if (purpose := basis.row.purposes.get(basis.compared.purpose_item)) is not None]
    if not purposes:
        if item_level:
            grounds.extend(Ground(GroundCode.PURPOSE_ITEM_MISSING, basis.row.article, (), name_purpose(basis.row)) for basis in bases)
        return Reach("row", (), tuple([Condition("row-level", basis.row.article) for basis in bases]), ())
    found = []
    for item in question.items:
        hits = [purpose.hits[item, question.relation] for purpose in purposes if (item, question.relation) in purpose.hits]
        if hits:
            found.append(hits[0])
        elif any(item in basis.row.providers for basis in bases):
            _explain_person(asked, bases[0], purposes, item, grounds)
    return joined(found)


def _explain_person(asked: Asked, basis: Basis, purposes: Sequence[PurposeIndex], item: str, grounds: list[Ground]) -> None:
    """The compared row carries the item, but its 号 does not, or not about this person."""
    for purpose in purposes:
        if item in purpose.relations and asked.question.relation is not None:
            place = purpose.purpose.citation
            named = (Remedy(RemedyCode.NAME_RELATION, place, purpose.relations[item]), Remedy(RemedyCode.PAPER))
            grounds.append(Ground(GroundCode.RELATION_NOT_IN_PURPOSE, place, (item,), named))
            return
    if not any(item in purpose.relations for purpose in purposes):
        grounds.append(Ground(GroundCode.ITEM_NOT_IN_PURPOSE, purposes[0].purpose.citation, (item,), name_purpose(basis.row)))
