"""What law answers: a Permit with its basis, or a Refusal with every ground and the lawful ways that remain."""

from datetime import date
from enum import StrEnum
from typing import Literal

import msgspec

from enishi.encoding import digest
from enishi.law.texts import Text, say


class GroundCode(StrEnum):
    """拒否理由, stable; the first digit of `step` is the step of the decision that found it (docs/law.md)."""

    LAW_NOT_KNOWN = "law-not-known"
    INQUIRER_NOT_REGISTERED = "inquirer-not-registered"
    INQUIRER_SUSPENDED = "inquirer-suspended"
    INQUIRER_WITHOUT_CAPACITY = "inquirer-without-capacity"
    PROVIDER_NOT_REGISTERED = "provider-not-registered"
    PROVIDER_SUSPENDED = "provider-suspended"
    PROVIDER_WITHOUT_CAPACITY = "provider-without-capacity"
    SAME_INSTITUTION = "same-institution"
    NO_NUMBER_USE = "no-number-use"
    NOT_A_NUMBER_USER = "not-a-number-user"
    CROSSWALK_NOT_REVIEWED = "crosswalk-not-reviewed"
    ORDINANCE_NOT_SHOWN = "ordinance-not-shown"
    ORDINANCE_NOT_IN_FORCE = "ordinance-not-in-force"
    ORDINANCE_FIELD_CLOSED = "ordinance-field-closed"
    ORDINANCE_OF_ANOTHER = "ordinance-of-another"
    NO_LINKAGE_ROW = "no-linkage-row"
    AFFAIR_UNKNOWN = "affair-unknown"
    AFFAIR_AMBIGUOUS = "affair-ambiguous"
    AFFAIR_NOT_IN_FORCE = "affair-not-in-force"
    ORDINANCE_NOT_ACCEPTED = "ordinance-not-accepted"
    ORDINANCE_NOT_COMPARED = "ordinance-not-compared"
    ORDINANCE_PURPOSE_UNLIKE = "ordinance-purpose-unlike"
    ORDINANCE_CONTENT_UNLIKE = "ordinance-content-unlike"
    ORDINANCE_ITEM_NOT_FILED = "ordinance-item-not-filed"
    ORDINANCE_ITEM_BEYOND = "ordinance-item-beyond"
    ORDINANCE_PROVIDER_BEYOND = "ordinance-provider-beyond"
    PROVIDER_LIMITED = "provider-limited"
    NO_ITEMS = "no-items"
    INQUIRER_NOT_IN_ROW = "inquirer-not-in-row"
    ITEM_NOT_IN_ROW = "item-not-in-row"
    PROVIDER_NOT_FOR_ITEM = "provider-not-for-item"
    DETAIL_NOT_LOADED = "detail-not-loaded"
    PURPOSE_ITEM_MISSING = "purpose-item-missing"
    PURPOSE_ITEM_UNKNOWN = "purpose-item-unknown"
    INQUIRER_NOT_IN_PURPOSE = "inquirer-not-in-purpose"
    ITEM_NOT_IN_PURPOSE = "item-not-in-purpose"
    RELATION_MISSING = "relation-missing"
    RELATION_NOT_IN_PURPOSE = "relation-not-in-purpose"
    RELATION_NOT_CODED = "relation-not-coded"
    INQUIRER_ASSESSMENT = "inquirer-assessment"
    PROVIDER_ASSESSMENT = "provider-assessment"
    CONSENT_MISSING = "consent-missing"
    PERIOD_EMPTY = "period-empty"


class RemedyCode(StrEnum):
    """代替手段: what an official or a designer may lawfully do next."""

    REGISTER = "register"
    LIFT_SUSPENSION = "lift-suspension"
    PUBLISH_ASSESSMENT = "publish-assessment"
    OBTAIN_CONSENT = "obtain-consent"
    NAME_ROW = "name-row"
    NAME_PURPOSE_ITEM = "name-purpose-item"
    NAME_RELATION = "name-relation"
    OTHER_PURPOSE_ITEM = "other-purpose-item"
    OTHER_PROVIDER = "other-provider"
    FEWER_ITEMS = "fewer-items"
    SAME_GOVERNMENT = "same-government"
    ENACT_ORDINANCE = "enact-ordinance"
    ORDINANCE_FILING = "ordinance-filing"
    AWAIT_PUBLICATION = "await-publication"
    CHANGE_FILING = "change-filing"
    BASIC_RESIDENT_REGISTER = "basic-resident-register"
    SELF_DISCLOSURE = "self-disclosure"
    PROPOSAL_ROW = "proposal-row"
    PAPER = "paper"
    REVIEW_DATA = "review-data"
    OTHER_DAY = "other-day"
    CORRECT_QUESTION = "correct-question"


class Remedy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One lawful way on: its clause (empty where it is a matter of the question itself) and what it is about."""

    code: RemedyCode
    citation: str = ""
    about: tuple[str, ...] = ()

    @property
    def message(self) -> Text:
        """The sentence in Japanese and English."""
        return say("remedies", self.code, self.about)


class Ground(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One reason of a refusal, its clause, what it is about (items, capacities, days), and the remedies against it."""

    code: GroundCode
    citation: str
    about: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    @property
    def message(self) -> Text:
        """The sentence in Japanese and English."""
        return say("grounds", self.code, self.about)


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What a permit holds under: whose information, which period, which secrecy."""

    code: Literal[
        "subject",
        "subject-limit",
        "period",
        "tax-secrecy",
        "consent-given",
        "assessment-exempt",
        "row-level",
        "proposal",
        "compared-affair",
        "ordinance-papers",
    ]
    citation: str
    about: tuple[str, ...] = ()

    @property
    def message(self) -> Text:
        """The sentence in Japanese and English."""
        return say("conditions", self.code, self.about)


class Doubt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What is not certain about the law data that the verdict rests on; shown, never hidden."""

    code: Literal["not-rechecked", "row-reading", "entry-reading", "crosswalk-reading", "detail-not-loaded", "beyond-verified"]
    citation: str
    about: tuple[str, ...] = ()

    @property
    def message(self) -> Text:
        """The sentence in Japanese and English."""
        return say("doubts", self.code, self.about)


class Permit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True, tag_field="verdict", tag="permit"):
    """情報提供許可証: law allows this question on this day.

    Only `law.decide` constructs one, and `decided_by` makes every other place that tries plain to see.
    """

    decided_by: Literal["law.decide"]
    on: date
    level: Literal["item", "row"]
    basis: tuple[str, ...]
    conditions: tuple[Condition, ...]
    doubts: tuple[Doubt, ...]
    proposals: bool
    law_edge: bool


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True, tag_field="verdict", tag="refusal"):
    """Law does not allow this question on this day; `grounds` are all of them, in the order of the decision's steps."""

    on: date
    grounds: tuple[Ground, ...]
    doubts: tuple[Doubt, ...]
    proposals: bool
    law_edge: bool


Verdict = Permit | Refusal


def verdict_digest(verdict: Verdict) -> bytes:
    """32 bytes that two who decided independently compare: the digest of the verdict's MessagePack encoding, texts not included."""
    return digest("verdict", msgspec.msgpack.encode(verdict))
