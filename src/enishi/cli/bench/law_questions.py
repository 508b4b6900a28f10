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


def mixed(tables: Tables, count: int) -> list[Question]:
    """Distinct institutions ask lawful questions, and in four of ten cases with an item, provider, relation or capacity of another."""
    source, known = Random(1), list(lawful(tables))
    return [_asked(source, source.choice(known), source.choice(known), number) for number in range(count)]


def _asked(source: Random, one: Question, other: Question, number: int) -> Question:
    """The question as objects of its own, from an institution of its own."""
    part = source.choice(("items", "items", "provider", "relation", "inquirer")) if source.random() < CHANGED else ""
    replaced = msgspec.structs.replace(one, **{part: getattr(other, part)}) if part else one
    inquirer = Party(replaced.inquirer.capacities, f"institution {number}")
    return msgspec.structs.replace(replaced, inquirer=inquirer, affair=msgspec.structs.replace(one.affair))
