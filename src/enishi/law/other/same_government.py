"""19条11号: another organ of the same local government hands something over, as its ordinance provides and as far as the work needs it."""

from datetime import date
from typing import Final

import msgspec

from enishi.law.ordinance.form import HandOver, Ordinance
from enishi.law.other.kinds import STATUTE, NotOpen, OtherCondition, OtherGround, OtherGroundCode, OtherRemedy

PLACE: Final = f"{STATUTE}#19-1-11"
KEEPING: Final = f"{STATUTE}#20"
Provided = tuple[Ordinance, str, HandOver]


class SameGovernmentQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="same_government"):
    """May `receiver` have `items` from `giver`, organs of the governments `receiver_code` and `giver_code`, for the work in `need`?"""

    receiver_code: str
    receiver: str
    giver_code: str
    giver: str
    items: tuple[str, ...]
    need: str


class SameGovernment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verdict", tag="same_government"):
    """庁内提供: lawful inside the government; carried by its own systems and recorded there."""

    on: date
    basis: tuple[str, ...]
    conditions: tuple[OtherCondition, ...]


def decide_same_government(question: SameGovernmentQuestion, ordinances: tuple[Ordinance, ...], on: date) -> SameGovernment | NotOpen:
    """Total: every ground against it, or the articles of the ordinance that carry the items."""
    grounds: list[OtherGround] = []
    _check_parties(question, grounds)
    found = _hand_overs(question, ordinances)
    in_force = [entry for entry in found if _stands(entry[2], on)]
    _check_provision(question, found, in_force, grounds)
    if not question.items:
        grounds.append(OtherGround(OtherGroundCode.NO_ITEMS, PLACE, (), (OtherRemedy.CORRECT_QUESTION,)))
    if not question.need.strip():
        grounds.append(OtherGround(OtherGroundCode.NEED_NOT_STATED, PLACE, (), (OtherRemedy.STATE_NEED,)))
    if grounds:
        return NotOpen(kind="same_government", on=on, grounds=tuple(grounds))
    places = tuple(
        sorted(
            {
                f"ordinance{one.code}@{provision.effective_on.isoformat()}#affair/{number}"
                for one, number, provision in in_force
                if carries(provision, question.items)
            }
        )
    )
    needed = OtherCondition("as-far-as-needed", PLACE, (question.need,))
    return SameGovernment(
        on=on, basis=(PLACE, *places), conditions=(needed, OtherCondition("not-through-network", PLACE), OtherCondition("record-here", KEEPING))
    )


def _check_parties(question: SameGovernmentQuestion, grounds: list[OtherGround]) -> None:
    if question.receiver_code != question.giver_code:
        about = (question.receiver_code, question.giver_code)
        grounds.append(OtherGround(OtherGroundCode.NOT_SAME_GOVERNMENT, PLACE, about, (OtherRemedy.NETWORK_INQUIRY,)))
    elif question.receiver == question.giver:
        grounds.append(OtherGround(OtherGroundCode.SAME_ORGAN, PLACE, (question.receiver,), (OtherRemedy.USE_INSIDE_ORGAN,)))


def carries(provision: HandOver, items: tuple[str, ...]) -> bool:
    """True where the provision carries one of the items at least."""
    return any(item in provision.items for item in items)


def _stands(provision: HandOver, on: date) -> bool:
    return provision.effective_on <= on and (provision.until is None or on < provision.until)


def _hand_overs(question: SameGovernmentQuestion, ordinances: tuple[Ordinance, ...]) -> list[Provided]:
    """Every provision for a hand-over between these two organs, whatever its days: ordinance, number of its affair, provision."""
    return [
        (one, affair.number, provision)
        for one in ordinances
        if one.code == question.giver_code == question.receiver_code
        for affair in one.affairs
        for provision in affair.hand_overs
        if provision.giver == question.giver and provision.receiver == question.receiver
    ]


def _check_provision(question: SameGovernmentQuestion, found: list[Provided], in_force: list[Provided], grounds: list[OtherGround]) -> None:
    if not found:
        nearest = (OtherRemedy.PROVIDE_BY_ORDINANCE, OtherRemedy.NETWORK_INQUIRY)
        grounds.append(OtherGround(OtherGroundCode.NO_HAND_OVER, PLACE, (question.giver, question.receiver), nearest))
        return
    if not in_force:
        about = tuple([f"{provision.place} {provision.effective_on.isoformat()}" for _, _, provision in found])
        grounds.append(OtherGround(OtherGroundCode.HAND_OVER_NOT_IN_FORCE, PLACE, about, (OtherRemedy.OTHER_DAY,)))
    carried = {item for _, _, provision in in_force or found for item in provision.items}
    beyond = tuple([item for item in question.items if item not in carried])
    if beyond:
        ways = (OtherRemedy.PROVIDE_BY_ORDINANCE, *((OtherRemedy.FEWER_ITEMS,) if len(beyond) < len(question.items) else ()))
        grounds.append(OtherGround(OtherGroundCode.ITEM_NOT_HANDED_OVER, PLACE, beyond, ways))
