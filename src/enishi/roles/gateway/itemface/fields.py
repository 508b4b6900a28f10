"""The fields of an item's schema as lines of a table, one for each field at any depth."""

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

Kind = Literal["text", "date", "month", "integer", "boolean", "code", "list", "group"]
_MONTH: Final = "^20[0-9]{2}-(0[1-9]|1[0-2])$"


class Field(msgspec.Struct, frozen=True):
    """One field: its path (`[]` below a list), names, kind, unit, code list and GIF name ("" for none), and whether it must or may be empty."""

    path: str
    ja: str
    en: str
    kind: Kind
    unit: str
    code_list: str
    gif: str
    required: bool
    nullable: bool


def fields_of(schema: dict[str, Any]) -> tuple[Field, ...]:
    """Every field of the schema in its order, those of a group or list below it."""
    return tuple(_fields(schema, schema, ""))


def _fields(schema: dict[str, Any], whole: dict[str, Any], above: str) -> Iterator[Field]:
    for name, body in schema.get("properties", {}).items():
        path = f"{above}.{name}" if above else name
        held = _resolved(body, whole)
        inner = _resolved(held["items"], whole) if "items" in held else held
        yield _field(path, body, held, inner, name in schema.get("required", ()))
        yield from _fields(inner, whole, f"{path}[]" if inner is not held else path)


def _resolved(body: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """What stands behind a `$ref`, or behind the choice between something and null."""
    if "$ref" in body:
        found: dict[str, Any] = whole["$defs"][body["$ref"].removeprefix("#/$defs/")]
        return found
    if "anyOf" in body:
        return _resolved(next(one for one in body["anyOf"] if one.get("type") != "null"), whole)
    return body


def _field(path: str, body: dict[str, Any], held: dict[str, Any], inner: dict[str, Any], required: bool) -> Field:
    return Field(
        path=path,
        ja=body.get("title", ""),
        en=body.get("x-title-en", ""),
        kind=_kind(held),
        unit=body.get("x-unit", ""),
        code_list=body.get("x-code-list", inner.get("x-code-list", "")),
        gif=body.get("x-gif", ""),
        required=required,
        nullable={"type": "null"} in body.get("anyOf", ()),
    )


def _kind(held: dict[str, Any]) -> Kind:
    if "enum" in held or "const" in held:
        return "code"
    named: dict[str, Kind] = {"array": "list", "object": "group", "integer": "integer", "boolean": "boolean"}
    if held.get("type") in named:
        return named[held["type"]]
    return "date" if held.get("format") == "date" else "month" if held.get("pattern") == _MONTH else "text"
