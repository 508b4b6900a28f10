"""OpenID AuthZEN 1.0 on the exchange's public face: the same law by the standard's own rules, and whatever else somebody sends."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from enishi.law import answer_lines, load
from enishi.law.question import Policy
from enishi.roles.exchange.authzen.forms import MOST
from enishi.web.rate import Allowance
from exchange_face.law_face import DAY, ORDER, law_face
from web.asgi import Answer, Browser

pytestmark = pytest.mark.asyncio

ONE, SEVERAL = "/access/v1/evaluation", "/access/v1/evaluations"
FACE = law_face()


def evaluation(**changes: Any) -> dict[str, Any]:
    """苫小牧市 asks 法務省 for a survivor's family register, for 災害弔慰金: a permit."""
    asked: dict[str, Any] = {
        "subject": {"type": "institution", "id": "012131"},
        "action": {"name": "inquire", "properties": {"affair": {"source": ORDER, "row": "108"}, "purpose": {"item": "1"}}},
        "resource": {"type": "institution", "id": "moj", "properties": {"items": ["戸籍関係情報"], "relation": "survivor"}},
    }
    return asked | changes


def resource(*items: str, provider: str = "法務大臣", relation: str = "survivor") -> dict[str, Any]:
    return {"type": "capacity", "id": provider, "properties": {"items": list(items), "relation": relation}}


TAX = resource("地方税関係情報", provider="市町村長")


async def post(path: str, body: object, face: ASGIApp = FACE, kind: str = "application/json", more: Mapping[str, str] | None = None) -> Answer:
    sent = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return await Browser(face).post_bytes(path, sent, kind, dict(more or {}))


