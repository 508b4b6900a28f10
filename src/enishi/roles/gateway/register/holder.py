"""Whom to ask: worked out from documents that the institution lawfully has, by the registry that is held here. Nothing is guessed, nobody asked."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec

from enishi import clock, items
from enishi.errors import Malformed, Unknown
from enishi.items import holder
from enishi.items.holder import AskFirst, Held, Holder, Open
from enishi.protocol.forms import demand
from enishi.protocol.registry import Snapshot
from enishi.roles.gateway import people
from enishi.roles.gateway.answering.words import Words, words_of
from enishi.roles.gateway.copies import Copy, copy_of

Short = Annotated[str, msgspec.Meta(max_length=64)]


class HandedIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document that the caller has, and the day as of which its source held it."""

    document: dict[str, Any]
    as_of: date


class HolderRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which item of whom: by the institution's own number, by documents, or both; `fiscal_year` for tax, else a day (none: the address before)."""

    item: Annotated[str, msgspec.Meta(max_length=60)]
    person: Short = ""
    fiscal_year: Annotated[str, msgspec.Meta(pattern="^20[0-9]{2}$")] | None = None
    day: date | None = None
    documents: Annotated[tuple[HandedIn, ...], msgspec.Meta(max_length=50)] = ()


class HolderShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds it, who has to be asked first, or that it stays open; why, and of which item a document would say more."""

    state: Literal["held", "ask_first", "open"]
    institution: str | None = None
    name: Words | None = None
    suspended: bool = False
    """Whether the registry shows it as suspended: then nobody can ask it now."""
    reason: str
    told: Words
    said: str = ""
    """What a document names where that is no institution of the registry."""
    missing: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    registry: str
    """Digest of the snapshot that was looked at, in hexadecimal."""


class Said(msgspec.Struct, frozen=True):
    """A document with the day as of which it stands; None where that is not known."""

    document: Mapping[str, Any]
    as_of: date | None


class _Rule(msgspec.Struct, frozen=True):
    """How the holder of an item is found: from documents of which item, the reason in words, and the provisions."""

    source: str
    reason: str
    basis: tuple[str, ...] = ()


_TAX: Final = _Rule("jumin", "taxed-there", ("325AC0000000226#39", "325AC0000000226#318"))
_THEN: Final = _Rule("jumin", "resident-then")
_BEFORE: Final = _Rule("jumin", "came-from")
_INSURED: Final = _Rule("health_insurance", "insured-then")
_MORE: Final = frozenset({"no-record", "contradiction", "not-said", "stale"})
"""Open for want of a document, where another one would say more."""


def read_holder(body: bytes) -> HolderRequest:
    """Read a request; Malformed("request-unreadable", "holder-wrong"), and what a document's schema says."""
    try:
        asked = msgspec.json.decode(body, type=HolderRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error
    check_asked(asked)
    return asked


def check_asked(asked: HolderRequest) -> None:
    """Malformed("holder-wrong") where item, year and day do not go together, or a document is none of the item that says it."""
    rule = _rule(asked)
    demand(bool(asked.person or asked.documents), "holder-wrong", "person or documents", "person")
    for one in asked.documents:
        items.validate(rule.source, msgspec.json.encode(one.document))


def holder_of(connection: sqlite3.Connection, asked: HolderRequest, known: tuple[Snapshot, bytes], live: Collection[str], at_ms: int) -> HolderShown:
    """Work it out at a time; Unknown("person-unknown") where the institution has no such person."""
    rule, today = _rule(asked), clock.legal_day(at_ms)
    said = [Said(one.document, one.as_of) for one in asked.documents] + _own(connection, asked.person, rule.source, live)
    return _shown(_found(asked, rule, said, today), rule, *known)


def _rule(asked: HolderRequest) -> _Rule:
    year, day = asked.fiscal_year is not None, asked.day is not None
    known = {("local_tax", True, False): _TAX, ("jumin", False, True): _THEN, ("jumin", False, False): _BEFORE}
    rule = (known | {("health_insurance", False, True): _INSURED}).get((asked.item, year, day))
    if rule is None:
        raise Malformed("holder-wrong", "local_tax with fiscal_year, jumin with or without day, health_insurance with day", "item")
    return rule


def _own(connection: sqlite3.Connection, person: str, item: str, live: Collection[str]) -> list[Said]:
    if not person:
        return []
    if people.by_number(connection, person, ()) is None:
        raise Unknown("person-unknown", field="person")
    # Only what answers now: a copy that was corrected is no longer what is known.
    found = None if item in live else copy_of(connection, person, item, "")
    return [] if found is None else [Said(msgspec.json.decode(found.document), _day(found))]


def _day(copy: Copy) -> date | None:
    return clock.moment(copy.as_of_ms).date() if copy.as_of_ms else None


def _found(asked: HolderRequest, rule: _Rule, said: Sequence[Said], today: date) -> Holder | str:
    day = date(int(asked.fiscal_year), 1, 1) if asked.fiscal_year else asked.day
    if day is None:
        return holder.previous_address([one.document for one in said])
    if day > today:
        return "to-come"
    work: Callable[[list[Mapping[str, Any]], date], Holder] = holder.insurer_on if rule is _INSURED else holder.residence_on
    found = work([one.document for one in said if not _outdated(one, day)], day)
    # What still ran when it was written down may have ended before the day.
    outdated = any(_outdated(one, day) for one in said)
    return "stale" if outdated and isinstance(found, Open) else found


def _outdated(said: Said, day: date) -> bool:
    return said.document["until"] is None and (said.as_of is None or said.as_of < day)


def _shown(found: Holder | str, rule: _Rule, snapshot: Snapshot, digest: bytes) -> HolderShown:
    match found:
        case Held(code):
            return _named("held", code, rule, rule.reason, snapshot, digest)
        case AskFirst(code):
            return _named("ask_first", code, rule, "lived-before", snapshot, digest)
        case Open(why) | why:
            return _open(str(why), rule, digest)


def _named(state: Literal["held", "ask_first"], code: str, rule: _Rule, reason: str, snapshot: Snapshot, digest: bytes) -> HolderShown:
    one = snapshot.by_id.get(code)
    if one is None:
        return msgspec.structs.replace(_open("not-in-registry", rule, digest), said=code)
    return HolderShown(
        state=state,
        institution=one.id,
        name=Words(one.name_ja, one.name_en),
        suspended=one.suspended,
        reason=reason,
        told=words_of("holders", reason),
        missing=("jumin",) if state == "ask_first" else (),
        basis=rule.basis,
        registry=digest.hex(),
    )


def _open(why: str, rule: _Rule, digest: bytes) -> HolderShown:
    missing = (rule.source,) if why in _MORE else ()
    return HolderShown(state="open", reason=why, told=words_of("holders", why), missing=missing, basis=rule.basis, registry=digest.hex())
