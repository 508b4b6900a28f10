"""`enishi bench law`: full verdicts per second of processor time on one core, permits and refusals apart, beside two peers and a yardstick."""

import json
import platform
import sysconfig
from collections.abc import Callable, Iterable
from importlib import resources
from typing import Any, Final

from rich.console import Console

from enishi import clock
from enishi.cli.bench.law_peers import cedar_peer, sql_peer
from enishi.cli.bench.law_questions import DAY, IN_ORDER, mixed
from enishi.law import Permit, Question, Tables, decide

ROUNDS: Final = 5
STEPS: Final = 200_000
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
        rows = value.items() if isinstance(value, dict) else [("", value)]
        for inner, figure in rows:
            print(f"{name + ' ' + inner:32}{figure:>14}")
    return 0


def measure(count: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """All figures by name; processor time throughout, each the best of several rounds."""
    compiled = resources.files("enishi.law").joinpath("data/law.msgpack").read_bytes()
    tell("loading every revision")
    load_ms = round(1000 * best([lambda: Tables(compiled)]), 1)
    tables = Tables(compiled)
    tell(f"{count} distinct questions")
    questions = mixed(tables, count)
    permitted = [isinstance(decide(question, tables, IN_ORDER, DAY), Permit) for question in questions]
    kinds = {
        "all": questions,
        "permits": [question for question, yes in zip(questions, permitted, strict=True) if yes],
        "refusals": [question for question, yes in zip(questions, permitted, strict=True) if not yes],
    }
    tell("deciding")
    rates = {name: rate(lambda question: decide(question, tables, IN_ORDER, DAY), asked) for name, asked in kinds.items()}
    yardstick = round(STEPS / best([_yardstick]))
    tell("the peers")
    return {
        "load_ms": load_ms,
        "questions": {"distinct": len(set(questions)), "refused_share": round(1 - sum(permitted) / len(questions), 3)},
        "per_second": rates,
        "yardstick": {"per_second": yardstick, **{f"steps_per_{name}": round(yardstick / each, 1) for name, each in rates.items()}},
        "sql": _beside(sql_peer(tables), questions, permitted),
        "cedar": _cedar(tables, questions[:CEDAR_QUESTIONS], permitted),
        "python": {"version": platform.python_version(), "optimised": optimised()},
    }


def optimised() -> str:
    """Whether the interpreter says that it was built with profile-guided optimisation; without it everything here is slower."""
    return "yes" if "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS")) else "not stated"


def rate(answer: Answer, questions: list[Question]) -> int:
    """Answers per second of processor time."""

    def each() -> None:
        for question in questions:
            answer(question)

    return round(len(questions) / best([each]))


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
