"""What an institution's system looks up at its gateway, as types: a person's copy, all that it was before, and whom to ask."""

from datetime import date
from typing import Any, Literal

import msgspec


class CopyFound(msgspec.Struct, frozen=True, kw_only=True):
    """What answers now: a document, or why there is none; `as_of` is when its source held it (RFC 3339)."""

    person: str
    item: str
    period: str
    state: Literal["held", "no_such_data", "not_registered", "live"]
    document: dict[str, Any] | None = None
    as_of: str | None = None


class FormerCopy(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a copy: `since` is when answers began to come from it, none for the first import; `load` names the adapter."""

    state: Literal["held", "taken_back"]
    document: dict[str, Any] | None = None
    as_of: str | None = None
    since: str | None = None
    load: str = ""


class CopyPast(msgspec.Struct, frozen=True, kw_only=True):
    """Every state of a copy, the newest first; `next` is what the following page begins before, none at the last."""

    person: str
    item: str
    period: str
    former: tuple[FormerCopy, ...]
    next: int | None = None


class Paper(msgspec.Struct, frozen=True):
    """A document that the caller has, and the day as of which its source held it."""

    document: dict[str, Any]
    as_of: date


class Whose(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which item of whom: by the institution's own number, by documents, or both; a fiscal year for tax, else a day (none: the address before)."""

    item: str
    person: str = ""
    fiscal_year: str | None = None
    day: date | None = None
    documents: tuple[Paper, ...] = ()


class HolderFound(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds it, who has to be asked first, or that it stays open; why, by language, and of which item a document would say more."""

    state: Literal["held", "ask_first", "open"]
    institution: str | None = None
    name: dict[str, str] | None = None
    suspended: bool = False
    reason: str = ""
    told: dict[str, str] = {}
    said: str = ""
    missing: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
