"""The question of the form: read from the address, put to law as everybody's is, and told as a card."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.datastructures import QueryParams

from enishi.law.model import Row
from enishi.roles.exchange.publiclaw import Answered, PublicLaw


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What is chosen so far; parties are `c:` and a capacity or `i:` and an institution's id."""

    row: str = ""
    inquirer: str = ""
    provider: str = ""
    purpose: str = ""
    relation: str = ""
    items: tuple[str, ...] = ()
    on: str = ""

    @property
    def whole(self) -> bool:
        """Whether there is enough to decide."""
        return bool(self.row and self.inquirer and self.provider and self.items)

    def link(self, **changes: Any) -> str:
        """The address of the same question with something else in it."""
        changed = msgspec.structs.replace(self, **changes)
        parts = [(name, getattr(changed, name)) for name in ("row", "inquirer", "provider", "purpose", "relation", "on")]
        return "/ask?" + urlencode([*((name, value) for name, value in parts if value), *(("item", item) for item in changed.items)])


def read_choice(query: QueryParams, on: str) -> Choice:
    """The choice of an address; over-long parts are cut, so that they name nothing."""
    one = {name: query.get(name, "")[:300] for name in ("row", "inquirer", "provider", "purpose", "relation")}
    return Choice(**one, items=tuple(dict.fromkeys(item[:300] for item in query.getlist("item")[:100] if item)), on=on)


def decide_choice(law: PublicLaw, choice: Choice, row: Row) -> Answered:
    """Law's answer, at item level where a 号 is chosen; faults as `PublicLaw.answer`."""
    source, _, label = row.citation.rpartition("/")
    question: dict[str, Any] = {
        "inquirer": _party(choice.inquirer),
        "affair": {"source": source, "row": label},
        "provider": _party(choice.provider),
        "items": choice.items,
    }
    if choice.purpose:
        question["purpose"] = {"item": choice.purpose}
    if choice.relation:
        question["relation"] = choice.relation
    if choice.on:
        question["on"] = choice.on
    return law.answer(question, "item" if choice.purpose else "row")


def _party(chosen: str) -> dict[str, str]:
    kind, _, name = chosen.partition(":")
    return {"institution" if kind == "i" else "capacity": name}
