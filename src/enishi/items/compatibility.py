"""Whether every document of an item's old version is, but for its `v`, a document of the new one.

The rules are those of a careful publisher: no field is removed, none becomes required, no type, code list, form or bound is narrowed. A keyword that
these rules do not know must stay exactly as it was, so that nothing passes because nobody thought of it. JSON Schema 2020-12.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

Schema = dict[str, Any]
_TOLD: Final = frozenset({"$schema", "$id", "$defs", "title", "description"})
"""Keywords that say something to people and nothing about a document."""
_RAISED: Final = frozenset({"minimum", "minLength", "minItems"})
_LOWERED: Final = frozenset({"maximum", "maxLength", "maxItems"})
_WALKED: Final = frozenset({"type", "enum", "const", "properties", "required", "items", "anyOf", "additionalProperties"})
_NAMES: Final = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null", list: "array", dict: "object"}
_ALL_TYPES: Final = frozenset(_NAMES.values())


class Break(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason why an old document may not be a new one: the rule and the place in the schema (field names joined by dots)."""

    rule: str
    place: str


class _Pair(msgspec.Struct, frozen=True):
    """The two whole schemas, for looking up what a `$ref` points at."""

    old: Schema
    new: Schema


def compatible(old: Schema, new: Schema) -> tuple[Break, ...]:
    """What stands against reading old documents by the new schema; empty if nothing does. `v` itself is left out."""
    return tuple(_compare(_without_v(old), _without_v(new), "", _Pair(old, new)))


def _without_v(schema: Schema) -> Schema:
    return schema | {"properties": {name: body for name, body in schema.get("properties", {}).items() if name != "v"}}


def _compare(old: Schema, new: Schema, place: str, pair: _Pair) -> Iterator[Break]:
    old, new = _resolved(old, pair.old), _resolved(new, pair.new)
    if "anyOf" in old or "anyOf" in new:
        yield from _alternatives(old, new, place, pair)
        return
    yield from _values(old, new, place)
    yield from _bounds(old, new, place)
    yield from _fields(old, new, place, pair)
    if "items" in new:
        yield from _compare(old.get("items", {}), new["items"], f"{place}[]", pair)


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """The schema with its `$ref` into `$defs` put in place."""
    while "$ref" in schema:
        found: Schema = whole["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        schema = found | {name: body for name, body in schema.items() if name != "$ref"}
    return schema


def _alternatives(old: Schema, new: Schema, place: str, pair: _Pair) -> Iterator[Break]:
    """Each alternative of old must be one of new; where new has none that fits, the breaks against the likest are told."""
    yield from _bounds(_beside(old), _beside(new), place)
    yield from (Break("form-narrowed", f"{place}:{name}") for name in sorted(_WALKED & _beside(new).keys()) if new[name] != old.get(name))
    choices = new.get("anyOf", [new])
    for one in old.get("anyOf", [old]):
        found = [list(_compare(one, choice, place, pair)) for choice in choices]
        yield from min(found, key=len)


def _beside(schema: Schema) -> Schema:
    return {name: body for name, body in schema.items() if name != "anyOf"} if "anyOf" in schema else {}


def _values(old: Schema, new: Schema, place: str) -> Iterator[Break]:
    if "type" in new and not _types(old) <= _types(new):
        yield Break("type-narrowed", place)
    before, after = _permitted(old), _permitted(new)
    if after is not None and (before is None or not before <= after):
        yield Break("enum-narrowed", place)


def _types(schema: Schema) -> frozenset[str]:
    """The JSON types that are let through: those named, or those of the values of an enumeration, or all."""
    if "type" in schema:
        named = schema["type"]
        found = frozenset([named] if isinstance(named, str) else named)
        return found | {"integer"} if "number" in found else found
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return _ALL_TYPES if values is None else frozenset(_NAMES[type(value)] for value in values)


def _permitted(schema: Schema) -> frozenset[bytes] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else frozenset(map(msgspec.json.encode, values))


def _bounds(old: Schema, new: Schema, place: str) -> Iterator[Break]:
    for name in sorted(old.keys() | new.keys()):
        if name in _TOLD | _WALKED or name.startswith("x-"):
            continue
        if name in _RAISED:
            narrowed = name in new and new[name] > old.get(name, float("-inf"))
        elif name in _LOWERED:
            narrowed = name in new and new[name] < old.get(name, float("inf"))
        else:
            narrowed = name in new and old.get(name) != new[name]
        if narrowed or (name in ("if", "then", "else") and old.get(name) != new.get(name)):
            yield Break("form-narrowed", f"{place}:{name}")


def _fields(old: Schema, new: Schema, place: str, pair: _Pair) -> Iterator[Break]:
    before, after = old.get("properties", {}), new.get("properties", {})
    yield from (Break("field-removed", _at(place, name)) for name in before if name not in after)
    yield from (Break("newly-required", _at(place, name)) for name in new.get("required", ()) if name not in old.get("required", ()))
    if new.get("additionalProperties", True) is not True and new["additionalProperties"] != old.get("additionalProperties", True):
        yield Break("closed", place)
    for name in sorted(before.keys() & after.keys()):
        yield from _compare(before[name], after[name], _at(place, name), pair)
    if old.get("additionalProperties", True) is not False:
        # What an open object took under a name of no meaning may not be as the new field says.
        yield from (Break("field-taken", _at(place, name)) for name in after if name not in before)


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
