"""The API as callers meet it: credentials, forms, status codes, problem documents, and a description that matches."""

import base64
from functools import reduce
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Fault
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.desk import read_decision
from enishi.roles.gateway.identifiers import read_id
from enishi.roles.gateway.question import read_question
from enishi.sentences.problems import GENERIC, texts
from gateway.asgi_gateway import Answer, call
from gateway.world_gateway import KNOWN, PROTECTED, TOKEN, UNKNOWN_AT_B, A, B, Operators

AT_A, AT_B = f"{TOKEN}-{A}", f"{TOKEN}-{B}"
REQUEST: dict[str, Any] = {
    "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
    "purpose_item": "3",
    "items": ["jumin"],
    "provider": B,
    "person": KNOWN,
    "relation": "applicant",
    "case": "case-1",
}


def body(**changes: object) -> bytes:
    return msgspec.json.encode({name: value for name, value in (REQUEST | changes).items() if value is not None})


async def post(gateway: Gateway, content: bytes, token: str = AT_A) -> Answer:
    app = gateway.face()
    assert app is not None
    return await call(app, "POST", "/v1/inquiries", content, token)


async def get(gateway: Gateway, path: str, token: str = AT_A) -> Answer:
    app = gateway.face()
    assert app is not None
    return await call(app, "GET", path, b"", token)


@pytest.mark.asyncio
async def test_an_inquiry_and_its_answer(gateway: Gateway) -> None:
    answer = await post(gateway, body())
    assert answer.status == 200
    (item,) = answer.body["items"]
    assert (answer.body["state"], item["verdict"], item["outcome"]) == ("ended", "permit", "provided")
    assert item["documents"]["jumin"][0]["v"] == "jumin.v2"
    assert item["basis"] == ["506M60004008009@2024-05-27#2/108"]
    assert item["receipt"]["at"].endswith("+09:00")
    txid = bytes.fromhex(answer.body["txid"])
    for path in (txid.hex(), base64.urlsafe_b64encode(txid).decode().rstrip("=")):
        assert (await get(gateway, f"/v1/inquiries/{path}")).body == answer.body


@pytest.mark.asyncio
async def test_several_people_and_a_refusal_by_law(gateway: Gateway) -> None:
    people = [{"person": person, "relation": "applicant", "case": str(i)} for i, person in enumerate((KNOWN, UNKNOWN_AT_B))]
    several = await post(gateway, body(person=None, relation=None, case=None, people=people))
    assert [item["outcome"] for item in several.body["items"]] == ["provided", "no_such_person"]
    refused = await post(gateway, body(affair=REQUEST["affair"] | {"row": "999"}))
    assert (refused.status, refused.body["items"][0]["verdict"]) == (200, "refusal")
    assert refused.body["items"][0]["grounds"][0]["message"].keys() == {"ja", "en"}


@pytest.mark.asyncio
async def test_a_held_item_by_way_of_the_desk(gateway: Gateway) -> None:
    waiting = await post(gateway, body(person=PROTECTED))
    assert (waiting.status, waiting.body["items"][0]["outcome"]) == (202, "held")
    assert waiting.body["items"][0]["deadline"] is not None
    listed = await get(gateway, "/v1/held", AT_B)
    (held,) = listed.body["items"]
    assert (held["inquirer"], held["person"], held["relation"]) == (A, "9" + PROTECTED, "applicant")
    assert (await get(gateway, "/v1/held", AT_A)).body == {"items": [], "due_soon": 0, "overdue": 0}
    app = gateway.face()
    assert app is not None
    for decision, status in (({"decision": "refuse"}, 400), ({"decision": "provide"}, 200), ({"decision": "provide"}, 409)):
        answer = await call(app, "POST", f"/v1/held/{held['item_id']}", msgspec.json.encode(decision), AT_B)
        assert answer.status == status
    after = await get(gateway, f"/v1/inquiries/{waiting.body['txid']}")
    assert (after.status, after.body["items"][0]["outcome"]) == (200, "provided")


