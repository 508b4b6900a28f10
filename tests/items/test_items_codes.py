"""Labels, units and code lists: every field has its names, every enumeration its list, and a list says where it comes from."""

from collections.abc import Iterator
from typing import Any

import pytest

from enishi import items
from enishi.errors import Unknown
from enishi.number import parse_local_government_code

SCHEMAS = [items.schema(item.id, version) for item in items.ITEMS.values() for version in range(1, item.version + 1)]
Field = tuple[str, dict[str, Any]]


def fields(schema: dict[str, Any]) -> Iterator[Field]:
    """Every named field of a schema, at any depth; the clauses of a condition name no fields of their own."""
    for name, body in schema.get("properties", {}).items():
        yield name, body
        for inner in (body, body.get("items", {}), *body.get("anyOf", ())):
            yield from fields(inner)
    for inner in schema.get("$defs", {}).values():
        yield from fields(inner)


def enumerations(field: Field) -> Iterator[list[str]]:
    _, body = field
    for place in (body, body.get("items", {}), *body.get("anyOf", ())):
        if "enum" in place:
            yield place["enum"]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda one: one["$id"])
def test_every_field_has_its_names_in_both_languages(schema: dict[str, Any]) -> None:
    found = list(fields(schema))
    assert len(found) > 2
    for name, body in found:
        assert body.get("title"), name
        assert body.get("x-title-en"), name


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda one: one["$id"])
def test_every_amount_has_a_unit_and_every_enumeration_its_list(schema: dict[str, Any]) -> None:
    for name, body in fields(schema):
        if body.get("type") == "integer" and name not in ("grade",):
            assert body.get("x-unit") in ("JPY", "person", "mm", "g"), name
        for codes in enumerations((name, body)):
            list_id = body.get("x-code-list") or body["items"]["x-code-list"]
            assert set(codes) == set(items.code_list(list_id).codes), name


def test_every_list_is_used_and_says_where_it_comes_from() -> None:
    used = {body.get("x-code-list") or body.get("items", {}).get("x-code-list") for schema in SCHEMAS for _, body in fields(schema)}
    # Prefectures are the first two digits of a municipality's code.
    assert set(items.code_lists()) - {"prefecture"} == used - {None}
    assert all(one.standard for one in items.code_lists().values() if one.origin == "public")
    assert {name for name, one in items.code_lists().items() if one.origin == "public"} == {"prefecture", "municipality"}


def test_prefectures_are_all_and_municipalities_have_true_check_digits() -> None:
    prefectures, municipalities = items.code_list("prefecture").codes, items.code_list("municipality").codes
    assert list(prefectures) == [f"{number:02d}" for number in range(1, 48)]
    assert (prefectures["01"].ja, prefectures["13"].ja, prefectures["47"].ja) == ("北海道", "東京都", "沖縄県")
    assert all(parse_local_government_code(code) == code and code[:2] in prefectures for code in municipalities)


def test_an_unknown_list() -> None:
    with pytest.raises(Unknown, match="code-list-unknown"):
        items.code_list("no_such_list")
