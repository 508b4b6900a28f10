"""Which items tell where somebody is: every member of every document was looked at, and one that is new must be, too."""

from typing import Any

from enishi.items import ITEMS, schema
from enishi.items.places import FIELDS, PLACED

TEXT = """
amount benefits born_on certificate_issued_on checkups children classes daily_amount dependants died_on expected_on expires_on family
family_kana first_registered_on fiscal_year given given_kana grade handbook_given_on height_mm holder_kana income_base income_levy issued_on
kind kinds left_work_on level married_on month monthly_amount municipal_tax name nationality notified_on number on parents per_capita_levy
prefectural_tax registered_on relation result returned_on scheme sex since spouse standing state status total_income until use v valid_until
vehicles weight_g work_allowed yearly_amount
"""
PLAIN = frozenset(TEXT.split())
"""Members that name no place: what, how much, when, and who by name."""


def members(node: Any) -> set[str]:
    """Names of all members of documents, wherever in the schema they stand."""
    if isinstance(node, list):
        return set().union(*map(members, node))
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own.union(*map(members, node.values()))


def test_each_member_is_a_place_or_none() -> None:
    found = {name for item in ITEMS.values() for version in range(1, item.version + 1) for name in members(schema(item.id, version))}
    assert found <= FIELDS | PLAIN, found - FIELDS - PLAIN
    assert found >= FIELDS


def test_an_item_is_placed_where_one_of_its_documents_has_such_a_member() -> None:
    placed = {item.id for item in ITEMS.values() for version in range(1, item.version + 1) if FIELDS & members(schema(item.id, version))}
    assert placed == PLACED
