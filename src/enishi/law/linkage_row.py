"""Step 3: does a row of the day carry every item, and does the 号 of its detail allow it about this person."""

from typing import Final, Literal, NamedTuple

from enishi.law.eras import LINKAGE, STATUTE, Found
from enishi.law.index import PurposeIndex, RowIndex
from enishi.law.question import OrdinanceRef, Policy, Question
from enishi.law.remedies import (
    for_item_not_in_purpose,
    for_item_not_in_row,
    for_no_row,
    for_ordinance,
    for_relation,
    name_purpose,
    name_row,
    other_providers,
    other_purposes,
)
from enishi.law.verdict import Condition, Doubt, Ground, GroundCode, Remedy, RemedyCode


class Reach(NamedTuple):
    """How deep the row was read, and what it gave."""

    level: Literal["item", "row"]
    citations: tuple[str, ...]
    conditions: tuple[Condition, ...]
    doubts: tuple[Doubt, ...]


NOTHING: Final = Reach("row", (), (), ())
CORRECT: Final = (Remedy(RemedyCode.CORRECT_QUESTION),)
REVIEW: Final = (Remedy(RemedyCode.REVIEW_DATA),)


def check_linkage(
    question: Question, row: RowIndex, inquirer: tuple[str, ...], provider: tuple[str, ...], policy: Policy, grounds: list[Ground]
) -> Reach:
    """Check the row, then its 号 as far as the policy demands or the question goes; add every ground met."""
    if row.inquirers.isdisjoint(inquirer):
        grounds.append(Ground(GroundCode.INQUIRER_NOT_IN_ROW, row.row.citation, row.row.parties, for_no_row(question, inquirer)))
    if not question.items:
        grounds.append(Ground(GroundCode.NO_ITEMS, row.row.citation, (), CORRECT))
    _check_items(question, row, inquirer, provider, grounds)
    if question.purpose_item is None and policy.demand == "row":
        return Reach("row", (), (Condition("row-level", row.article),), ())
    if not row.purposes:
        return _without_detail(row, policy, grounds)
    if question.purpose_item is None:
        grounds.append(Ground(GroundCode.PURPOSE_ITEM_MISSING, row.article, (), name_purpose(row)))
        return NOTHING
    purpose = row.purposes.get(question.purpose_item)
    if purpose is None:
        grounds.append(Ground(GroundCode.PURPOSE_ITEM_UNKNOWN, row.article, (question.purpose_item,), name_purpose(row)))
        return NOTHING
    return _check_purpose(question, row, purpose, inquirer, policy, grounds)


def _check_items(question: Question, row: RowIndex, inquirer: tuple[str, ...], provider: tuple[str, ...], grounds: list[Ground]) -> None:
    absent: list[str] = []
    elsewhere: list[str] = []
    for item in question.items:
        providers = row.providers.get(item)
        if providers is None:
            absent.append(item)
        elif providers.isdisjoint(provider):
            elsewhere.append(item)
    if absent:
        grounds.append(Ground(GroundCode.ITEM_NOT_IN_ROW, row.row.citation, tuple(absent), for_item_not_in_row(question, row, absent, inquirer)))
    if elsewhere:
        grounds.append(Ground(GroundCode.PROVIDER_NOT_FOR_ITEM, row.row.citation, tuple(elsewhere), other_providers(row, elsewhere)))


def _without_detail(row: RowIndex, policy: Policy, grounds: list[Ground]) -> Reach:
    """A row whose detail is not held: refused where the 号 is demanded, answered at row level with the doubt where not."""
    if policy.demand == "item":
        grounds.append(Ground(GroundCode.DETAIL_NOT_LOADED, row.row.citation, (), REVIEW))
    return Reach("row", (), (Condition("row-level", row.article),), (Doubt("detail-not-loaded", row.row.citation),))


def _check_purpose(
    question: Question, row: RowIndex, purpose: PurposeIndex, inquirer: tuple[str, ...], policy: Policy, grounds: list[Ground]
) -> Reach:
    if purpose.inquirers and purpose.inquirers.isdisjoint(inquirer):
        about = purpose.purpose.inquirers
        grounds.append(Ground(GroundCode.INQUIRER_NOT_IN_PURPOSE, purpose.purpose.citation, about, other_purposes(row, question.items, inquirer)))
    if question.relation is None and policy.demand == "item":
        about = tuple(sorted(relation for _, relation in purpose.hits if relation))
        grounds.append(Ground(GroundCode.RELATION_MISSING, purpose.purpose.citation, about, CORRECT))
    citations: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    missed: list[str] = []
    for item in question.items:
        hit = purpose.hits.get((item, question.relation))
        if hit is None:
            missed.append(item)
        else:
            citations += hit.citations
            conditions += hit.conditions
            doubts += hit.doubts
    if missed:
        _explain_missed(question, row, purpose, inquirer, missed, grounds)
    return Reach("item", citations, conditions, doubts)


def _explain_missed(
    question: Question, row: RowIndex, purpose: PurposeIndex, inquirer: tuple[str, ...], missed: list[str], grounds: list[Ground]
) -> None:
    """Why the 号 gave nothing for these items: not in it at all, not about this person, or its words about persons are not coded."""
    place, allowed = purpose.purpose.citation, purpose.items
    absent = tuple(item for item in missed if item not in allowed and item in row.providers)
    uncoded = tuple(item for item in missed if item in purpose.uncoded)
    others = tuple(item for item in missed if item in allowed and item not in purpose.uncoded)
    if absent:
        grounds.append(Ground(GroundCode.ITEM_NOT_IN_PURPOSE, place, absent, for_item_not_in_purpose(question, row, purpose, absent, inquirer)))
    if others:
        grounds.append(Ground(GroundCode.RELATION_NOT_IN_PURPOSE, place, others, for_relation(purpose, others)))
    if uncoded:
        grounds.append(Ground(GroundCode.RELATION_NOT_CODED, place, uncoded, REVIEW))


def reach_nothing(question: Question, found: Found, inquirer: tuple[str, ...], grounds: list[Ground]) -> Reach:
    """The affair's name led to no linkage row: say why, and what remains."""
    affair, code = question.affair, found.problem or GroundCode.NO_LINKAGE_ROW
    if isinstance(affair, OrdinanceRef):
        grounds.append(Ground(code, f"{STATUTE}#19-1-9", (affair.ordinance,), for_ordinance(question, inquirer)))
    elif code is GroundCode.NO_LINKAGE_ROW and not found.about:
        grounds.append(Ground(code, LINKAGE, (), for_no_row(question, inquirer)))
    else:
        grounds.append(Ground(code, LINKAGE, found.about, name_row(found.about)))
    return NOTHING
