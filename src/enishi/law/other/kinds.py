"""What every other kind of verdict is made of: its grounds, conditions and remedies with their sentences, and the negative answer."""

from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from enishi.law.ready import STATUTE
from enishi.law.texts import Text, fill

Kind = Literal["same_government", "emergency", "resident_register", "self_disclosure", "related_affair", "contractor", "proposal"]
__all__ = ["STATUTE", "Kind", "OtherCondition", "OtherGround", "OtherGroundCode", "OtherRemedy", "NotOpen", "day_known"]


class OtherGroundCode(StrEnum):
    """Why a way is not open, stable; the words are in data/other_texts.json."""

    NOT_SAME_GOVERNMENT = "not-same-government"
    SAME_ORGAN = "same-organ"
    NO_HAND_OVER = "no-hand-over"
    HAND_OVER_NOT_IN_FORCE = "hand-over-not-in-force"
    ITEM_NOT_HANDED_OVER = "item-not-handed-over"
    NO_ITEMS = "no-items"
    NEED_NOT_STATED = "need-not-stated"
    NO_INTEREST = "no-interest"
    NEITHER_CONSENT_NOR_HARDSHIP = "neither-consent-nor-hardship"
    ENTRY_NOT_SHOWN = "entry-not-shown"
    NOT_IDENTITY_INFORMATION = "not-identity-information"
    PERSON_NOT_AUTHENTICATED = "person-not-authenticated"
    REPRESENTATIVE_NOT_REGISTERED = "representative-not-registered"
    APP_CONSENT_MISSING = "app-consent-missing"
    APP_CONSENT_WITHDRAWN = "app-consent-withdrawn"
    APP_CONSENT_ENDED = "app-consent-ended"
    APP_CONSENT_TOO_LONG = "app-consent-too-long"
    ITEM_NOT_CONSENTED = "item-not-consented"
    AFFAIR_AMBIGUOUS = "affair-ambiguous"
    AFFAIR_WITHOUT_NUMBER_USE = "affair-without-number-use"
    RECIPIENT_NOT_A_NUMBER_USER = "recipient-not-a-number-user"
    ACTOR_WITHOUT_PART = "actor-without-part"
    PRINCIPAL_WITHOUT_NUMBER_USE = "principal-without-number-use"
    NOTHING_COMMISSIONED = "nothing-commissioned"
    CHAIN_BROKEN = "chain-broken"
    BEYOND_PRINCIPALS_AFFAIR = "beyond-principals-affair"
    RE_ENTRUSTED_WITHOUT_PERMISSION = "re-entrusted-without-permission"
    NOT_SUPERVISED = "not-supervised"
    NO_PROPOSAL = "no-proposal"
    NOT_IN_PROPOSAL = "not-in-proposal"
    LAW_NOT_KNOWN = "law-not-known"


class OtherRemedy(StrEnum):
    """The next step for who is told no."""

    PROVIDE_BY_ORDINANCE = "provide-by-ordinance"
    NETWORK_INQUIRY = "network-inquiry"
    USE_INSIDE_ORGAN = "use-inside-organ"
    FEWER_ITEMS = "fewer-items"
    STATE_NEED = "state-need"
    ASK_CONSENT = "ask-consent"
    RECORD_HARDSHIP = "record-hardship"
    NAME_ENTRY = "name-entry"
    AUTHENTICATE = "authenticate"
    REGISTER_REPRESENTATIVE = "register-representative"
    RENEW_CONSENT = "renew-consent"
    NAME_ROW = "name-row"
    WITHOUT_NUMBER = "without-number"
    SHOW_PART = "show-part"
    COMMISSION_IN_WRITING = "commission-in-writing"
    PERMISSION_OF_PRINCIPAL = "permission-of-principal"
    SUPERVISE = "supervise"
    WRITE_PROPOSAL = "write-proposal"
    OTHER_DAY = "other-day"
    CORRECT_QUESTION = "correct-question"

    @property
    def message(self) -> Text:
        """The sentence in Japanese and English."""
        return said("remedies", self.value, ())


class OtherGround(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason why a way is not open, its clause, what it is about, and what to do next."""

    code: OtherGroundCode
    citation: str
    about: tuple[str, ...] = ()
    remedies: tuple[OtherRemedy, ...] = ()

    @property
    def message(self) -> Text:
        """The sentence in Japanese and English."""
        return said("grounds", self.code.value, self.about)


class OtherCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a way holds under; `code` has its sentence in data/other_texts.json."""

    code: Literal[
        "as-far-as-needed",
        "record-here",
        "not-through-network",
        "consent-given",
        "consent-hard-to-obtain",
        "identity-information-only",
        "table-not-held",
        "to-the-person",
        "to-the-app-until",
        "revocable",
        "as-representative",
        "only-to-hand-in",
        "verify-identity",
        "inquirer-stays-principal",
        "supervise",
        "permission-by",
        "not-law",
    ]
    citation: str
    about: tuple[str, ...] = ()

    @property
    def message(self) -> Text:
        """The sentence in Japanese and English."""
        return said("conditions", self.code, self.about)


class NotOpen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verdict", tag="not_open"):
    """The way is not open on this day; every ground is named."""

    kind: Kind
    on: date
    grounds: tuple[OtherGround, ...]


def day_known(on: date, first: date, last: date, grounds: list[OtherGround]) -> bool:
    """True where the tables of the day are held and verified; a ground otherwise."""
    if first <= on <= last:
        return True
    about = (on.isoformat(), first.isoformat(), last.isoformat())
    grounds.append(OtherGround(OtherGroundCode.LAW_NOT_KNOWN, f"{STATUTE}#9-1", about, (OtherRemedy.OTHER_DAY,)))
    return False


Shelf = dict[str, dict[str, Text]]


@cache
def shelf() -> Shelf:
    """All sentences of the other kinds: section, then code."""
    return msgspec.json.decode(resources.files("enishi.law").joinpath("data/other_texts.json").read_bytes(), type=Shelf)


def said(section: str, code: str, about: tuple[str, ...]) -> Text:
    """The sentence of a code, with what it is about in its place."""
    return fill(shelf()[section][code], [Text(one, one) for one in about])
