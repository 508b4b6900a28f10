"""Items: the catalog agrees with the schemas and with the law's names, and no document can crash the checker."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi import items
from enishi.errors import Malformed, Unknown
from enishi.law import load

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
ACCOUNT = {
    "v": "account.v1",
    "status": "registered",
    "registered_on": "2024-01-05",
    "bank_code": "9990",
    "bank_name": "縁銀行",
    "branch_code": "001",
    "kind": "ordinary",
    "number": "1234567",
    "holder_kana": "サトウ　ハナ",
}


VERSIONS = [(item, version) for item in items.ITEMS.values() for version in range(1, item.version + 1)]


@pytest.mark.parametrize(("item", "version"), VERSIONS, ids=lambda one: getattr(one, "id", str(one)))
def test_schema_says_the_same_as_the_catalog(item: items.Item, version: int) -> None:
    schema = items.schema(item.id, version)
    assert (schema["x-law-name"], schema["title"], schema["x-title-en"], schema["x-period"]) == (item.law_name, item.ja, item.en, item.period)
    assert schema["$id"] == f"urn:enishi:item:{item.id}:v{version}"
    assert schema["properties"]["v"] == {"const": f"{item.id}.v{version}", "title": "版", "x-title-en": "Version"}
    assert schema["additionalProperties"] is False
    # What no row of the order names says under which provision it is kept.
    assert bool(item.law_name) != ("x-kept-under" in schema)


def test_law_names_lead_back_to_their_items() -> None:
    for item in items.ITEMS.values():
        assert items.find(item.id) is item
        assert not item.law_name or items.by_law_name(item.law_name) is item
    with pytest.raises(Unknown, match="item-unknown"):
        items.by_law_name("")


def test_the_order_of_today_has_every_law_name() -> None:
    order = load().eras[1]
    assert order.source.startswith("506M60004008009@")
    named = {name for one in order.linkage for grant in one.row.grants for name in grant.items}
    assert {item.law_name for item in items.ITEMS.values()} - {""} <= named


def test_every_schema_file_belongs_to_an_item() -> None:
    folder = Path(items.__file__).parent / "schemas"
    assert {path.name for path in folder.glob("*.json")} == {f"{item.id}.v{version}.json" for item, version in VERSIONS}


@pytest.mark.parametrize("call", [items.find, items.by_law_name, items.schema])
def test_an_unknown_item_is_said_to_be_unknown(call: object) -> None:
    with pytest.raises(Unknown, match="item-unknown"):
        call("no_such_item")  # type: ignore[operator]


@pytest.mark.parametrize("version", [-1, 3, 99])
def test_a_version_that_there_is_not(version: int) -> None:
    with pytest.raises(Unknown, match="item-unknown"):
        items.schema("jumin", version)


def test_a_good_document_passes_and_comes_back() -> None:
    assert items.read("account", msgspec.json.encode(ACCOUNT)) == ACCOUNT
    items.validate("account", b'{"v":"account.v1","status":"none"}')


@pytest.mark.parametrize(
    "change",
    [
        {"v": "account.v2"},
        {"number": "123456"},
        {"registered_on": "2024-02-30"},
        {"status": "none"},
        {"more": 1},
        {"bank_name": ""},
        {"kind": None},
    ],
)
def test_a_departing_document_is_refused_without_its_content(change: dict[str, object]) -> None:
    with pytest.raises(Malformed) as caught:
        items.validate("account", json.dumps(ACCOUNT | change).encode())
    assert caught.value.code == "item-invalid"
    assert "1234567" not in str(caught.value)
    assert re.fullmatch(r"account at /[a-z_/0-9]*: .*", caught.value.detail)


def test_a_registered_account_needs_its_number() -> None:
    with pytest.raises(Malformed, match="item-invalid"):
        items.validate("account", b'{"v":"account.v1","status":"registered"}')


@pytest.mark.parametrize("document", [b"", b"[]", b"null", b"\xff", b'{"a":' * 5000, b'{"a":1e999}', b'{"v":"' + b"a" * 300_000 + b'"}'])
def test_what_is_no_document(document: bytes) -> None:
    with pytest.raises(Malformed, match="item-invalid"):
        items.validate("koseki", document)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(items.ITEMS)), st.dictionaries(st.sampled_from(["v", "status", "name", "fiscal_year", "since"]), JSON) | st.binary())
def test_no_input_crashes_the_checker(item_id: str, value: object) -> None:
    document = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(Malformed, match="item-invalid"):
        items.validate(item_id, document)
