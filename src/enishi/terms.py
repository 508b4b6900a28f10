"""Ids as types, and the few enumerations that every room shares (6-glossary: one English word, one Japanese word)."""

from enum import StrEnum
from typing import NewType

InstitutionId = NewType("InstitutionId", str)
"""全国地方公共団体コード (six digits) or the registry's slug of a national body."""
Txid = NewType("Txid", bytes)
"""32 bytes: digest of a signed statement."""
ItemId = NewType("ItemId", bytes)
"""32 bytes: digest of (txid, row number); names one row of an inquiry in leaf, receipt and outcome."""
AddresseeNumber = NewType("AddresseeNumber", str)
"""団体内統合宛名番号: a person's local id at one institution."""


class Outcome(StrEnum):
    """結果の種別: how an inquiry that law permits ended, or where it waits."""

    PROVIDED = "provided"
    NO_SUCH_PERSON = "no_such_person"
    NOT_REGISTERED = "not_registered"
    HELD = "held"
    REFUSED_WITH_CITATION = "refused_with_citation"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNAVAILABLE = "unavailable"

    @property
    def interim(self) -> bool:
        """True for the two kinds after which another outcome must follow."""
        return self in (Outcome.HELD, Outcome.CLOSED)


class Absence(StrEnum):
    """Why an item that was asked for has no document: none was ever registered (未登録), or the source says that there is no such data (該当なし)."""

    NOT_REGISTERED = "not_registered"
    NO_SUCH_DATA = "no_such_data"


class Kind(StrEnum):
    """The signed kind of a message: it fixes source and target of a conversion (3-protocol)."""

    INQUIRY = "inquiry"
    ENROL = "enrol"
    ENROL_AUDIT = "enrol_audit"
    VIEW = "view"
    SELF = "self"
