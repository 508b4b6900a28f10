"""Versions: each reads what the one before wrote, none changes once it is published, and every break of the rules is found."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi import items

PUBLISHED = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
VERSIONS = [(item.id, version) for item in items.ITEMS.values() for version in range(1, item.version + 1)]
OLD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "v": {"const": "x.v1"},
        "kind": {"enum": ["a", "b"]},
        "sum": {"type": "integer", "minimum": 0, "maximum": 9},
        "text": {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]*$"},
        "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "list": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/one"}},
    },
    "required": ["v", "kind"],
    "additionalProperties": False,
    "$defs": {"one": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": [], "additionalProperties": False}},
}


def rules_of(schema: Any) -> Any:
    """A schema without what only tells people something."""
    if isinstance(schema, dict):
        # Below `properties` the keys are names of fields, and a field may be called `title`.
        names = schema.get("properties", {})
        told = {key: rules_of(body) for key, body in schema.items() if key != "properties" and key != "title" and not key.startswith("x-")}
        return told | ({"properties": {name: rules_of(body) for name, body in names.items()}} if names else {})
    return [rules_of(one) for one in schema] if isinstance(schema, list) else schema


def changed(*path: str, **more: object) -> dict[str, Any]:
    """OLD with a body at a path of names altered: a value of None takes the keyword out."""
    new = copy.deepcopy(OLD)
    place = new
    for name in path:
        place = place[name]
    for name, value in more.items():
        if value is None:
            del place[name]
        else:
            place[name] = value
    return new


@pytest.mark.parametrize(("item_id", "version"), [(item_id, version) for item_id, version in VERSIONS if version > 1])
def test_each_version_reads_what_the_one_before_wrote(item_id: str, version: int) -> None:
    assert items.compatible(items.schema(item_id, version - 1), items.schema(item_id, version)) == ()


def test_some_item_has_two_versions() -> None:
    assert any(version > 1 for _, version in VERSIONS)


@pytest.mark.parametrize(("item_id", "version"), VERSIONS)
def test_a_published_version_stays_what_it_is(item_id: str, version: int) -> None:
    """What is new goes into a new version; labels may be mended. A new version is entered in published.json."""
    rules = json.dumps(rules_of(items.schema(item_id, version)), sort_keys=True, ensure_ascii=False)
    assert PUBLISHED[f"{item_id}.v{version}"] == hashlib.sha256(rules.encode()).hexdigest()


def test_jumin_lost_and_tightened_nothing_seen_from_the_other_side() -> None:
    """Backwards the same two schemas break the rules: the check is no tautology."""
    rules = {one.rule for one in items.compatible(items.schema("jumin", 2), items.schema("jumin", 1))}
    assert "field-removed" in rules


NARROWED = [
    (changed("properties", sum=None), "field-removed", "sum"),
    (changed(required=["v", "kind", "sum"]), "newly-required", "sum"),
    (changed("properties", "kind", enum=["a"]), "enum-narrowed", "kind"),
    (changed("properties", sum={"enum": [1, 2]}), "enum-narrowed", "sum"),
    (changed("properties", "kind", const="a"), "enum-narrowed", "kind"),
    (changed("properties", "sum", type="string"), "type-narrowed", "sum"),
    (changed("properties", kind={"type": "integer"}), "type-narrowed", "kind"),
    (changed("properties", "sum", minimum=1), "form-narrowed", "sum:minimum"),
    (changed("properties", "sum", maximum=8), "form-narrowed", "sum:maximum"),
    (changed("properties", "sum", multipleOf=2), "form-narrowed", "sum:multipleOf"),
    (changed("properties", "text", pattern="^[a]*$"), "form-narrowed", "text:pattern"),
    (changed("properties", day={"type": "string", "format": "date"}), "type-narrowed", "day"),
    (changed("properties", "list", maxItems=1), "form-narrowed", "list:maxItems"),
    (changed("$defs", "one", required=["n"]), "newly-required", "list[].n"),
    (changed("$defs", "one", "properties", "n", maximum=3), "form-narrowed", "list[].n:maximum"),
    (changed(**{"if": {"required": ["sum"]}, "then": {"required": ["text"]}}), "form-narrowed", ":if"),
    (changed(patternProperties={"^x": False}), "form-narrowed", ":patternProperties"),
]
WIDENED = [
    changed("properties", "kind", enum=["b", "a", "c"]),
    changed("properties", kind={"type": "string"}),
    changed("properties", "sum", type="number", maximum=None),
    changed("properties", "sum", title="Sum", **{"x-unit": "JPY"}),
    changed("properties", more={"type": "integer"}),
    changed("properties", text={"anyOf": [{"type": "null"}, OLD["properties"]["text"]]}),
    changed("properties", "v", const="x.v2"),
    changed(required=["v"]),
    changed(additionalProperties=None),
]


@pytest.mark.parametrize(("new", "rule", "place"), NARROWED)
def test_what_narrows_is_found_with_its_place(new: dict[str, Any], rule: str, place: str) -> None:
    assert items.Break(rule, place) in items.compatible(OLD, new)


@pytest.mark.parametrize("new", WIDENED)
def test_what_widens_is_free(new: dict[str, Any]) -> None:
    assert items.compatible(OLD, new) == ()


DOCUMENTS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["a", "b"])},
    optional={
        "sum": st.integers(0, 9),
        "text": st.text("abc", min_size=1, max_size=5),
        "day": st.sampled_from([None, "2025-04-01"]),
        "list": st.lists(st.fixed_dictionaries({}, optional={"n": st.integers(-5, 5)}), max_size=2),
    },
)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_where_nothing_is_found_every_old_document_is_a_new_one(document: dict[str, object]) -> None:
    assert jsonschema_rs.Draft202012Validator(OLD).is_valid({"v": "x.v1"} | document)
    for new in WIDENED:
        v = new["properties"]["v"]["const"]
        assert jsonschema_rs.Draft202012Validator(new, validate_formats=True).is_valid({"v": v} | document)
