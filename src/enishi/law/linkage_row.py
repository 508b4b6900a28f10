"""Step 3: does a row of the day carry every item, and does the 号 of its detail allow it about this person."""

from typing import Final

from enishi.law.eras import LINKAGE, Era, Found
from enishi.law.index import PurposeIndex, Reach, RowIndex
from enishi.law.question import LawRef, Policy, Question
from enishi.law.remedies import (
    for_item_not_in_purpose,
    for_item_not_in_row,
    for_no_row,
    for_relation,
    name_purpose,
    name_row,
    nearest,
    other_providers,
    other_purposes,
    proposals_for,
)
from enishi.law.verdict import Condition, Doubt, Ground, GroundCode, Remedy, RemedyCode

NOTHING: Final = Reach("row", (), (), ())
CORRECT: Final = (Remedy(RemedyCode.CORRECT_QUESTION),)
REVIEW: Final = (Remedy(RemedyCode.REVIEW_DATA),)
ITEM_NOT_IN_ROW: Final = GroundCode.ITEM_NOT_IN_ROW
PROVIDER_NOT_FOR_ITEM: Final = GroundCode.PROVIDER_NOT_FOR_ITEM
INQUIRER_NOT_IN_PURPOSE: Final = GroundCode.INQUIRER_NOT_IN_PURPOSE
RELATION_MISSING: Final = GroundCode.RELATION_MISSING
ITEM_NOT_IN_PURPOSE: Final = GroundCode.ITEM_NOT_IN_PURPOSE
RELATION_NOT_IN_PURPOSE: Final = GroundCode.RELATION_NOT_IN_PURPOSE
RELATION_NOT_CODED: Final = GroundCode.RELATION_NOT_CODED
INQUIRER_NOT_IN_ROW: Final = GroundCode.INQUIRER_NOT_IN_ROW


def check_linkage(
    question: Question, row: RowIndex, inquirer: tuple[str, ...], provider: tuple[str, ...], policy: Policy, grounds: list[Ground]
) -> Reach:
    """Check the row, then its 号 as far as the policy demands or the question goes; add every ground met."""
    if row.inquirers.isdisjoint(inquirer):
        # The very row is the nearest statutory affair: a local government whose affair is like it may file against it.
        ways = for_no_row(question, inquirer, (row.row.citation, row.row.affair))
        grounds.append(Ground(INQUIRER_NOT_IN_ROW, row.row.citation, row.row.parties, ways))
    if not question.items:
        grounds.append(Ground(GroundCode.NO_ITEMS, row.row.citation, (), CORRECT))
    for item in question.items:
        providers = row.providers.get(item)
        if providers is None or providers.isdisjoint(provider):
            _explain_items(question, row, inquirer, provider, grounds)
            break
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


def _explain_items(question: Question, row: RowIndex, inquirer: tuple[str, ...], provider: tuple[str, ...], grounds: list[Ground]) -> None:
    """Which items the row does not carry, and which it has from somebody else."""
    absent = tuple([item for item in question.items if item not in row.providers])
    elsewhere = tuple([item for item in question.items if item in row.providers and row.providers[item].isdisjoint(provider)])
    if absent:
        grounds.append(Ground(ITEM_NOT_IN_ROW, row.row.citation, absent, for_item_not_in_row(question, row, absent, inquirer)))
    if elsewhere:
        grounds.append(Ground(PROVIDER_NOT_FOR_ITEM, row.row.citation, elsewhere, other_providers(row, elsewhere)))


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
        grounds.append(Ground(INQUIRER_NOT_IN_PURPOSE, purpose.purpose.citation, about, other_purposes(row, question.items, inquirer)))
    relation, items, hits = question.relation, question.items, purpose.hits
    if relation is None and policy.demand == "item":
        grounds.append(Ground(RELATION_MISSING, purpose.purpose.citation, _relations(purpose), CORRECT))
    if len(items) == 1 and (only := hits.get((items[0], relation))) is not None:
        return only
    found = [hits.get((item, relation)) for item in items]
    if None in found:
        _explain_missed(question, row, purpose, inquirer, grounds)
    return joined([reach for reach in found if reach is not None])


def _relations(purpose: PurposeIndex) -> tuple[str, ...]:
    return tuple(sorted({relation for relations in purpose.relations.values() for relation in relations}))


def joined(reaches: list[Reach]) -> Reach:
    """Several items' entries as one."""
    return Reach(
        "item",
        tuple([citation for reach in reaches for citation in reach.citations]),
        tuple([condition for reach in reaches for condition in reach.conditions]),
        tuple([doubt for reach in reaches for doubt in reach.doubts]),
    )


def _explain_missed(question: Question, row: RowIndex, purpose: PurposeIndex, inquirer: tuple[str, ...], grounds: list[Ground]) -> None:
    """Why the 号 gave nothing for some items: not in it at all, not about this person, or its words about persons are not coded."""
    place, allowed, uncoded = purpose.purpose.citation, purpose.relations, purpose.uncoded
    missed = [item for item in question.items if (item, question.relation) not in purpose.hits]
    absent = tuple([item for item in missed if item not in allowed and item in row.providers])
    others = tuple([item for item in missed if item in allowed and item not in uncoded])
    open_texts = tuple([item for item in missed if item in uncoded])
    if absent:
        grounds.append(Ground(ITEM_NOT_IN_PURPOSE, place, absent, for_item_not_in_purpose(question, row, purpose, absent, inquirer)))
    if others:
        grounds.append(Ground(RELATION_NOT_IN_PURPOSE, place, others, for_relation(purpose, others)))
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
