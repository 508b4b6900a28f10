"""One row of a source as a document, or the reason why it is none; codes are translated by the adapter's tables and never guessed."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from enishi import items
from enishi.errors import Malformed
from enishi.roles.gateway.load.adapter import Adapter, Taken

Row = Mapping[str, Any]
LONGEST: Final = 100_000
"""Characters of one value that are looked at."""
_UNREADABLE: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ue000-\\uf8ff\\U000f0000-\\U0010ffff]")


class Written(msgspec.Struct, frozen=True):
    """A good row: whose copy it is, of which period, the document (empty: taken back), and when the source held it (0: the load's own time)."""

    addressee_number: str
    period: str
    document: bytes
    as_of_ms: int


class BadRow(msgspec.Struct, frozen=True):
    """A bad row: its number as a spreadsheet counts (the line of names is 1), the column or place in the document, and why."""

    row: int
    column: str
    reason: str


class _Bad(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def translate(adapter: Adapter, number: int, row: Row, now_ms: int) -> Written | BadRow:
    """The document of a row, valid by its schema; nothing of a bad row but its place is kept."""
    try:
        return _written(adapter, row, now_ms)
    except _Bad as bad:
        return BadRow(number, bad.column, bad.reason)


def _written(adapter: Adapter, row: Row, now_ms: int) -> Written:
    person = _text(row, adapter.person)
    if not person:
        raise _Bad(adapter.person, "value-blank")
    period, as_of_ms = _period(adapter, row), _as_of(adapter, row, now_ms)
    if adapter.removed is not None and _text(row, adapter.removed.column) == adapter.removed.value:
        return Written(person, period, b"", as_of_ms)
    document = _document(adapter, row)
    if period and document.get("fiscal_year", period) != period:
        raise _Bad("fiscal_year", "period-differs")
    encoded = msgspec.json.encode(document)
    try:
        items.validate(adapter.slug, encoded)
    except Malformed as fault:
        # The fault names the place in the document, never what stands there.
        raise _Bad(fault.detail.partition(" at /")[2].partition(":")[0], "item-invalid") from None
    return Written(person, period, encoded, as_of_ms)


def _document(adapter: Adapter, row: Row) -> dict[str, Any]:
    document: dict[str, Any] = {"v": adapter.item}
    for path, taken in adapter.fields.items():
        value = _value(adapter, taken, row)
        if value is msgspec.UNSET:
            continue
        *groups, name = path.split(".")
        place = document
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = value
    return document


def _value(adapter: Adapter, taken: Taken, row: Row) -> Any:
    if taken.column is None:
        return taken.fixed
    text = _text(row, taken.column)
    if not text:
        if taken.blank == "bad":
            raise _Bad(taken.column, "value-blank")
        return None if taken.blank == "null" else msgspec.UNSET
    if taken.table is not None:
        try:
            return adapter.tables[taken.table][text]
        except KeyError:
            raise _Bad(taken.column, "code-unknown") from None
    return _read(taken, taken.column, text)


def _read(taken: Taken, column: str, text: str) -> Any:
    try:
        return _READERS[taken.read](text)
    except (ValueError, msgspec.DecodeError, RecursionError):
        raise _Bad(column, f"{taken.read}-unreadable") from None


def _text(row: Row, column: str) -> str:
    """A column's value as text, blanks around it taken off; numbers of JSON and databases as they are written."""
    if column not in row:
        # A name that is nowhere must not pass as an empty value.
        raise _Bad(column, "column-missing")
    value = row[column]
    text = "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if len(text) > LONGEST or _UNREADABLE.search(text):
        # Control signs, bytes that are no text in the file's encoding, and 外字 of private use, which mean something in one system only.
        raise _Bad(column, "text-unreadable")
    return text.strip(" ")


def _period(adapter: Adapter, row: Row) -> str:
    if adapter.period is None:
        return ""
    if adapter.period.column is None:
        return adapter.period.fixed or ""
    text = _text(row, adapter.period.column)
    if len(text) != 4 or not text.isascii() or not text.isdigit() or not text.startswith("20"):
        raise _Bad(adapter.period.column, "period-unreadable")
    return text


def _as_of(adapter: Adapter, row: Row, now_ms: int) -> int:
    if adapter.as_of is None:
        return 0
    try:
        at = datetime.fromisoformat(_text(row, adapter.as_of))
    except ValueError:
        raise _Bad(adapter.as_of, "time-unreadable") from None
    # A time without its offset could be one of two days; one to come is no time at which anything was held.
    if at.tzinfo is None or not 0 < (at_ms := int(at.timestamp() * 1000)) <= now_ms:
        raise _Bad(adapter.as_of, "time-unreadable")
    return at_ms


def _integer(text: str) -> int:
    if not text.isascii() or len(text) > 15:
        raise ValueError
    digits = text.removeprefix("-")
    if not digits.isdigit():
        raise ValueError
    return int(text)


def _date(text: str) -> str:
    """A day as YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD; eras are for a table or the source to turn."""
    plain = text.replace("/", "-")
    if len(plain) not in (8, 10) or not plain.isascii() or (len(plain) == 8) != plain.isdigit():
        raise ValueError
    return date.fromisoformat(plain).isoformat()


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "text": str,
    "integer": _integer,
    "date": _date,
    "boolean": _boolean,
    "json": lambda text: msgspec.json.decode(text),
}
