"""A person's held copy as it answers now, and every one that was answered from before it, with as of when and since when."""

import sqlite3
from collections.abc import Collection
from typing import Annotated, Any, Final, Literal

import msgspec

from enishi.errors import Malformed, Unknown
from enishi.items import catalog
from enishi.protocol.forms import demand
from enishi.roles.gateway import people, shown
from enishi.roles.gateway.copies import NEWEST, Copy, Former, copy_or_absence, history_of

PAGE: Final = 100
NONE: Final = msgspec.Raw(b"null")


class CopyQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What narrows it down: the fiscal year of an item that has them, and in a history the `next` of the page before."""

    period: Annotated[str, msgspec.Meta(pattern="^20[0-9]{2}$")] | None = None
    before: Annotated[int, msgspec.Meta(ge=1, lt=2**53)] | None = None


class CopyShown(msgspec.Struct, frozen=True, kw_only=True):
    """What answers now: a document, or why there is none; a `live` item is asked of the institution's own system each time."""

    person: str
    item: str
    period: str
    state: Literal["held", "no_such_data", "not_registered", "live"]
    document: msgspec.Raw
    as_of: str | None = None
    """When the source held it (RFC 3339); null where that is not known."""


class FormerShown(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a copy: `since` is when answers began to come from it, null for the first import; `load` names the adapter."""

    state: Literal["held", "taken_back"]
    document: msgspec.Raw
    as_of: str | None = None
    since: str | None = None
    load: str


class CopyHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Every state of a copy, the newest first; `next` is for the query `before` where there are more."""

    person: str
    item: str
    period: str
    former: tuple[FormerShown, ...]
    next: int | None = None


def read_query(given: dict[str, str]) -> CopyQuery:
    """Read the words of a query; Malformed("request-unreadable") names the one that is none."""
    try:
        return msgspec.convert(given, CopyQuery, strict=False)
    except (msgspec.ValidationError, UnicodeError) as error:
        raise Malformed("request-unreadable", str(error)[:100], "query") from error


def show_copy(connection: sqlite3.Connection, person: str, item: str, query: CopyQuery, live: Collection[str]) -> CopyShown:
    """What answers now; Unknown("person-unknown", "item-unknown"), Malformed("period-missing", "period-wrong")."""
    demand(query.before is None, "request-unreadable", "before", "query")
    period = _place(connection, person, item, query)
    if item in live:
        return CopyShown(person=person, item=item, period=period, state="live", document=NONE)
    found = copy_or_absence(connection, person, item, period)
    if not isinstance(found, Copy):
        return CopyShown(person=person, item=item, period=period, state=found.value, document=NONE)
    return CopyShown(person=person, item=item, period=period, state="held", **_document(found))


def show_history(connection: sqlite3.Connection, person: str, item: str, query: CopyQuery) -> CopyHistory:
    """Every state of a copy that was loaded or imported; raises what `show_copy` raises."""
    period = _place(connection, person, item, query)
    former = history_of(connection, person, item, period, query.before or NEWEST, PAGE)
    # The first import has no turn: nothing comes after it.
    more = former[-1].turn or None if len(former) >= PAGE else None
    return CopyHistory(person=person, item=item, period=period, former=tuple(map(_former, former)), next=more)


def _place(connection: sqlite3.Connection, person: str, item: str, query: CopyQuery) -> str:
    by_year = catalog.find(item).period == "fiscal_year"
    demand(query.period or not by_year, "period-missing", item, "period")
    demand(by_year or query.period is None, "period-wrong", item, "period")
    if people.by_number(connection, person, ()) is None:
        raise Unknown("person-unknown", field="person")
    return query.period or ""


def _former(former: Former) -> FormerShown:
    since = shown.time_of(former.since_ms) if former.since_ms else None
    if not former.document:
        return FormerShown(state="taken_back", document=NONE, since=since, load=former.load)
    return FormerShown(state="held", since=since, load=former.load, **_document(former))


def _document(copy: Copy | Former) -> dict[str, Any]:
    return {"document": msgspec.Raw(copy.document), "as_of": shown.time_of(copy.as_of_ms) if copy.as_of_ms else None}