@pytest.mark.asyncio
async def test_an_inquiry_is_accepted_while_the_exchange_is_away(gateway: Gateway, operators: Operators) -> None:
    operators.down = True
    accepted = await post(gateway, body())
    assert (accepted.status, accepted.body["state"], accepted.body["items"][0]["verdict"]) == (202, "sending", None)
    operators.down = False
    after = await get(gateway, f"/v1/inquiries/{accepted.body['txid']}")
    assert (after.status, after.body["state"]) == (200, "ended")


@pytest.mark.asyncio
async def test_no_credential_no_answer(gateway: Gateway) -> None:
    app = gateway.face()
    assert app is not None
    for token, slug in (("", "credential-missing"), ("guessed", "credential-unknown"), (AT_A + "x", "credential-unknown")):
        for method, path in (("POST", "/v1/inquiries"), ("GET", "/v1/inquiries/" + "0" * 64), ("GET", "/v1/held"), ("POST", "/v1/held/" + "0" * 64)):
            answer = await call(app, method, path, b"{}", token)
            assert (answer.status, answer.body["type"]) == (401, f"urn:enishi:problem:{slug}")
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.asyncio
async def test_another_tenant_does_not_see_the_inquiry(gateway: Gateway) -> None:
    answer = await post(gateway, body())
    assert (await get(gateway, f"/v1/inquiries/{answer.body['txid']}", AT_B)).status == 404


