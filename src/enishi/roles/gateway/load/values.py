"""What a database or a Parquet file holds in a cell, as a value of JSON: what is neither text nor number spoils its own row."""

import math
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

NO_TEXT: Final = "\x00"
"""Stands for a value that is no text (bytes, an interval, not a number): the translator refuses it wherever a field reads it."""


def row_of(names: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    """A row by column name, each value plain."""
    return {name: plain(value) for name, value in zip(names, values, strict=True)}


def plain(value: Any) -> Any:
    """Text, whole number, boolean, None, or JSON; days and times as RFC 3339 writes them, decimals as they are written."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if value.isascii() or _is_text(value) else NO_TEXT
    if isinstance(value, int):
        # Beyond 64 bits JSON's readers differ.
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else NO_TEXT
    if isinstance(value, float):
        return value if math.isfinite(value) else NO_TEXT
    return str(value) if isinstance(value, UUID) else _nested(value)


def _nested(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if isinstance(key, str) and _is_text(key) else NO_TEXT: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else NO_TEXT


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def line_of(row: dict[str, Any]) -> bytes:
    """A plain row as one line of JSON, without the line's end."""
    return msgspec.json.encode(row)
