"""From the text of an ordinance file to its value, and the JSON Schema by which an editor checks such a file."""

from typing import Any, Final

import msgspec
import yaml

from enishi.errors import Malformed
from enishi.law.ordinance.form import Ordinance
from enishi.law.ordinance.stage import in_order

LONGEST: Final = 200_000
"""Characters of one file; a real one has a few thousand."""
DEEPEST: Final = 16
"""How deep brackets may stand within brackets; a real one has two.  PyYAML looks at every open bracket again for each token."""


class _Plain(yaml.SafeLoader):
    """YAML without aliases and without doubled keys: neither has a place in a file that people sign for."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)

    def fetch_flow_collection_start(self, token: Any) -> None:
        if self.flow_level > DEEPEST:
            raise yaml.YAMLError(f"brackets within brackets, line {self.line + 1}")
        super().fetch_flow_collection_start(token)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(map(str, keys))) != len(keys):
            raise yaml.YAMLError(f"a key stands twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


def read_ordinance(text: str, name: str = "") -> Ordinance:
    """The ordinance that a YAML text states; `name` of the file goes into faults.

    Malformed("ordinance-unreadable") with the place, Malformed("ordinance-dates-wrong"), Malformed("ordinance-number-twice").
    """
    try:
        if len(text) > LONGEST:
            raise yaml.YAMLError(f"more than {LONGEST} characters")
        ordinance = msgspec.convert(yaml.load(text, Loader=_Plain), type=Ordinance)
    except (yaml.YAMLError, msgspec.ValidationError, RecursionError, ValueError) as fault:
        raise Malformed("ordinance-unreadable", f"{name}: {fault}"[:300], "ordinance") from fault
    _check(ordinance, name)
    return ordinance


def _check(ordinance: Ordinance, name: str) -> None:
    numbers = [affair.number for affair in ordinance.affairs]
    if len(set(numbers)) != len(numbers):
        raise Malformed("ordinance-number-twice", name or ordinance.name, "ordinance")
    for affair in ordinance.affairs:
        for filing in affair.filings:
            if not in_order(filing):
                raise Malformed("ordinance-dates-wrong", f"{name}: {affair.number}, {filing.filed_on.isoformat()}", "ordinance")


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an ordinance file."""
    found = msgspec.json.schema(Ordinance)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "条例事務の様式（様式1）", **found}