BAD: list[tuple[bytes, int, str]] = [
    (b"", 400, "request-unreadable"),
    (b"\xff\xfe", 400, "request-unreadable"),
    (b"[" * 100_000, 400, "request-unreadable"),
    (body(surprise=1), 400, "request-unreadable"),
    (body(items=[]), 400, "request-unreadable"),
    (body(items=["no such item"]), 404, "item-unknown"),
    (body(items=["jumin", "住民票関係情報"]), 400, "item-twice"),
    (body(items=["local_tax"]), 400, "period-missing"),
    (body(items=["local_tax"], period="２０２４"), 400, "period-wrong"),
    (body(person=None), 400, "person-missing"),
    (body(relation=None), 400, "relation-missing"),
    (body(people=[{"person": KNOWN, "relation": "applicant"}]), 400, "people-mixed"),
    (body(person="9999999999"), 404, "person-unknown"),
    (body(provider="999999"), 404, "institution-unknown"),
    (body(provider=A), 400, "parties-equal"),
    (body(purpose_item="one"), 400, "purpose-item-wrong"),
    (b" " * (256 * 1024 + 1), 413, "message-too-large"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("content", "status", "slug"), BAD)
async def test_bad_input_gets_a_problem_document_and_leaves_nothing(
    gateway: Gateway, operators: Operators, content: bytes, status: int, slug: str
) -> None:
    answer = await post(gateway, content)
    assert (answer.status, answer.body["type"]) == (status, f"urn:enishi:problem:{slug}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["what"].keys() == answer.body["why"].keys() == answer.body["next"].keys() == {"ja", "en"}
    assert operators.messages == []
    assert await gateway.tenants[A].database.read(lambda connection: connection.execute("SELECT COUNT(*) FROM asked").fetchone()) == (0,)


@pytest.mark.asyncio
async def test_a_fault_says_no_addressee_number(gateway: Gateway) -> None:
    answer = await post(gateway, body(person="7777777777"))
    assert "7777777777" not in msgspec.json.encode(answer.body).decode()


@pytest.mark.asyncio
async def test_calls_are_counted_by_path_and_outcome(gateway: Gateway) -> None:
    app = gateway.face()
    assert app is not None
    await call(app, "POST", "/v1/inquiries", body(person="7777777777"), AT_A)
    await call(app, "GET", "/v1/held")
    counted = (await call(app, "GET", "/metrics", b"", AT_A)).body
    assert 'enishi_calls_total{path="/v1/inquiries",outcome="person-unknown"} 1.0' in counted
    assert 'enishi_calls_total{path="/v1/held",outcome="credential-missing"} 1.0' in counted
    assert "7777777777" not in counted
    assert (await call(app, "GET", "/metrics")).status == 401


@pytest.mark.asyncio
async def test_unknown_paths_and_methods(gateway: Gateway) -> None:
    app = gateway.face()
    assert app is not None
    assert (await call(app, "GET", "/v2", b"", AT_A)).status == 404
    assert (await call(app, "DELETE", "/v1/held", b"", AT_A)).status == 405
    assert (await get(gateway, "/v1/inquiries/none")).body["type"] == "urn:enishi:problem:id-unreadable"


@pytest.mark.asyncio
async def test_officials_see_and_decide_people_s_own_requests_by_credential(gateway: Gateway) -> None:
    """What is decided, and with what words, is shown on all roles together (tests/attacks/test_own_deciding.py)."""
    app = gateway.face()
    assert app is not None
    assert (await call(app, "GET", "/v1/disclosures")).status == 401
    assert (await get(gateway, "/v1/disclosures", AT_B)).body == {"disclosures": []}
    path = "/v1/disclosures/" + "0" * 64
    assert (await call(app, "POST", path, b'{"decision":"provide"}', AT_B)).status == 404
    assert (await call(app, "POST", path, b'{"decision":"refuse","citation":"425AC0000000027#26"}', AT_B)).status == 400
    assert (await call(app, "POST", path, b"no decision", AT_B)).status == 400


@pytest.mark.asyncio
async def test_the_description_names_every_path_and_resolves(gateway: Gateway) -> None:
    answer = await get(gateway, "/v1/openapi.json", "")
    desk = {"/v1/held", "/v1/held/{item_id}", "/v1/marks", "/v1/marks/{mark}/lift", "/v1/subscriptions", "/v1/subscriptions/{item_id}/end"}
    evidence = {"/v1/evidence", "/v1/evidence/{item_id}"}
    own = {
        "/v1/disclosures",
        "/v1/disclosures/represented",
        "/v1/disclosures/{item_id}",
        "/v1/letters",
        "/v1/letters/{letter_id}",
        "/v1/letters/{letter_id}/answer",
    }
    many = {"/v1/status", "/v1/cases", "/v1/cases/{number}", "/v1/bulk", "/v1/bulk/{number}", "/v1/bulk/{number}/results", "/v1/bulk/{number}/file"}
    register = {"/v1/handed/{reference}", "/v1/copies/{person}/{item}", "/v1/copies/{person}/{item}/history", "/v1/holders"}
    register |= {"/v1/mandates", "/v1/mandates/{reference}", "/v1/mandates/{reference}/end"}
    law = {"/v1/representations", "/v1/representations/{entry}/end", "/v1/representations/{entry}/confirm"}
    beside = many | register | law
    assert set(answer.body["paths"]) - beside == {"/v1/inquiries", "/v1/inquiries/{txid}", *desk, *own, "/v1/reconciliation"} | evidence
    assert register | law <= set(answer.body["paths"])
    text = msgspec.json.encode(answer.body).decode()
    pointers = {part.split('"')[0] for part in text.split('"#/')[1:]}
    assert any("/$defs/" in pointer for pointer in pointers)
    for pointer in pointers:
        reduce(lambda place, key: place[key], pointer.split("/"), answer.body)


@pytest.mark.parametrize("slug", ["person-unknown", "credential-unknown", "inquiry-unknown", "outcome-other-item", "import-unreadable"])
def test_faults_have_their_texts(slug: str) -> None:
    assert texts(slug) is not GENERIC


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.integers(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)).map(msgspec.json.encode)
)
def test_no_request_raises_anything_but_a_fault(content: bytes) -> None:
    for read in (read_question, read_decision):
        try:
            read(content)
        except Fault:
            continue


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_no_id_raises_anything_but_a_fault(text: str) -> None:
    try:
        assert len(read_id(text, "txid")) == 32
    except Fault:
        return


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_an_id_reads_back_in_both_forms(raw: bytes) -> None:
    assert read_id(raw.hex(), "txid") == read_id(base64.urlsafe_b64encode(raw).decode().rstrip("="), "txid") == raw
