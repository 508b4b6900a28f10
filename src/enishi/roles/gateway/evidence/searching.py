"""Use case: find evidence by case, person, affair, officer and day; the words are the institution's own and stand in no bundle."""

import sqlite3
from typing import Annotated, Final, Literal

import msgspec

from enishi.clock import moment
from enishi.errors import Malformed
from enishi.protocol.forms import END_MS, Moment
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.roles.gateway.evidence.kept import KEPT, MISSING

PAGE: Final = 100
Word = Annotated[str, msgspec.Meta(max_length=200)]
_FROM: Final = (
    "SELECT i.item_id, i.txid, a.at_ms, i.case_reference, i.addressee_number, a.provider, a.system, a.officer, i.receipt, i.evidence,"
    " COALESCE(e.affair, ''), COALESCE((SELECT kind FROM asked_outcome o WHERE o.item_id = i.item_id ORDER BY o.rank DESC LIMIT 1), '')"
    " FROM asked_item i JOIN asked a ON a.txid = i.txid LEFT JOIN evidence e ON e.item_id = i.item_id"
    " WHERE i.receipt <> x'' AND a.at_ms >= ? AND a.at_ms < ?"
)
_COLUMNS: Final = {"case": "i.case_reference", "person": "i.addressee_number", "officer": "a.officer", "system": "a.system", "provider": "a.provider"}


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What narrows a search: each word that is given must be met. `affair` is a row ("108") or an affair with its source ("…#108")."""

    case: Word = ""
    person: Word = ""
    affair: Word = ""
    officer: Word = ""
    system: Word = ""
    provider: Word = ""
    from_ms: Moment = 0
    until_ms: Moment = END_MS - 1
    after: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")] = ""
    """Item id of the last one shown; the next page begins behind it."""


class EvidenceShown(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the institution's own record: what finds it, how it ended, and whether its bundle is kept."""

    item_id: str
    txid: str
    asked_at: str
    case: str
    person: str
    affair: str
    """Empty until the bundle is kept."""
    provider: str
    system: str
    officer: str
    verdict: str
    outcome: str
    evidence: Literal["kept", "gathering", "not_possible"]


def read_search(given: dict[str, str]) -> Search:
    """The search of a query string; Malformed("search-wrong") names the word."""
    try:
        return msgspec.convert(given, Search, strict=False)
    except (msgspec.ValidationError, UnicodeError) as error:
        raise Malformed("search-wrong", type(error).__name__, "query") from error


def search(connection: sqlite3.Connection, wanted: Search) -> list[EvidenceShown]:
    """A page of what meets every word, newest first."""
    query, values = _FROM, list[object]([wanted.from_ms, wanted.until_ms])
    for name, column in _COLUMNS.items():
        if getattr(wanted, name):
            query, values = f"{query} AND {column} = ?", [*values, getattr(wanted, name)]
    if wanted.affair:
        query, values = f"{query} AND (e.affair = ? OR e.affair LIKE ? ESCAPE '!')", [*values, wanted.affair, f"%#{_plain(wanted.affair)}"]
    if wanted.after:
        query += " AND (a.at_ms, i.item_id) < (SELECT b.at_ms, j.item_id FROM asked_item j JOIN asked b ON b.txid = j.txid WHERE j.item_id = ?)"
        values.append(bytes.fromhex(wanted.after))
    rows = connection.execute(f"{query} ORDER BY a.at_ms DESC, i.item_id DESC LIMIT ?", (*values, PAGE))
    return [_shown(*row) for row in rows]


def _plain(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _shown(
    item_id: bytes,
    txid: bytes,
    at_ms: int,
    case: str,
    person: str,
    provider: str,
    system: str,
    officer: str,
    receipt: bytes,
    state: int,
    affair: str,
    outcome: str,
) -> EvidenceShown:
    signed = msgspec.msgpack.decode(receipt, type=SignedReceipt)
    return EvidenceShown(
        item_id=item_id.hex(),
        txid=txid.hex(),
        asked_at=moment(at_ms).isoformat(timespec="milliseconds"),
        case=case,
        person=person,
        affair=affair,
        provider=provider,
        system=system,
        officer=officer,
        verdict=msgspec.json.decode(signed.receipt, type=Receipt).verdict,
        outcome=outcome,
        evidence="kept" if state == KEPT else "not_possible" if state == MISSING else "gathering",
    )
