"""The question that law answers, in law's own types, and the facts and policy that come with it."""

from datetime import date
from enum import StrEnum
from typing import Final, Literal

import msgspec

from enishi.law.ordinance.form import Ordinance
from enishi.law.relation import Relation


class Delegation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """権限の委任: the institution acts as `capacity` in affairs of `law` on the half-open days [effective_on, until)."""

    capacity: str
    law: str
    effective_on: date
    until: date | None
    citation: str


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An institution as the registry knows it on the day: the capacities (資格) valid then, and powers delegated to it."""

    capacities: tuple[str, ...]
    institution: str = ""
    delegations: tuple[Delegation, ...] = ()


class RowRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False, tag_field="by", tag="row"):
    """An affair named by a row of a dated table: `506M60004008009@2024-05-27` (with `#table` where a law has two) and its label."""

    source: str
    row: str


class LawRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False, tag_field="by", tag="law"):
    """An affair named by the law it stands on; usable where just one row carries that law."""

    law: str


class OrdinanceRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False, tag_field="by", tag="ordinance"):
    """An affair of an ordinance (条例事務), `CODE/NUMBER`: the local government's code and the affair's number in its ordinance file."""

    ordinance: str


AffairRef = RowRef | LawRef | OrdinanceRef


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The half-open days that the information asked for is about."""

    effective_on: date
    until: date


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """提供の求め as law sees it: who asks whom, for which affair (号), for which data items, about whom.

    Rows of one inquiry whose subjects stand in different relations are different questions.
    """

    inquirer: Party
    affair: AffairRef
    provider: Party
    items: tuple[str, ...]
    purpose_item: str | None = None
    relation: Relation | None = None
    period: Period | None = None


class Standing(StrEnum):
    """How an institution stands in the registry on the day."""

    REGISTERED = "registered"
    UNREGISTERED = "unregistered"
    SUSPENDED = "suspended"


class Assessment(StrEnum):
    """特定個人情報保護評価 of the file that the question touches (Art. 28)."""

    PUBLISHED = "published"
    EXEMPT = "exempt"
    UNPUBLISHED = "unpublished"
    OUTDATED = "outdated"
    WRONG_KIND = "wrong_kind"


class Consent(StrEnum):
    """Whether the person has agreed to this provision."""

    GIVEN = "given"
    NOT_GIVEN = "not_given"


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the signed registry snapshot says on the day; nothing is presumed, so nothing has a default but the empty list.

    `consent_affairs` are citations of rows whose tax information needs consent because a notice (告示) designates the affair;
    `ordinances` are those that inquirer and provider have entered, with every filing and declaration made about them.
    """

    inquirer_standing: Standing
    provider_standing: Standing
    inquirer_assessment: Assessment
    provider_assessment: Assessment
    consent: Consent
    consent_affairs: tuple[str, ...] = ()
    ordinances: tuple[Ordinance, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How strictly an installation asks: the mesh demands the 号 and the relation, and refuses beyond the last verified day."""

    demand: Literal["item", "row"] = "item"
    law_edge: Literal["refuse", "mark"] = "refuse"
    proposals: Literal["ignore", "count"] = "ignore"


MESH: Final = Policy()
"""The strictest policy, and the default everywhere."""
