"""The questions that law is measured by: distinct, shuffled, four in ten with one part of some other lawful question."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Final

import msgspec

from enishi.law import Assessment, Consent, Facts, Party, Question, Relation, RowRef, Standing, Tables

DAY: Final = date(2025, 4, 1)
IN_ORDER: Final = Facts(Standing.REGISTERED, Standing.REGISTERED, Assessment.PUBLISHED, Assessment.PUBLISHED, Consent.NOT_GIVEN)
CHANGED: Final = 0.4
CHANGED_AT_ROW: Final = 0.55
"""A row says yes to more than its 号 do, so more questions are changed for three in ten to be refused."""


def lawful(tables: Tables) -> Iterator[Question]:
    """Every question at item level that the order of the day permits for one item, by the first capacities that law names."""
    era = tables.era(DAY)
    for row in era.linkage if era is not None else ():
        for purpose in row.purposes.values():
            inquirer = (purpose.purpose.inquirers or row.row.parties)[0]
            for item, relations in purpose.relations.items():
                parties = Party((inquirer,), "a"), Party((row.named[item][0],), "b")
                for relation in relations:
                    yield Question(parties[0], RowRef(era.source, row.row.label), parties[1], (item,), purpose.purpose.item, Relation(relation))  # type: ignore[union-attr]


def mixed(tables: Tables, count: int, changed: float = CHANGED) -> list[Question]:
    """Distinct institutions ask lawful questions, and in that share of cases with an item, provider, relation or capacity of another."""
    source, known = Random(1), list(lawful(tables))
    return [_asked(source, source.choice(known), source.choice(known), number, changed) for number in range(count)]


def mixed_at_row(tables: Tables, count: int) -> list[Question]:
    """The same with no 号 and no relation named."""
    return [msgspec.structs.replace(question, purpose_item=None, relation=None) for question in mixed(tables, count, CHANGED_AT_ROW)]


def _asked(source: Random, one: Question, other: Question, number: int, changed: float) -> Question:
    """The question as objects of its own, from an institution of its own."""
    part = source.choice(("items", "items", "provider", "relation", "inquirer")) if source.random() < changed else ""
    replaced = msgspec.structs.replace(one, **{part: getattr(other, part)}) if part else one
    inquirer = Party(replaced.inquirer.capacities, f"institution {number}")
    return msgspec.structs.replace(replaced, inquirer=inquirer, affair=msgspec.structs.replace(one.affair))
