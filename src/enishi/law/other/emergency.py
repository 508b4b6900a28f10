"""19条16号: needed to protect a person's life, body or property, and the person consents or consent is hard to obtain; which, is recorded."""

from datetime import date
from enum import StrEnum
from typing import Final, Literal

import msgspec

from enishi.law.other.kinds import STATUTE, NotOpen, OtherCondition, OtherGround, OtherGroundCode, OtherRemedy

PLACE: Final = f"{STATUTE}#19-1-16"
PURPOSE: Final = f"{STATUTE}#9-6"


class Interest(StrEnum):
    """What is to be protected."""

    LIFE = "life"
    BODY = "body"
    PROPERTY = "property"


class EmergencyQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="emergency"):
    """What is at stake, why this information is needed for it, and the one of the two conditions that holds, with its reason."""

    interest: Interest | None
    need: str
    condition: Literal["consent", "consent_hard_to_obtain", "none"]
    reason: str = ""


class Emergency(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verdict", tag="emergency"):
    """Lawful for this need alone; `condition` says which of the article's two conditions was met."""

    on: date
    condition: Literal["consent", "consent_hard_to_obtain"]
    basis: tuple[str, ...]
    conditions: tuple[OtherCondition, ...]


def decide_emergency(question: EmergencyQuestion, on: date) -> Emergency | NotOpen:
    """Total: an interest, a need stated, and consent or a stated reason why it is hard to obtain."""
    grounds: list[OtherGround] = []
    if question.interest is None:
        grounds.append(OtherGround(OtherGroundCode.NO_INTEREST, PLACE, (), (OtherRemedy.NETWORK_INQUIRY,)))
    if not question.need.strip():
        grounds.append(OtherGround(OtherGroundCode.NEED_NOT_STATED, PLACE, (), (OtherRemedy.STATE_NEED,)))
    condition = question.condition
    if condition == "none" or (condition == "consent_hard_to_obtain" and not question.reason.strip()):
        ways = (OtherRemedy.ASK_CONSENT, OtherRemedy.RECORD_HARDSHIP)
        grounds.append(OtherGround(OtherGroundCode.NEITHER_CONSENT_NOR_HARDSHIP, PLACE, (), ways))
    if grounds or condition == "none":
        return NotOpen(kind="emergency", on=on, grounds=tuple(grounds))
    met = OtherCondition(
        "consent-given" if condition == "consent" else "consent-hard-to-obtain", PLACE, (question.reason,) if question.reason else ()
    )
    needed = OtherCondition("as-far-as-needed", PURPOSE, (question.need,))
    return Emergency(on=on, condition=condition, basis=(PLACE, PURPOSE), conditions=(met, needed, OtherCondition("not-through-network", PLACE)))
