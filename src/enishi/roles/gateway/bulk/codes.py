"""The code tables of the 18-field file: a code that stands in none fails its row, and nothing is guessed."""

from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import msgspec

from enishi.errors import Misconfigured
from enishi.protocol.statement import AffairRef

Period = Literal["none", "fiscal_year", "months"]


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a 事務手続コード stands for: 号 and relation of the subject to the case, under one 事務コード."""

    affair: str
    purpose_item: str
    relation: str


class Codes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All tables of one file, code → meaning; `origin` says where they come from."""

    v: Literal[1]
    origin: dict[str, str]
    number_schemes: dict[str, Literal["addressee_number"]]
    institutions: dict[str, str]
    affairs: dict[str, AffairRef]
    procedures: dict[str, Procedure]
    items: dict[str, str]
    marks: dict[str, Literal["none"]]
    conditions: dict[str, Period]
    years: dict[str, Literal["none", "fiscal_year"]]


FILE: Final = "codes.json"


def codes_for(folder: Path) -> Codes:
    """The tables that a tenant put beside its keys, or the synthetic ones that are shipped; Misconfigured("codes-unreadable")."""
    own = folder / FILE
    try:
        return read_codes(own.read_bytes() if own.is_file() else (files(__package__) / FILE).read_bytes())
    except OSError as error:
        raise Misconfigured("codes-unreadable", FILE, "codes") from error


def read_codes(content: bytes) -> Codes:
    """Read tables; Misconfigured("codes-unreadable")."""
    try:
        return msgspec.json.decode(content, type=Codes)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Misconfigured("codes-unreadable", str(error)[:200], "codes") from error
