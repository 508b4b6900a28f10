"""Step 3: does a row of the day carry every item, and does the 号 of its detail allow it about this person."""

from typing import Final

from enishi.law.eras import LINKAGE, Era, Found
from enishi.law.index import PurposeIndex, Reach, RowIndex
from enishi.law.prepared import provider_not_for, relation_not_in
from enishi.law.question import LawRef, Policy, Question
from enishi.law.remedies import (
    for_item_not_in_purpose,
    for_item_not_in_row,
    for_no_row,
    name_purpose,
    name_row,
    nearest,
    other_purposes,
    proposals_for,
)
from enishi.law.verdict import Condition, Doubt, Ground, GroundCode, Remedy, RemedyCode

NOTHING: Final = Reach("row", (), (), ())
CORRECT: Final = (Remedy(RemedyCode.CORRECT_QUESTION),)
REVIEW: Final = (Remedy(RemedyCode.REVIEW_DATA),)
ITEM_NOT_IN_ROW: Final = GroundCode.ITEM_NOT_IN_ROW
INQUIRER_NOT_IN_PURPOSE: Final = GroundCode.INQUIRER_NOT_IN_PURPOSE
RELATION_MISSING: Final = GroundCode.RELATION_MISSING
ITEM_NOT_IN_PURPOSE: Final = GroundCode.ITEM_NOT_IN_PURPOSE
RELATION_NOT_CODED: Final = GroundCode.RELATION_NOT_CODED
INQUIRER_NOT_IN_ROW: Final = GroundCode.INQUIRER_NOT_IN_ROW


def check_linkage(
    question: Question, row: RowIndex, inquirer: tuple[str, ...], provider: tuple[str, ...], policy: Policy, grounds: list[Ground]
) -> Reach:
    """Check the row, then its 号 as far as the policy demands or the question goes; add every ground met.  Its Reach is the whole basis."""
    items = question.items
    if row.inquirers.isdisjoint(inquirer):
        # The very row is the nearest statutory affair: a local government whose affair is like it may file against it.
        ways = for_no_row(question, inquirer, (row.row.citation, row.row.affair))
        grounds.append(Ground(INQUIRER_NOT_IN_ROW, row.row.citation, row.row.parties, ways))
    if not items:
        grounds.append(Ground(GroundCode.NO_ITEMS, row.row.citation, (), CORRECT))
    _check_items(question, row, inquirer, provider, grounds)
    purpose = row.purposes.get(question.purpose_item or "")
    if purpose is not None:
        return _check_purpose(question, row, purpose, inquirer, policy, grounds)
    return _without_purpose(question, row, policy, grounds)


def _check_items(question: Question, row: RowIndex, inquirer: tuple[str, ...], provider: tuple[str, ...], grounds: list[Ground]) -> None:
    """Which items the row does not carry, and which it has from somebody else."""
    absent: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    for item in question.items:
        providers = row.providers.get(item)
        if providers is None:
            absent += (item,)
        elif providers.isdisjoint(provider):
            elsewhere += (item,)
    if absent:
        grounds.append(Ground(ITEM_NOT_IN_ROW, row.row.citation, absent, for_item_not_in_row(question, row, absent, inquirer)))
    if elsewhere:
        grounds.append(row.others[elsewhere[0]] if len(elsewhere) == 1 else provider_not_for(row.row.citation, row.named, elsewhere))


def _without_purpose(question: Question, row: RowIndex, policy: Policy, grounds: list[Ground]) -> Reach:
    """No 号 of the row is named: enough for an answer at row level, a ground where the 号 is demanded or there is none of that name."""
    if question.purpose_item is None and policy.demand == "row":
        return Reach("row", row.basis, (Condition("row-level", row.article),), ())
    if not row.purposes:
        return _without_detail(row, policy, grounds)
    if question.purpose_item is None:
        grounds.append(Ground(GroundCode.PURPOSE_ITEM_MISSING, row.article, (), name_purpose(row)))
    else:
        grounds.append(Ground(GroundCode.PURPOSE_ITEM_UNKNOWN, row.article, (question.purpose_item,), name_purpose(row)))
    return NOTHING