def read(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.text
    assert answer.header("content-type") == "application/json"
    found: dict[str, Any] = json.loads(answer.text)
    return found


async def test_the_question_on_the_page_is_permitted() -> None:
    page = (Path(__file__).parents[2] / "docs" / "law.md").read_text()
    asked = page.split("The standard face (AuthZEN 1.0)")[1].split("```")[1]
    assert read(await post(ONE, asked.encode()))["decision"] is True


async def test_a_permit_comes_with_basis_and_conditions() -> None:
    decision = read(await post(ONE, evaluation()))
    assert decision["decision"] is True
    assert f"{ORDER}#110-1-1-イ" in decision["context"]["basis"]
    assert decision["context"]["on"] == DAY.isoformat()
    assert [condition["code"] for condition in decision["context"]["conditions"]] == ["subject"]


async def test_a_denial_is_an_answer_with_every_ground_and_its_remedies() -> None:
    decision = read(await post(ONE, evaluation(resource=TAX)))
    assert decision["decision"] is False
    (ground,) = decision["context"]["grounds"]
    assert (ground["code"], ground["citation"]) == ("item-not-in-purpose", f"{ORDER}#110-1-1")
    assert ground["remedies"][0]["code"] == "other-purpose-item"
    assert set(ground["message"]) == {"ja", "en"}


async def test_it_says_what_the_command_says() -> None:
    question = {
        "on": "2024-06-01",
        "inquirer": {"capacity": "市町村長"},
        "affair": {"source": ORDER, "row": "108"},
        "provider": {"capacity": "法務大臣"},
        "purpose": {"item": "1"},
        "relation": "survivor",
        "items": ["戸籍関係情報"],
    }
    (line,) = answer_lines(json.dumps(question, ensure_ascii=False), load(), policy=Policy(demand="item"))
    asked = evaluation(subject={"type": "capacity", "id": "市町村長"}, resource=resource("戸籍関係情報"), context={"on": "2024-06-01"})
    assert read(await post(ONE, asked))["context"] == json.loads(line)


@pytest.mark.parametrize(
    ("institution", "codes"),
    [("462012", ["inquirer-suspended"]), ("402036", ["inquirer-assessment"])],
)
async def test_an_institution_stands_as_the_registry_says_whatever_the_caller_claims(institution: str, codes: list[str]) -> None:
    claims = {"facts": {"standing": True, "assessments_published": True}}
    decision = read(await post(ONE, evaluation(subject={"type": "institution", "id": institution}, context=claims)))
    found = [ground["code"] for ground in decision["context"]["grounds"]]
    assert decision["decision"] is False
    assert set(codes) <= set(found)


async def test_facts_count_for_parties_named_by_capacity() -> None:
    asked = evaluation(subject={"type": "capacity", "id": "市町村長"}, context={"facts": {"standing": False}})
    assert [ground["code"] for ground in read(await post(ONE, asked))["context"]["grounds"]] == ["inquirer-not-registered"]


async def test_the_level_of_the_mesh_is_asked_unless_the_row_is_wanted() -> None:
    action = {"name": "inquire", "properties": {"affair": {"source": ORDER, "row": "108"}}}
    bare = {"type": "capacity", "id": "法務大臣", "properties": {"items": ["戸籍関係情報"]}}
    asked = evaluation(action=action, resource=bare)
    assert read(await post(ONE, asked))["decision"] is False
    row = read(await post(ONE, asked | {"context": {"level": "row"}}))
    assert (row["decision"], row["context"]["level"]) == (True, "row")


async def test_the_law_edge_and_proposals_are_those_of_the_mesh() -> None:
    asked = evaluation(context={"on": "2026-01-01"})
    refused = read(await post(ONE, asked))
    assert [ground["code"] for ground in refused["context"]["grounds"]] == ["law-not-known"]
    marked = read(await post(ONE, asked, law_face(policy=Policy(law_edge="mark"))))
    assert (marked["decision"], marked["context"]["law_edge"]) == (True, "mark")


async def test_unknown_fields_are_ignored_as_the_standard_demands() -> None:
    asked = evaluation(extra={"a": 1}, context={"time": "2024-05-31T15:22-07:00", "device": "x"})
    asked["subject"] = asked["subject"] | {"properties": {"department": "福祉"}}
    assert read(await post(ONE, asked))["decision"] is True


async def test_several_questions_share_defaults_and_keep_their_order() -> None:
    asked = evaluation() | {"evaluations": [{}, {"resource": TAX}, {"subject": {"type": "capacity", "id": "市町村長"}}]}
    assert [one["decision"] for one in read(await post(SEVERAL, asked))["evaluations"]] == [True, False, True]


@pytest.mark.parametrize(
    ("semantic", "decisions"),
    [("execute_all", [True, False, True]), ("deny_on_first_deny", [True, False]), ("permit_on_first_permit", [True])],
)
async def test_the_three_semantics(semantic: str, decisions: list[bool]) -> None:
    asked = evaluation() | {"evaluations": [{}, {"resource": TAX}, {}], "options": {"evaluations_semantic": semantic, "another": 1}}
    assert [one["decision"] for one in read(await post(SEVERAL, asked))["evaluations"]] == decisions


@pytest.mark.parametrize("without", [{}, {"evaluations": []}])
async def test_without_evaluations_it_is_the_single_question(without: dict[str, Any]) -> None:
    assert read(await post(SEVERAL, evaluation() | without))["decision"] is True


async def test_a_question_at_fault_is_a_denial_with_its_error_and_spoils_no_other() -> None:
    nobody = {"type": "institution", "id": "999999"}
    asked = evaluation() | {"evaluations": [{"subject": nobody}, {"action": {"name": "read", "properties": {"affair": {}}}}, {"resource": "x"}, {}]}
    found = read(await post(SEVERAL, asked))["evaluations"]
    assert [one["decision"] for one in found] == [False, False, False, True]
    assert [one["context"]["error"]["status"] for one in found[:3]] == [404, 400, 400]
    assert found[0]["context"]["error"]["problem"]["what"]["ja"]


async def test_a_question_at_fault_ends_a_chain_that_ends_at_the_first_denial() -> None:
    asked = evaluation() | {"evaluations": [{"resource": "x"}, {}], "options": {"evaluations_semantic": "deny_on_first_deny"}}
    assert [one["decision"] for one in read(await post(SEVERAL, asked))["evaluations"]] == [False]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (ONE, b"", "evaluation-unreadable"),
        (ONE, b"[]", "evaluation-unreadable"),
        (ONE, b"[" * 100_000, "evaluation-unreadable"),
        (ONE, b'{"subject": "\xff"}', "evaluation-unreadable"),
        (ONE, {"subject": {"type": "institution", "id": "012131"}}, "evaluation-unreadable"),
        (ONE, evaluation(subject={"type": "user", "id": "alice"}), "evaluation-unreadable"),
        (ONE, evaluation(action={"name": "delete", "properties": {"affair": {"source": ORDER, "row": "108"}}}), "action-unknown"),
        (ONE, evaluation(subject={"type": "institution", "id": "999999"}), "institution-not-registered"),
        (ONE, evaluation(context={"on": "yesterday"}), "question-malformed"),
        (ONE, evaluation(resource=resource("戸籍関係情報", relation="friend")), "question-malformed"),
        (SEVERAL, {"evaluations": [{}]}, "evaluation-unreadable"),
        (SEVERAL, evaluation() | {"evaluations": [{}] * (MOST + 1)}, "evaluation-unreadable"),
        (SEVERAL, evaluation() | {"evaluations": [{}], "options": {"evaluations_semantic": "any"}}, "evaluation-unreadable"),
    ],
)
async def test_what_cannot_be_read_is_a_bad_request_in_words(path: str, body: object, code: str) -> None:
    answer = await post(path, body)
    problem = json.loads(answer.text)
    assert (answer.status, problem["type"]) == (400, f"urn:enishi:problem:{code}")
    assert problem["what"]["ja"]
    assert problem["next"]["en"]


