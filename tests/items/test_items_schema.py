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


@pytest.mark.parametrize("item", items.ITEMS.values(), ids=lambda item: item.id)
def test_schema_says_the_same_as_the_catalog(item: items.Item) -> None:
    schema = items.schema(item.id)
    assert (schema["x-law-name"], schema["title"], schema["x-title-en"], schema["x-period"]) == (item.law_name, item.ja, item.en, item.period)
    assert schema["$id"] == f"urn:enishi:item:{item.id}:v{item.version}"
    assert schema["additionalProperties"] is False
    assert all(field == "v" or ("title" in body and "x-title-en" in body) for field, body in schema["properties"].items())


def test_law_names_lead_back_to_their_items() -> None:
    for item in items.ITEMS.values():
        assert items.by_law_name(item.law_name) is item
        assert items.find(item.id) is item


def test_every_schema_file_belongs_to_an_item() -> None:
    folder = Path(items.__file__).parent / "schemas"
    assert {path.name for path in folder.glob("*.json")} == {f"{item.id}.v{item.version}.json" for item in items.ITEMS.values()}


@pytest.mark.parametrize("call", [items.find, items.by_law_name, items.schema])
def test_unknown_item(call: object) -> None:
    with pytest.raises(Unknown, match="item-unknown"):
        call("no_such_item")  # type: ignore[operator]


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
