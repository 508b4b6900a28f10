"""`enishi bench law`: full verdicts per second of processor time on one core, permits and refusals apart, beside two peers and a yardstick."""

import json
import platform
import sysconfig
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import resources
from typing import Any, Final

from rich.console import Console

from enishi import clock
from enishi.cli.bench.law_peers import cedar_peer, sql_peer
from enishi.cli.bench.law_questions import DAY, IN_ORDER, mixed, mixed_at_row
from enishi.law import MESH, Permit, Policy, Question, Refusal, RowRef, Tables, decide, decide_many

ROUNDS: Final = 5
PIECE: Final = 500
STEPS: Final = 200_000
ROW_LEVEL: Final = Policy(demand="row")
CEDAR_QUESTIONS: Final = 2_000
"""Cedar answers a batch slowly enough that so many of the same questions say what all would."""

Answer = Callable[[Question], object]


def run(count: int, as_json: bool) -> int:
    """Measure, and print a table or one JSON object."""
    console = Console(stderr=True, highlight=False)
    figures = measure(count, lambda step: console.print(f"[dim]{step}[/dim]"))
    if as_json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        for inner, figure in _flat(name, value):
            print(f"{inner:44}{figure:>14}")
    return 0


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every figure below a name, each with the whole of its name."""
    if not isinstance(value, dict):
        yield name, value
        return
    for inner, figure in value.items():
        yield from _flat(f"{name} {inner}", figure)


def measure(count: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """All figures by name; processor time throughout, each the best of several rounds."""
    compiled = resources.files("enishi.law").joinpath("data/law.msgpack").read_bytes()
    tell("loading every revision")
    load_ms = round(1000 * best([lambda: Tables(compiled)]), 1)
    tables = Tables(compiled)
    tell(f"{count} distinct questions")
    questions = mixed(tables, count)
    permitted = [isinstance(decide(question, tables, IN_ORDER, DAY), Permit) for question in questions]
    tell("deciding")
    item_level = _rates(questions, tables, MESH)
    yardstick = round(STEPS / best([_yardstick]))
    steps = {f"steps_per_{name}": round(yardstick / each, 1) for name, each in item_level["per_second"].items()}
    tell("the peers")
    return {
        "load_ms": load_ms,
        "item_level": item_level,
        "row_level": _rates(mixed_at_row(tables, count), tables, ROW_LEVEL),
        "floor": {name: rate(answer, questions) for name, answer in floors(questions).items()},
        "yardstick": {"per_second": yardstick, **steps},
        "sql": _beside(sql_peer(tables), questions, permitted),
        "cedar": _cedar(tables, questions[:CEDAR_QUESTIONS], permitted),
        "python": {"version": platform.python_version(), "optimised": optimised()},
    }


def optimised() -> str:
    """Whether the interpreter says that it was built with profile-guided optimisation; without it everything here is slower."""
    return "yes" if "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS")) else "not stated"


def _rates(questions: list[Question], tables: Tables, policy: Policy) -> dict[str, Any]:
    """How many are refused, and answers per second of all, of permits and of refusals: question by question, and of many at once."""
    permitted = [isinstance(verdict, Permit) for verdict in decide_many(questions, tables, IN_ORDER, DAY, policy)]
    kinds = {
        "all": questions,
        "permits": [question for question, yes in zip(questions, permitted, strict=True) if yes],
        "refusals": [question for question, yes in zip(questions, permitted, strict=True) if not yes],
    }
    return {
        "distinct": len(set(questions)),
        "refused_share": round(1 - sum(permitted) / len(questions), 3),
        "per_second": {name: rate(lambda question: decide(question, tables, IN_ORDER, DAY, policy), asked) for name, asked in kinds.items()},
        "per_second_many": {
            name: rate_of_many(lambda some: decide_many(some, tables, IN_ORDER, DAY, policy), asked) for name, asked in kinds.items()
        },
    }


def rate(answer: Answer, questions: list[Question]) -> int:
    """Answers per second of processor time, question by question."""
    return rate_of_many(lambda some: map(answer, some), questions)


def rate_of_many(answers: Callable[[list[Question]], Iterable[object]], questions: list[Question]) -> int:
    """Answers per second of processor time, handed in piece by piece: other work on the machine spoils a round of a piece, not of the whole.

    Every round goes through all pieces, so that no piece is still in the processor's caches when it comes again.
    """
    pieces = [partial(_take, answers, questions[at : at + PIECE]) for at in range(0, len(questions), PIECE)]
    rounds = [[_seconds(piece) for piece in pieces] for _ in range(ROUNDS)]
    seconds: float = sum(min(piece) for piece in zip(*rounds, strict=True))
    return round(len(questions) / seconds)


def _take(answers: Callable[[list[Question]], Iterable[object]], piece: list[Question]) -> None:
    # A queue of length 0 takes every answer and keeps none.
    deque(answers(piece), maxlen=0)


def floors(questions: list[Question]) -> dict[str, Answer]:
    """What no decision in this language goes below: one look-up by five parts of the question, and one verdict made of parts at hand."""
    known = dict.fromkeys(map(_parts, questions))
    return {
        "look_up": lambda question: known[_parts(question)],
        "verdict": lambda question: Refusal(on=DAY, grounds=(), doubts=(), proposals=False, law_edge=False),
    }


def _parts(question: Question) -> tuple[object, ...]:
    affair = question.affair
    assert isinstance(affair, RowRef)
    return affair.source, affair.row, question.purpose_item, question.items[0], question.relation


def best(works: Iterable[Callable[[], object]]) -> float:
    """Seconds of processor time that the works take together, each in the best of its rounds."""
    return sum(min(_seconds(work) for _ in range(ROUNDS)) for work in works)


def _seconds(work: Callable[[], object]) -> float:
    begun = clock.process_seconds()
    work()
    return clock.process_seconds() - begun


def _yardstick() -> int:
    """A fixed loop of the interpreter: one look-up by a tuple and one addition a step, whatever the machine does beside it."""
    known, total = {("a", "b"): 1}, 0
    for _ in range(STEPS):
        total += known["a", "b"]
    return total


def _beside(ask: Callable[[Question], bool], questions: list[Question], permitted: list[bool]) -> dict[str, Any]:
    """A peer that says yes or no, and on how many questions it says what the decision says."""
    agreed = sum(ask(question) is yes for question, yes in zip(questions, permitted, strict=True))
    return {"per_second": rate(ask, questions), "agrees": f"{agreed}/{len(questions)}"}


def _cedar(tables: Tables, questions: list[Question], permitted: list[bool]) -> dict[str, Any]:
    peer = cedar_peer(tables)
    if peer is None:
        return {"absent": "pip install cedarpy (the extra `bench`)"}
    prepared = [peer.request(question) for question in questions]
    answers = peer.answers(prepared)
    agreed = sum(answer is yes for answer, yes in zip(answers, permitted, strict=False))
    return {"per_second": round(len(prepared) / best([lambda: peer.answers(prepared)])), "agrees": f"{agreed}/{len(prepared)}"}