async def test_other_content_and_other_methods_are_refused() -> None:
    assert (await post(ONE, evaluation(), kind="text/plain")).status == 400
    assert (await Browser(FACE, accept="application/json").get(ONE)).status == 405
    assert (await post(ONE, b" " * 300_000)).status == 413


async def test_the_request_id_comes_back_with_answers_and_with_errors() -> None:
    for body in (evaluation(), b"{}"):
        assert (await post(ONE, body, more={"x-request-id": "bfe9eb29-ab87"})).header("x-request-id") == "bfe9eb29-ab87"
    assert (await post(ONE, evaluation())).header("x-request-id") == ""


async def test_the_metadata_names_what_there_is() -> None:
    answer = await Browser(FACE, accept="application/json").get("/.well-known/authzen-configuration")
    assert read(answer) == {
        "policy_decision_point": "http://exchange.localhost:8403",
        "access_evaluation_endpoint": "http://exchange.localhost:8403/access/v1/evaluation",
        "access_evaluations_endpoint": "http://exchange.localhost:8403/access/v1/evaluations",
    }


async def test_who_asks_too_often_is_asked_to_wait() -> None:
    at = [0.0]
    face = law_face(allowance=Allowance(1.0, 3.0, lambda: at[0]))
    assert (await post(SEVERAL, evaluation() | {"evaluations": [{}] * 3}, face)).status == 200
    refused = await post(ONE, evaluation(), face)
    assert (refused.status, refused.header("retry-after")) == (429, "1")
    at[0] = 1.0
    assert (await post(ONE, evaluation(), face)).status == 200


async def test_nothing_in_an_answer_is_a_key_to_the_mesh() -> None:
    decision = read(await post(ONE, evaluation()))
    assert sorted(decision) == ["context", "decision"]
    assert sorted(decision["context"]) == ["basis", "conditions", "doubts", "grounds", "level", "on", "verdict"]


KEYS = [*evaluation(), "context", "evaluations", "id", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
ANY = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(ANY, st.sampled_from([ONE, SEVERAL]))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_body_breaks_it(body: bytes, path: str) -> None:
    answer = await post(path, body, law_face_of_any())
    assert answer.status in (200, 400)
    assert isinstance(json.loads(answer.text), dict)


@given(st.sampled_from(["subject", "action", "resource", "context"]), JSON)
@settings(max_examples=300, deadline=None)
async def test_no_part_of_a_question_breaks_it(part: str, value: object) -> None:
    answer = await post(SEVERAL, evaluation() | {"evaluations": [{part: value}, {}]}, law_face_of_any())
    assert answer.status in (200, 400)


_ANY: list[ASGIApp] = []


def law_face_of_any() -> ASGIApp:
    """A face without a bound on questions, made once."""
    if not _ANY:
        _ANY.append(law_face(date(2024, 6, 1), Allowance(1e9, 1e9, lambda: 0.0)))
    return _ANY[0]