def _without_detail(row: RowIndex, policy: Policy, grounds: list[Ground]) -> Reach:
    """A row whose detail is not held: refused where the 号 is demanded, answered at row level with the doubt where not."""
    if policy.demand == "item":
        grounds.append(Ground(GroundCode.DETAIL_NOT_LOADED, row.row.citation, (), REVIEW))
    return Reach("row", row.basis, (Condition("row-level", row.article),), (Doubt("detail-not-loaded", row.row.citation),))


def _check_purpose(
    question: Question, row: RowIndex, purpose: PurposeIndex, inquirer: tuple[str, ...], policy: Policy, grounds: list[Ground]
) -> Reach:
    if purpose.inquirers and purpose.inquirers.isdisjoint(inquirer):
        about = purpose.purpose.inquirers
        grounds.append(Ground(INQUIRER_NOT_IN_PURPOSE, purpose.purpose.citation, about, other_purposes(row, question.items, inquirer)))
    relation, items, hits = question.relation, question.items, purpose.hits
    if relation is None and policy.demand == "item":
        grounds.append(Ground(RELATION_MISSING, purpose.purpose.citation, _relations(purpose), CORRECT))
    found: list[Reach] = []
    missed: tuple[str, ...] = ()
    for item in items:
        hit = hits.get((item, relation))
        if hit is None:
            missed += (item,)
        else:
            found.append(hit)
    if missed:
        explain_missed(question, row, purpose, missed, inquirer, grounds)
    return joined(found, row.basis) if found else NOTHING


def _relations(purpose: PurposeIndex) -> tuple[str, ...]:
    return tuple(sorted({relation for relations in purpose.relations.values() for relation in relations}))


def joined(reaches: list[Reach], basis: tuple[str, ...] = ()) -> Reach:
    """Several items' entries as one, behind the basis that they share."""
    return Reach(
        "item",
        basis + tuple([citation for reach in reaches for citation in reach.citations]),
        tuple([condition for reach in reaches for condition in reach.conditions]),
        tuple([doubt for reach in reaches for doubt in reach.doubts]),
    )


def explain_missed(
    question: Question, row: RowIndex, purpose: PurposeIndex, missed: tuple[str, ...], inquirer: tuple[str, ...], grounds: list[Ground]
) -> None:
    """Why the 号 gave nothing for some items: not in it at all, not about this person, or its words about persons are not coded."""
    place = purpose.purpose.citation
    absent: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    open_texts: tuple[str, ...] = ()
    for item in missed:
        if item in purpose.uncoded:
            open_texts += (item,)
        elif item in purpose.relations:
            others += (item,)
        elif item in row.providers:
            absent += (item,)
    if absent:
        grounds.append(Ground(ITEM_NOT_IN_PURPOSE, place, absent, for_item_not_in_purpose(question, row, purpose, absent, inquirer)))
    if others:
        grounds.append(purpose.others[others[0]] if len(others) == 1 else relation_not_in(place, purpose.relations, others))
    if open_texts:
        grounds.append(Ground(RELATION_NOT_CODED, place, open_texts, REVIEW))


def reach_nothing(question: Question, found: Found, inquirer: tuple[str, ...], era: Era, grounds: list[Ground]) -> Reach:
    """The affair's name led to no linkage row: say why, and what remains."""
    code = found.problem or GroundCode.NO_LINKAGE_ROW
    if code is GroundCode.NO_LINKAGE_ROW and not found.about:
        laws = (question.affair.law,) if isinstance(question.affair, LawRef) else found.laws
        near = nearest(era, question, inquirer, "".join(laws))
        grounds.append(Ground(code, LINKAGE, (), for_no_row(question, inquirer, near, proposals_for(era, laws))))
    else:
        grounds.append(Ground(code, LINKAGE, found.about, name_row(found.about)))
    return NOTHING
