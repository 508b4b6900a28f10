"""What a caller is shown of a message: progress, the result of each row, a case question by question; built from the record alone."""

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from enishi.errors import Malformed
from enishi.roles.gateway import shown
from enishi.roles.gateway.asked import StoredItem
from enishi.roles.gateway.bulk import store
from enishi.roles.gateway.bulk.fields import FIELDS, write_comma, write_fixed
from enishi.roles.gateway.bulk.row import Kind
from enishi.roles.gateway.bulk.store import RowState, Standing, State
from enishi.roles.gateway.shown import ItemShown
from enishi.sentences.problems import problem
from enishi.store.database import Database
from enishi.terms import ItemId

PAGE: Final = 200
"""Rows that are read at once."""
_CURSOR: Final = re.compile(r"\d{1,12}", re.ASCII)
_ROWS: Final = (
    "SELECT r.row, r.line, r.state, r.txid, r.fault, l.fields, i.item_id, i.addressee_number, i.case_reference, i.receipt, i.refusal,"
    " o.outcome, o.answer FROM bulk_row r JOIN bulk_line l ON l.bulk = r.bulk AND l.row = r.row"
    " LEFT JOIN asked_item i ON i.txid = r.txid AND i.place = r.place"
    " LEFT JOIN asked_outcome o ON o.item_id = i.item_id AND o.rank = (SELECT MAX(rank) FROM asked_outcome WHERE item_id = i.item_id)"
    " WHERE r.bulk = ? AND r.row > ? AND r.told > ? AND r.told <= ? ORDER BY r.row LIMIT ?"
)
EVERYTHING: Final = (-1, 1 << 62)
"""Span of results that takes in rows which have none yet."""


class CallbackShown(msgspec.Struct, frozen=True):
    """A call back: which state it tells, how often it was tried, whether it arrived."""

    state: Literal["waiting", "ended"]
    tries: int
    arrived: Literal["pending", "told", "given_up"]


class BulkShown(msgspec.Struct, frozen=True):
    """Progress of a message: rows by state, and the calls back."""

    number: str
    kind: Kind
    state: State
    accepted_at: str
    cancelled_at: str | None
    rows: int
    counts: dict[RowState, int]
    callbacks: tuple[CallbackShown, ...] = ()


class RowShown(msgspec.Struct, frozen=True):
    """One row: its line, where it stands, and what came of it; a problem where it failed."""

    line: int
    state: RowState
    txid: str | None = None
    item: ItemShown | None = None
    problem: dict[str, Any] | None = None


class CaseShown(msgspec.Struct, frozen=True):
    """A case: every row of every question; `line` is the question's place, from 1."""

    number: str
    state: State
    rows: tuple[RowShown, ...]


class _Read(msgspec.Struct, frozen=True):
    row: int
    shown: RowShown
    fields: tuple[str, ...]


def progress(connection: sqlite3.Connection, standing: Standing) -> BulkShown:
    """Where a message stands."""
    calls = connection.execute("SELECT state, tries, next_ms FROM callback WHERE bulk = ? ORDER BY at_ms, state DESC", (standing.number,))
    arrived: dict[int, Literal["told", "given_up"]] = {-1: "told", -2: "given_up"}
    return BulkShown(
        number=standing.number.hex(),
        kind=standing.kind,
        state=standing.state,
        accepted_at=shown.time_of(standing.at_ms),
        cancelled_at=shown.time_of(standing.cancelled_ms) if standing.cancelled_ms else None,
        rows=standing.rows,
        counts=store.counts(connection, standing.number),  # type: ignore[arg-type]  # the table knows no other states
        callbacks=tuple(CallbackShown(state, tries, arrived.get(next_ms, "pending")) for state, tries, next_ms in calls),
    )


def case_shown(connection: sqlite3.Connection, standing: Standing) -> CaseShown:
    """A case with everything that came of it."""
    rows = tuple(one.shown for one in _read(connection, standing.number, 0, EVERYTHING, standing.rows))
    return CaseShown(standing.number.hex(), standing.state, rows)


def read_cursor(text: str) -> int:
    """The place behind which results are told; Malformed("cursor-wrong")."""
    if not text:
        return 0
    if not _CURSOR.fullmatch(text):
        raise Malformed("cursor-wrong", field="after")
    return int(text)


async def lines(database: Database, standing: Standing, after: int) -> AsyncIterator[bytes]:
    """The results behind `after`, up to what stands now, as NDJSON in the order of the rows."""
    async for page in _pages(database, standing.number, (after, standing.told)):
        yield b"".join(msgspec.json.encode(one.shown) + b"\n" for one in page)


async def result_file(database: Database, standing: Standing) -> AsyncIterator[bytes]:
    """Every row as a line of the layout that came in."""
    write = write_comma if standing.kind == "comma" else write_fixed
    async for page in _pages(database, standing.number, EVERYTHING):
        yield b"".join(write(_line(one), standing.charset) for one in page)


async def _pages(database: Database, number: bytes, span: tuple[int, int]) -> AsyncIterator[Sequence[_Read]]:
    row = 0
    while page := await database.read(lambda connection, row=row: list(_read(connection, number, row, span, PAGE))):  # type: ignore[misc]
        yield page
        row = page[-1].row


def _read(connection: sqlite3.Connection, number: bytes, behind: int, span: tuple[int, int], limit: int) -> Iterator[_Read]:
    for row, line, state, txid, fault, fields, *item in connection.execute(_ROWS, (number, behind, *span, limit)):
        yield _Read(row, _shown(line, state, txid, fault, item), msgspec.json.decode(fields, type=tuple[str, ...]) if fields else ())


def _shown(line: int, state: RowState, txid: bytes, fault: bytes, item: Sequence[Any]) -> RowShown:
    if fault:
        return RowShown(line, state, txid.hex() or None, problem=problem(store.fault_in(fault)))
    if not txid:
        return RowShown(line, state)
    item_id, person, case, receipt, refusal, outcome, answer = item
    stored = StoredItem(ItemId(item_id), person, case, receipt, refusal, outcome or b"", answer or b"")
    return RowShown(line, state, txid.hex(), shown.item_shown(stored))


def _line(one: _Read) -> tuple[str, ...]:
    row = one.shown
    fields = one.fields or ("",) * len(FIELDS)
    if row.problem is not None:
        said, field = str(row.problem["type"]).rpartition(":")[2], str(row.problem.get("field", ""))
        return (*fields, str(row.line), row.state, said, field, "")
    if row.item is None:
        return (*fields, str(row.line), row.state, "", "", "")
    said = "refusal" if row.item.verdict == "refusal" else str(row.item.outcome or "")
    return (*fields, str(row.line), row.state, said, "", row.item.item_id)
