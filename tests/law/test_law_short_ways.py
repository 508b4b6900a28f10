"""The look-ups that spare a decision its explanations are no law of their own: without them every verdict is the same, byte for byte."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.law import Permit, Policy, Refusal, Tables, decide, load, verdict_digest
from law.casebook import cases, day_of, facts_of, policy_of, question_of
from law.test_law_matrix import DAY, IN_ORDER, facts, near_questions, policies, questions

DECIDE = sys.modules["enishi.law.decide"]
READY = sys.modules["enishi.law.ready"]


@contextmanager
def replaced(module: Any, name: str, stand_in: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, stand_in)
        yield


@cache
def long_tables() -> Tables:
    """The tables without what a row gives in one look-up."""
    with replaced(READY, "given_by", lambda *_: {}):
        return Tables(resources.files("enishi.law").joinpath("data/law.msgpack").read_bytes())


def long_way(*asked: Any) -> bytes:
    """The verdict's digest with every check run to its end."""
    question, *rest = asked
    with replaced(DECIDE, "in_order", lambda *_: False):
        return verdict_digest(decide(question, long_tables(), *rest))


def test_the_long_tables_give_nothing_in_one_look_up() -> None:
    assert not any(row.given for era in long_tables().eras for row in era.linkage)
    assert sum(len(row.given) for row in load().eras[1].linkage) > 2500


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["事例"])
def test_a_case_has_the_same_verdict_the_long_way(case: dict[str, Any]) -> None:
    asked = facts_of(case), day_of(case), policy_of(case)
    assert verdict_digest(decide(question_of(case), load(), *asked)) == long_way(question_of(case), *asked)


@settings(max_examples=400, deadline=None)
@given(near_questions(), facts | st.just(IN_ORDER), policies)
def test_a_question_near_a_row_has_the_same_verdict_the_long_way(question: Any, known: Any, policy: Policy) -> None:
    assert verdict_digest(decide(question, load(), known, DAY, policy)) == long_way(question, known, DAY, policy)


@settings(max_examples=100, deadline=None)
@given(questions, facts, st.dates(), policies)
def test_any_question_has_the_same_verdict_the_long_way(question: Any, known: Any, on: Any, policy: Policy) -> None:
    assert verdict_digest(decide(question, load(), known, on, policy)) == long_way(question, known, on, policy)


def test_facts_called_in_order_without_a_look_permit_what_a_case_refuses() -> None:
    """So that the tests above are known to see a shortcut that is too short."""
    with replaced(DECIDE, "in_order", lambda *_: True):
        verdicts = [(case, decide(question_of(case), load(), facts_of(case), day_of(case), policy_of(case))) for case in cases()]
    assert any(isinstance(verdict, Permit) for case, verdict in verdicts if case["判定"] == "拒否")
    assert any(isinstance(verdict, Refusal) for _, verdict in verdicts)
