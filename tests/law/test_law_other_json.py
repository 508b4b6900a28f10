"""The JSON face of ordinance affairs and of the other kinds, as the command prints it."""

import json

import pytest

from enishi.law import answer_lines, load
from law.casebook import ORDINANCES

TAX = {
    "on": "2025-02-03",
    "inquirer": {"capacity": "特別区の区長"},
    "affair": {"ordinance": "131121/1"},
    "provider": {"capacity": "市町村長"},
    "relation": "applicant",
    "items": ["地方税関係情報"],
    "facts": {"consent": True},
}
EMERGENCY = {"kind": "emergency", "on": "2025-04-01", "interest": "life", "need": "持病を知る", "condition": "consent"}


def answered(question: object, ordinances: object = ORDINANCES) -> dict:  # type: ignore[type-arg]
    """The one line that answers one question."""
    (line,) = answer_lines(json.dumps(question), load(), ordinances=ordinances)  # type: ignore[arg-type]
    found: dict = json.loads(line)  # type: ignore[type-arg]
    return found


def test_an_ordinance_affair_is_answered_by_the_files_that_are_given() -> None:
    assert answered(TAX)["verdict"] == "permit"
    assert answered(TAX)["basis"][0] == "425AC0000000027#19-1-9"
    assert [ground["code"] for ground in answered(TAX | {"facts": {}})["grounds"]] == ["consent-missing"]
    refused = answered(TAX, ())
    assert [ground["code"] for ground in refused["grounds"]] == ["ordinance-not-shown", "ordinance-not-accepted"]


def test_another_kind_is_lawful_or_unavailable_and_never_a_permit() -> None:
    lawful, closed = answered(EMERGENCY), answered(EMERGENCY | {"condition": "none"})
    assert (lawful["verdict"], lawful["kind"], lawful["network"]) == ("lawful", "emergency", False)
    assert (closed["verdict"], closed["network"]) == ("not_open", False)
    assert closed["grounds"][0]["remedies"][0]["message"]["ja"]
    assert lawful["conditions"][0]["message"]["en"]


@pytest.mark.parametrize("change", [{"kind": "unheard-of"}, {"interest": "comfort"}, {"unknown": 1}, {"on": "someday"}])
def test_what_is_no_question_of_another_kind_is_a_problem_not_an_answer(change: dict) -> None:  # type: ignore[type-arg]
    assert answered(EMERGENCY | change)["problem"]["code"] == "question-malformed"


def test_a_day_is_needed() -> None:
    assert answered({key: value for key, value in EMERGENCY.items() if key != "on"})["problem"]["code"] == "day-missing"
