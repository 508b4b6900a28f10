"""What a decision costs: full verdicts per second on one core over distinct shuffled questions, permits and refusals apart; milliseconds to load.

python bench/law.py [--json] [--questions N]
"""

import argparse
import json
from collections.abc import Iterator
from datetime import date
from importlib import resources
from random import Random

from enishi import clock
from enishi.law import Assessment, Consent, Facts, Party, Permit, Question, Relation, RowRef, Standing, Tables, decide

DAY = date(2025, 4, 1)
ORDER = "506M60004008009@2024-05-27"
IN_ORDER = Facts(Standing.REGISTERED, Standing.REGISTERED, Assessment.PUBLISHED, Assessment.PUBLISHED, Consent.NOT_GIVEN)


def lawful(tables: Tables) -> Iterator[Question]:
    """Every question at item level that the order of the day permits for one item."""
    for row in tables.eras[-1].linkage:
        for purpose in row.purposes.values():
            inquirer = (purpose.purpose.inquirers or row.row.parties)[0]
            for item, relations in purpose.relations.items():
                for relation in relations:
                    parties = Party((inquirer,), "a"), Party((row.named[item][0],), "b")
                    yield Question(parties[0], RowRef(ORDER, row.row.label), parties[1], (item,), purpose.purpose.item, Relation(relation))


def mixed(tables: Tables, count: int) -> list[Question]:
    """Distinct institutions ask lawful questions, and in three of ten cases for an item of some other question."""
    random, known = Random(1), list(lawful(tables))
    return [varied(random, random.choice(known), random.choice(known), number) for number in range(count)]


def varied(random: Random, one: Question, other: Question, number: int) -> Question:
    """The question as its own object, from an institution of its own, sometimes with another's item."""
    items = other.items if random.random() < 0.3 else one.items
    inquirer = Party(one.inquirer.capacities, f"i{number}")
    return (
        Question(inquirer, RowRef(ORDER, one.affair.row), one.provider, items, one.purpose_item, one.relation)
        if isinstance(one.affair, RowRef)
        else one
    )


def rate(tables: Tables, questions: list[Question]) -> int:
    """Verdicts per second of processor time, the best of three passes."""
    seconds = []
    for _ in range(3):
        begun = clock.process_seconds()
        for question in questions:
            decide(question, tables, IN_ORDER, DAY)
        seconds.append(clock.process_seconds() - begun)
    return round(len(questions) / min(seconds))


def measure(count: int) -> dict[str, float]:
    """The figures by name."""
    compiled = resources.files("enishi.law").joinpath("data/law.msgpack").read_bytes()
    begun = clock.process_seconds()
    tables = Tables(compiled)
    loaded = clock.process_seconds() - begun
    questions = mixed(tables, count)
    permits = [question for question in questions if isinstance(decide(question, tables, IN_ORDER, DAY), Permit)]
    refusals = [question for question in questions if not isinstance(decide(question, tables, IN_ORDER, DAY), Permit)]
    return {
        "load_ms": round(loaded * 1000, 1),
        "questions": len(questions),
        "refused_share": round(len(refusals) / len(questions), 3),
        "per_second": rate(tables, questions),
        "permits_per_second": rate(tables, permits),
        "refusals_per_second": rate(tables, refusals),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--questions", type=int, default=100_000)
    options = parser.parse_args()
    figures = measure(options.questions)
    print(json.dumps(figures) if options.json else "\n".join(f"{name:22}{value:>12}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
