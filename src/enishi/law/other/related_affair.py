"""個人番号関係事務 (Art. 9(4)): an employer or an agent handles others' numbers only to hand in what a number user's affair demands."""

from datetime import date
from typing import Final, Literal

import msgspec

from enishi.law.index import NumberUse
from enishi.law.other.kinds import STATUTE, NotOpen, OtherCondition, OtherGround, OtherGroundCode, OtherRemedy, day_known
from enishi.law.tables import Tables
from enishi.law.verdict import GroundCode

PLACE: Final = f"{STATUTE}#9-4"
IDENTITY: Final = f"{STATUTE}#16"


class RelatedAffairQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="related_affair"):
    """May `actor` handle numbers to hand in papers to `recipient` (capacities) for an affair of `law`, or of one row of a number-use table?

    `part` is what ties the actor to the persons: the employment, or the mandate it acts under.
    """

    actor: Literal["employer", "agent"]
    part: str
    recipient: tuple[str, ...]
    law: str = ""
    source: str = ""
    row: str = ""


class RelatedAffair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verdict", tag="related_affair"):
    """Lawful to hand the numbers in; no right to ask anybody for anything."""

    on: date
    basis: tuple[str, ...]
    conditions: tuple[OtherCondition, ...]


def decide_related_affair(question: RelatedAffairQuestion, tables: Tables, on: date) -> RelatedAffair | NotOpen:
    """Total: the affair is one for which the recipient uses the number on the day, and the actor has its part in it."""
    grounds: list[OtherGround] = []
    use = None
    if day_known(on, tables.eras[0].effective_on, tables.verified_until, grounds) and (era := tables.era(on)) is not None:
        found = era.rows.get((question.source, question.row)) if question.row else era.laws.get(question.law)
        if found is not None and found.problem is GroundCode.AFFAIR_AMBIGUOUS:
            grounds.append(OtherGround(OtherGroundCode.AFFAIR_AMBIGUOUS, PLACE, found.about, (OtherRemedy.NAME_ROW,)))
        else:
            use = found.number_use if found is not None and found.number_use.problem is None else None
            _check_use(question, use, grounds)
    if not question.part.strip():
        grounds.append(OtherGround(OtherGroundCode.ACTOR_WITHOUT_PART, PLACE, (question.actor,), (OtherRemedy.SHOW_PART,)))
    if grounds or use is None:
        return NotOpen(kind="related_affair", on=on, grounds=tuple(grounds))
    conditions = (OtherCondition("only-to-hand-in", PLACE, (question.part,)), OtherCondition("verify-identity", IDENTITY))
    return RelatedAffair(on=on, basis=(PLACE, *use.citations), conditions=(*conditions, OtherCondition("not-through-network", PLACE)))


def _check_use(question: RelatedAffairQuestion, use: NumberUse | None, grounds: list[OtherGround]) -> None:
    if use is None:
        about = (question.law or f"{question.source}/{question.row}",)
        grounds.append(OtherGround(OtherGroundCode.AFFAIR_WITHOUT_NUMBER_USE, PLACE, about, (OtherRemedy.WITHOUT_NUMBER, OtherRemedy.OTHER_DAY)))
    elif use.users.isdisjoint(question.recipient):
        ways = (OtherRemedy.CORRECT_QUESTION, OtherRemedy.WITHOUT_NUMBER)
        grounds.append(OtherGround(OtherGroundCode.RECIPIENT_NOT_A_NUMBER_USER, use.citations[-1], question.recipient, ways))
