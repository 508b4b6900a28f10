"""The look-ups that spare a decision its explanations are no law of their own: without them every verdict is the same, byte for byte."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.cli.bench.law_questions import lawful, mixed
from enishi.law import Delegation, Party, Permit, Policy, Refusal, RowRef, Tables, decide, decide_many, load, verdict_digest
from law.casebook import cases, day_of, facts_of, policy_of, question_of
from law.test_law_matrix import DAY, IN_ORDER, facts, near_questions, policies, questions
from law.test_law_properties import old_questions

DECIDE = sys.modules["enishi.law.decide"]
TABLES = sys.modules["enishi.law.tables"]


@contextmanager
def replaced(module: Any, name: str, stand_in: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, stand_in)
        yield


@cache
def long_tables() -> Tables:
    """The tables without any short way."""
    with replaced(TABLES, "short_ways", lambda _: {}):
        return Tables(resources.files("enishi.law").joinpath("data/law.msgpack").read_bytes())


def long_way(*asked: Any) -> bytes:
    """The verdict's digest with every check run to its end."""
    question, *rest = asked
    return verdict_digest(decide(question, long_tables(), *rest))


def short(question: Any, *asked: Any) -> bytes:
    """The verdict's digest with the short way open, told alike by `decide` and by `decide_many`."""
    told = verdict_digest(decide(question, load(), *asked))
    assert [verdict_digest(verdict) for verdict in decide_many([question, question], load(), *asked)] == [told, told]
    return told


def at_row_level(question: Any) -> Any:
    return msgspec.structs.replace(question, purpose_item=None, relation=None)


def test_the_long_tables_have_no_short_way_and_the_others_one_for_each_verified_day() -> None:
    assert not long_tables().short_ways
    days = sorted(load().short_ways)
    assert (days[0], days[-1], len(days)) == (date(2022, 6, 17), date(2025, 4, 1), 1020)
    assert len(load().short_ways[DAY].given) > 2 * 2500


@pytest.mark.parametrize(("policy", "asked"), [(Policy(), list), (Policy(demand="row"), lambda found: [*map(at_row_level, found)])])
def test_most_questions_go_the_short_way(policy: Policy, asked: Callable[[list[Any]], list[Any]]) -> None:
    """So that the tests below are known to compare two ways, refusals among them."""
    questions = asked(mixed(load(), 2000))
    with replaced(DECIDE, "examine", lambda *_: Refusal(on=DAY, grounds=(), doubts=(), proposals=False, law_edge=False)):
        verdicts = [decide(question, load(), IN_ORDER, DAY, policy) for question in questions]
        assert list(decide_many(questions, load(), IN_ORDER, DAY, policy)) == verdicts
    assert sum(isinstance(verdict, Refusal) and bool(verdict.grounds) for verdict in verdicts) > 450
    assert sum(isinstance(verdict, Refusal) and not verdict.grounds for verdict in verdicts) < 40


def test_a_question_of_the_bench_has_the_same_verdict_the_long_way() -> None:
    """Every question that is lawful, and each of them with a part of another: every ground that the short way knows."""
    for question in (*lawful(load()), *mixed(load(), 4000)):
        assert short(question, IN_ORDER, DAY) == long_way(question, IN_ORDER, DAY)


@pytest.mark.parametrize("day", [DAY, date(2022, 10, 18)])
def test_a_question_of_the_bench_has_the_same_verdict_the_long_way_at_row_level(day: date) -> None:
    """By each policy: the mesh's refuses what the command's answers.  The labels of one table name other affairs in the other, and refuse."""
    for question in mixed(load(), 1500):
        assert isinstance(question.affair, RowRef)
        affair = question.affair if day == DAY else msgspec.structs.replace(question.affair, source="425AC0000000027@2022-06-17")
        asked = msgspec.structs.replace(at_row_level(question), affair=affair)
        for policy in (Policy(), Policy(demand="row"), Policy(demand="row", proposals="count")):
            assert short(asked, IN_ORDER, day, policy) == long_way(asked, IN_ORDER, day, policy)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["事例"])
def test_a_case_has_the_same_verdict_the_long_way(case: dict[str, Any]) -> None:
    asked = facts_of(case), day_of(case), policy_of(case)
    assert short(question_of(case), *asked) == long_way(question_of(case), *asked)


@settings(max_examples=400, deadline=None)
@given(near_questions(), facts | st.just(IN_ORDER), policies)
def test_a_question_near_a_row_has_the_same_verdict_the_long_way(question: Any, known: Any, policy: Policy) -> None:
    assert short(question, known, DAY, policy) == long_way(question, known, DAY, policy)


@settings(max_examples=100, deadline=None)
@given(questions, facts, st.dates(), policies)
def test_any_question_has_the_same_verdict_the_long_way(question: Any, known: Any, on: Any, policy: Policy) -> None:
    assert short(question, known, on, policy) == long_way(question, known, on, policy)


@settings(max_examples=300, deadline=None)
@given(near_questions(), st.lists(st.sampled_from(["市町村長", "市長", "厚生労働大臣", "日本年金機構", "全国健康保険協会"]), max_size=3, unique=True))
def test_an_inquirer_of_several_capacities_has_the_same_verdict_the_long_way(question: Any, capacities: list[str]) -> None:
    asked = msgspec.structs.replace(question, inquirer=Party((*question.inquirer.capacities, *capacities), "照会機関"), items=question.items[:1])
    assert short(asked, IN_ORDER, DAY) == long_way(asked, IN_ORDER, DAY)


POWER = Delegation("厚生労働大臣", "国民年金法", date(2020, 1, 1), None, "334AC0000000141#109_4")


@pytest.mark.parametrize(
    "changed", [{"inquirer": Party((), "甲")}, {"provider": Party((), "乙")}, {"inquirer": Party(("日本年金機構",), "甲", (POWER,))}], ids=str
)
def test_parties_that_a_look_up_does_not_know_have_the_same_verdict_the_long_way(changed: dict[str, Party]) -> None:
    """Nobody's capacity, and a power that a statute handed on."""
    for question in mixed(load(), 400):
        asked = msgspec.structs.replace(question, **changed)
        assert short(asked, IN_ORDER, DAY) == long_way(asked, IN_ORDER, DAY)


@settings(max_examples=300, deadline=None)
@given(old_questions(), facts | st.just(IN_ORDER), policies)
def test_a_question_of_2022_has_the_same_verdict_the_long_way(question: Any, known: Any, policy: Policy) -> None:
    assert short(question, known, date(2022, 10, 18), policy) == long_way(question, known, date(2022, 10, 18), policy)


def test_many_are_answered_one_by_one_in_order_and_as_they_come() -> None:
    asked, taken = mixed(load(), 50), []

    def coming() -> Iterator[Any]:
        for question in asked:
            taken.append(question)
            yield question

    answers = decide_many(coming(), load(), IN_ORDER, DAY)
    assert taken == []
    for number, question in enumerate(asked, 1):
        assert next(answers) == decide(question, load(), IN_ORDER, DAY)
        assert len(taken) == number


def test_facts_called_in_order_without_a_look_permit_what_a_case_refuses() -> None:
    """So that the tests above are known to see a shortcut that is too short."""
    with replaced(DECIDE, "facts_in_order", lambda *_: True):
        verdicts = [(case, decide(question_of(case), load(), facts_of(case), day_of(case), policy_of(case))) for case in cases()]
    assert any(isinstance(verdict, Permit) for case, verdict in verdicts if case["判定"] == "拒否")
    assert any(isinstance(verdict, Refusal) for _, verdict in verdicts)
