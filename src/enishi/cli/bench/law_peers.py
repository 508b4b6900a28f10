"""Two peers that answer the same questions with yes or no alone, no grounds and no basis: an indexed SQL table, and Cedar if it is installed."""

import importlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from enishi.cli.bench.law_questions import DAY
from enishi.law import Question, RowRef, Tables

SCHEMA: Final = """
CREATE TABLE asks (row TEXT, purpose TEXT, capacity TEXT, PRIMARY KEY (row, purpose, capacity)) WITHOUT ROWID;
CREATE TABLE gives (row TEXT, purpose TEXT, item TEXT, relation TEXT, capacity TEXT, PRIMARY KEY (row, purpose, item, relation, capacity))
 WITHOUT ROWID;
"""
LOOK_UP: Final = """SELECT EXISTS (SELECT 1 FROM asks WHERE row = ?1 AND purpose = ?2 AND capacity = ?3)
 AND EXISTS (SELECT 1 FROM gives WHERE row = ?1 AND purpose = ?2 AND item = ?4 AND relation = ?5 AND capacity = ?6)"""
POLICY: Final = 'permit(principal, action == Action::"inquire", resource) when { principal in context.asks && resource in context.gives };'

Cell = tuple[str, ...]


def asks(tables: Tables) -> Iterator[Cell]:
    """(row, 号, capacity): who may ask, the users of the number among them."""
    era = tables.era(DAY)
    for row in era.linkage if era is not None else ():
        for purpose in row.purposes.values():
            circle = row.inquirers & row.number_use.users
            for capacity in sorted(circle & purpose.inquirers if purpose.inquirers else circle):
                yield row.row.label, purpose.purpose.item, capacity


def gives(tables: Tables) -> Iterator[Cell]:
    """(row, 号, item, relation, capacity): who may give it."""
    era = tables.era(DAY)
    for row in era.linkage if era is not None else ():
        for purpose in row.purposes.values():
            for item, relations in purpose.relations.items():
                for relation in relations:
                    for capacity in sorted(row.providers[item]):
                        yield row.row.label, purpose.purpose.item, item, relation, capacity


def parts(question: Question) -> Cell:
    """Row, 号, inquirer's capacity, item, relation, provider's capacity of a question of the bench."""
    assert isinstance(question.affair, RowRef)
    assert question.purpose_item is not None
    assert question.relation is not None
    inquirer, provider = question.inquirer.capacities[0], question.provider.capacities[0]
    return question.affair.row, question.purpose_item, inquirer, question.items[0], question.relation.value, provider


def sql_peer(tables: Tables) -> Callable[[Question], bool]:
    """SQLite in memory, both tables clustered by their keys, one prepared statement."""
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    database.executemany("INSERT INTO asks VALUES (?, ?, ?)", asks(tables))
    database.executemany("INSERT INTO gives VALUES (?, ?, ?, ?, ?)", gives(tables))
    execute = database.execute
    return lambda question: execute(LOOK_UP, parts(question)).fetchone()[0] == 1


class Cedar(NamedTuple):
    """The engine with its policy and entities parsed once: a capacity is a member of what it may ask and of what it may give."""

    engine: Any
    policies: Any
    entities: Any

    def request(self, question: Question) -> dict[str, Any]:
        """A question as Cedar takes it, made before the time is taken."""
        row, purpose, inquirer, item, relation, provider = parts(question)
        return {
            "principal": _entity("Capacity", inquirer),
            "action": _entity("Action", "inquire"),
            "resource": _entity("Capacity", provider),
            "context": {
                "asks": {"__entity": _entity("Asks", f"{row}/{purpose}")},
                "gives": {"__entity": _entity("Gives", f"{row}/{purpose}/{item}/{relation}")},
            },
        }

    def answers(self, requests: list[dict[str, Any]]) -> list[bool]:
        """Yes or no for each."""
        return [bool(result.allowed) for result in self.engine.is_authorized_batch(requests, self.policies, self.entities)]


def cedar_peer(tables: Tables) -> Cedar | None:
    """Cedar over the same two relations; None where the package is not installed."""
    try:
        engine = importlib.import_module("cedarpy")
    except ModuleNotFoundError:
        return None
    member: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row, purpose, capacity in asks(tables):
        member[capacity].add(("Asks", f"{row}/{purpose}"))
    for *place, capacity in gives(tables):
        member[capacity].add(("Gives", "/".join(place)))
    entities = [{"uid": _entity("Capacity", name), "attrs": {}, "parents": [_entity(*one) for one in sorted(of)]} for name, of in member.items()]
    return Cedar(engine, engine.PolicySet.from_str(POLICY), engine.Entities.from_json_str(json.dumps(entities)))


def _entity(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}
