"""本人による自己情報の取得: the person (or a registered representative) has their own information, and may let an app have it for a while."""

from datetime import date, timedelta
from typing import Final, Literal

import msgspec

from enishi.law.other.kinds import NotOpen, OtherCondition, OtherGround, OtherGroundCode, OtherRemedy

PLACE: Final = "415AC0000000057#76"
LONGEST: Final = timedelta(days=90)
"""Days for which one consent lets an app fetch again (医療保険情報取得, 2024)."""


class AppConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person agreed to: which app, which items, on half-open days; `withdrawn_on` ends it early."""

    app: str
    items: tuple[str, ...]
    effective_on: date
    until: date
    withdrawn_on: date | None = None


class SelfDisclosureQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="self_disclosure"):
    """Who asks (`person` or `representative`), how they proved it, for which items; `app` where an app is to have them."""

    asker: Literal["person", "representative"]
    proof: Literal["card", "none"]
    items: tuple[str, ...]
    mandate: Literal["registered", "none"] = "none"
    app: str = ""
    consent: AppConsent | None = None


class SelfDisclosure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verdict", tag="self_disclosure"):
    """The person's own information goes to the person, and on, if so, to one app by the person's own choice."""

    on: date
    basis: tuple[str, ...]
    conditions: tuple[OtherCondition, ...]


def decide_self_disclosure(question: SelfDisclosureQuestion, on: date) -> SelfDisclosure | NotOpen:
    """Total: proof of the person, a mandate of a representative, and for an app a consent that stands on the day."""
    grounds: list[OtherGround] = []
    if question.proof != "card":
        grounds.append(OtherGround(OtherGroundCode.PERSON_NOT_AUTHENTICATED, PLACE, (), (OtherRemedy.AUTHENTICATE,)))
    if question.asker == "representative" and question.mandate != "registered":
        grounds.append(OtherGround(OtherGroundCode.REPRESENTATIVE_NOT_REGISTERED, PLACE, (), (OtherRemedy.REGISTER_REPRESENTATIVE,)))
    if not question.items:
        grounds.append(OtherGround(OtherGroundCode.NO_ITEMS, PLACE, (), (OtherRemedy.CORRECT_QUESTION,)))
    if question.app:
        _check_consent(question, question.consent, on, grounds)
    if grounds:
        return NotOpen(kind="self_disclosure", on=on, grounds=tuple(grounds))
    conditions = [OtherCondition("to-the-person", PLACE), OtherCondition("not-through-network", PLACE)]
    if question.asker == "representative":
        conditions.append(OtherCondition("as-representative", PLACE))
    if question.app and question.consent is not None:
        conditions.append(OtherCondition("to-the-app-until", PLACE, (question.app, question.consent.until.isoformat())))
        conditions.append(OtherCondition("revocable", PLACE))
    return SelfDisclosure(on=on, basis=(PLACE,), conditions=tuple(conditions))


def _check_consent(question: SelfDisclosureQuestion, consent: AppConsent | None, on: date, grounds: list[OtherGround]) -> None:
    if consent is None or consent.app != question.app or on < consent.effective_on:
        grounds.append(OtherGround(OtherGroundCode.APP_CONSENT_MISSING, PLACE, (question.app,), (OtherRemedy.ASK_CONSENT,)))
        return
    if consent.withdrawn_on is not None and consent.withdrawn_on <= on:
        about = (consent.withdrawn_on.isoformat(),)
        grounds.append(OtherGround(OtherGroundCode.APP_CONSENT_WITHDRAWN, PLACE, about, (OtherRemedy.ASK_CONSENT,)))
    if on >= consent.until:
        grounds.append(OtherGround(OtherGroundCode.APP_CONSENT_ENDED, PLACE, (consent.until.isoformat(),), (OtherRemedy.RENEW_CONSENT,)))
    if consent.until - consent.effective_on > LONGEST:
        grounds.append(OtherGround(OtherGroundCode.APP_CONSENT_TOO_LONG, PLACE, (str(LONGEST.days),), (OtherRemedy.RENEW_CONSENT,)))
    beyond = tuple([item for item in question.items if item not in consent.items])
    if beyond:
        grounds.append(OtherGround(OtherGroundCode.ITEM_NOT_CONSENTED, PLACE, beyond, (OtherRemedy.ASK_CONSENT,)))
