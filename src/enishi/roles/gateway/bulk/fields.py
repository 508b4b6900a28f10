"""The file of 18 fields: how a line is cut in both layouts, and how a line of results is written."""

import csv
import io
from collections.abc import Sequence
from typing import Final, NamedTuple

from enishi.errors import Malformed
from enishi.protocol.forms import demand


class Field(NamedTuple):
    """One field: our name, the name that municipalities know, bytes in fixed width."""

    name: str
    ja: str
    width: int


FIELDS: Final = (
    Field("number_scheme", "番号体系", 2),
    Field("local_number", "宛名番号", 15),
    Field("addressee_number", "統合宛名番号", 15),
    Field("asked_at", "照会依頼日時", 17),
    Field("department", "部署コード", 20),
    Field("user", "ユーザーID", 20),
    Field("institution", "機関コード", 16),
    Field("mark", "照会側不開示コード", 1),
    Field("affair", "事務コード", 16),
    Field("procedure", "事務手続コード", 16),
    Field("delegating_inquirer", "委任元機関コード", 16),
    Field("delegating_provider", "委任元機関コード", 16),
    Field("provider", "提供者機関コード", 16),
    Field("item", "特定個人情報名コード", 16),
    Field("condition", "照会条件区分", 1),
    Field("year", "照会年度区分", 1),
    Field("begins", "開始日", 8),
    Field("ends", "終了日", 8),
)
RESULT_FIELDS: Final = (
    Field("line", "行番号", 6),
    Field("state", "状態", 10),
    Field("result", "結果", 40),
    Field("fault_field", "誤りの項目", 20),
    Field("item_id", "照会番号", 64),
)
WIDTH: Final = sum(field.width for field in FIELDS)
"""Bytes of a line in fixed width: 220."""


def cut_comma(content: bytes, charset: str) -> tuple[str, ...]:
    """The fields of a line with commas (RFC 4180, no line break within a field); Malformed("row-width") unless there are 18."""
    text = _text(content, charset)
    try:
        (found,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError) as error:
        raise Malformed("row-quotes", field="line") from error
    demand(len(found) == len(FIELDS), "row-width", f"{len(found)} fields", "line")
    for field, value in zip(FIELDS, found, strict=True):
        demand(len(value.encode(charset)) <= field.width, "field-too-long", field.ja, field.name)
    return tuple(value.rstrip(" ") for value in found)


def cut_fixed(content: bytes, charset: str) -> tuple[str, ...]:
    """The fields of a line in fixed width; Malformed("row-width") unless it has 220 bytes."""
    demand(len(content) == WIDTH, "row-width", f"{len(content)} bytes", "line")
    _text(content, charset)
    found, place = [], 0
    for field in FIELDS:
        # Cut as bytes: a width counts bytes, and a character that lies across two fields is none.
        found.append(_text(content[place : place + field.width], charset).rstrip(" "))
        place += field.width
    return tuple(found)


def write_comma(values: Sequence[str], charset: str) -> bytes:
    """One line of results with commas, ended by CRLF."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue().encode(charset)


def write_fixed(values: Sequence[str], charset: str) -> bytes:
    """One line of results in fixed width, ended by CRLF."""
    widths = [field.width for field in (*FIELDS, *RESULT_FIELDS)]
    return b"".join(value.encode(charset)[:width].ljust(width) for value, width in zip(values, widths, strict=True)) + b"\r\n"


def _text(content: bytes, charset: str) -> str:
    try:
        text = content.decode(charset)
    except UnicodeDecodeError as error:
        raise Malformed("row-no-text", charset, "line") from error
    # Control signs and the private use area (外字) have no meaning that two systems share.
    demand(text.isprintable(), "row-no-text", "", "line")
    return text
