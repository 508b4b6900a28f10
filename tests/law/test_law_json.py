"""The JSON face: the example of the documentation, JSON Lines, and whatever else somebody sends."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Malformed, Unknown
from enishi.law import Party, Policy, Relation, RowRef, answer_lines, load, read_question, say

EXAMPLE = {
    "on": "2024-06-01",
    "inquirer": {"capacity": "市町村長"},
    "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
    "provider": {"capacity": "法務大臣"},
    "purpose": {"item": "1"},
    "items": ["戸籍関係情報"],
    "facts": {"standing": True, "assessments_published": True, "consent": False},
}


def answered(question: dict[str, object]) -> dict[str, object]:
    (line,) = answer_lines(json.dumps(question, ensure_ascii=False), load())
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def test_the_documented_example_is_a_permit_at_item_level() -> None:
    verdict = answered(EXAMPLE)
    assert verdict["verdict"] == "permit"
    assert verdict["level"] == "item"
    assert verdict["grounds"] == []
    assert isinstance(verdict["basis"], list)
    assert verdict["basis"][1] == "506M60004008009@2024-05-27#2/108"


def test_without_a_purpose_the_verdict_is_at_row_level_and_says_so() -> None:
    verdict = answered({key: value for key, value in EXAMPLE.items() if key != "purpose"})
    assert (verdict["verdict"], verdict["level"]) == ("permit", "row")


def test_a_refusal_prints_grounds_with_both_languages_and_remedies() -> None:
    verdict = answered(EXAMPLE | {"items": ["地方税関係情報"], "provider": {"capacity": "市町村長"}})
    assert verdict["verdict"] == "refusal"
    assert verdict["basis"] == verdict["conditions"] == []
    grounds = verdict["grounds"]
    assert isinstance(grounds, list)
    assert {"code", "citation", "message", "remedies"} <= set(grounds[0])
    assert set(grounds[0]["message"]) == {"ja", "en"}
    assert [remedy["code"] for remedy in grounds[0]["remedies"]][0] == "other-purpose-item"


def test_the_facts_of_a_question_count() -> None:
    verdict = answered(EXAMPLE | {"facts": {"standing": False, "assessments_published": False}})
    grounds = verdict["grounds"]
    assert isinstance(grounds, list)
    codes = [ground["code"] for ground in grounds]
    assert codes == ["inquirer-not-registered", "provider-not-registered", "inquirer-assessment", "provider-assessment"]


def test_lines_are_answered_one_by_one_and_a_bad_line_spoils_no_other() -> None:
    good = json.dumps(EXAMPLE, ensure_ascii=False)
    lines = [json.loads(line) for line in answer_lines(f"{good}\n\n{{broken\n{good}\n", load())]
    assert [line.get("verdict", line.get("problem", {}).get("code")) for line in lines] == ["permit", "question-malformed", "permit"]


def test_one_question_may_spread_over_lines() -> None:
    assert len(list(answer_lines(json.dumps(EXAMPLE, indent=2, ensure_ascii=False), load()))) == 1


def test_the_question_s_own_day_goes_before_the_given_one() -> None:
    text = json.dumps(EXAMPLE)
    assert read_question(text, load(), date(2022, 10, 18)).on == date(2024, 6, 1)
    undated = json.dumps({key: value for key, value in EXAMPLE.items() if key != "on"})
    assert read_question(undated, load(), date(2024, 5, 27)).on == date(2024, 5, 27)
    with pytest.raises(Malformed, match="day-missing"):
        read_question(undated, load())


def test_a_law_with_one_row_is_read_as_that_row() -> None:
    asked = read_question(json.dumps(EXAMPLE | {"affair": {"law": "災害弔慰金の支給等に関する法律"}, "relation": "survivor"}), load())
    assert asked.question.affair == RowRef("506M60004008009@2024-05-27#2", "108")
    assert asked.question.relation is Relation.SURVIVOR


def test_a_law_with_several_rows_is_malformed_with_the_list() -> None:
    with pytest.raises(Malformed) as fault:
        read_question(json.dumps(EXAMPLE | {"affair": {"law": "健康保険法"}}), load())
    assert fault.value.code == "affair-ambiguous"
    assert fault.value.detail.split(", ") == [f"506M60004008009@2024-05-27#2/{row}" for row in ("1", "2", "3")]


def test_a_row_that_no_revision_has_is_unknown() -> None:
    with pytest.raises(Unknown) as fault:
        read_question(json.dumps(EXAMPLE | {"affair": {"source": "506M60004008009@2024-05-27", "row": "174"}}), load())
    assert fault.value.code == "affair-unknown"


def test_an_institution_is_what_the_registry_says_on_the_day() -> None:
    def registry(institution: str, on: date) -> Party | None:
        return Party(("市町村長",), institution) if (institution, on) == ("012131", date(2024, 6, 1)) else None

    asked = json.dumps(EXAMPLE | {"inquirer": {"institution": "012131"}})
    assert read_question(asked, load(), institutions=registry).question.inquirer == Party(("市町村長",), "012131")
    with pytest.raises(Unknown) as fault:
        read_question(asked, load())
    assert fault.value.code == "institution-not-registered"


@pytest.mark.parametrize(
    "change",
    [
        {"inquirer": {}},
        {"inquirer": {"capacity": "市町村長", "institution": "012131"}},
        {"affair": {}},
        {"affair": {"source": "506M60004008009@2024-05-27"}},
        {"affair": {"law": "生活保護法", "row": "1"}},
        {"affair": {"law": "生活保護法", "ordinance": "条例"}},
        {"on": "2024-13-01"},
        {"on": "yesterday"},
        {"items": "戸籍関係情報"},
        {"items": [1]},
        {"relation": "neighbour"},
        {"purpose": {"item": 1}},
        {"facts": {"standing": "yes"}},
        {"facts": {"trusted": True}},
        {"purpse": {"item": "1"}},
        {"period": {"effective_on": "2024-01-01"}},
    ],
    ids=repr,
)
def test_a_wrong_question_is_malformed_and_says_so(change: dict[str, object]) -> None:
    problem = answered(EXAMPLE | change)["problem"]
    assert isinstance(problem, dict)
    assert (problem["status"], problem["code"]) == (400, "question-malformed")


@pytest.mark.parametrize("text", ["", " ", "null", "[]", "[" * 100_000, '{"on":' * 50_000, "\ud800", '{"on":"\x00"}', "\ufeff{}", '"\\ud800"'])
def test_odd_texts_end_in_a_problem(text: str) -> None:
    for line in answer_lines(text, load()):
        assert "problem" in json.loads(line)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*EXAMPLE, "relation", "period"]), JUNK, max_size=3) | st.just({}), st.booleans())
def test_any_part_replaced_is_answered(change: dict[str, object], proposals: bool) -> None:
    policy = Policy(demand="row", proposals="count" if proposals else "ignore")
    for line in answer_lines(json.dumps(EXAMPLE | change), load(), policy=policy):
        assert json.loads(line).keys() & {"verdict", "problem"}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    for line in answer_lines(text, load()):
        assert json.loads(line).keys() & {"verdict", "problem"}


@pytest.mark.parametrize("code", ["inquirer-assessment", "provider-assessment"])
def test_an_assessment_that_is_amiss_is_said_in_words(code: str) -> None:
    for state in ("unpublished", "outdated", "wrong_kind"):
        said = say("grounds", code, (state,))
        assert state not in said.ja
        assert "_" not in said.en


def test_a_relation_is_named_in_words() -> None:
    assert say("remedies", "name-relation", ("applicant",)).ja.count("申請者") == 1
