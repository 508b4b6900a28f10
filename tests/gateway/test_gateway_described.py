"""The API as its own description has it: whatever is sent, the answer is one that is documented, and a fault says what, why and what next."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.transport import Response
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi import checks

from enishi.roles.gateway.bulk import face as bulk_face
from enishi.roles.gateway.openapi import document
from enishi.sentences.problems import GENERIC, TYPE_PREFIX, texts
from gateway.asgi_gateway import Answer
from gateway.seeded_gateway import AT_A, AT_B, Seeded, seeded

pytestmark = pytest.mark.xdist_group("described")
# Credentials have a test of their own: here every call has one, whatever else is wrong with it.
DESCRIBED = msgspec.json.decode(msgspec.json.encode({name: part for name, part in document().items() if name != "security"}))
OPERATIONS = {f"{one.ok().method.upper()} {one.ok().path}": one.ok() for one in from_dict(DESCRIBED).get_all_operations()}
DOCUMENTED = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ROWS_FAIL_ALONE = ("/v1/bulk", "/v1/cases")
"""Here what is wrong with a row is the row's own problem, and the message is taken."""
EXAMPLES = 14
SENT = ("method", "url", "headers", "files", "data", "params", "cookies", "json")
LEAKS = (b"Traceback", b'File \\"', b".py", b"sqlite", b"enishi.roles", b"object at 0x", b"msgspec")
few = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    with pytest.MonkeyPatch.context() as patch, seeded(tmp_path_factory.mktemp("described")) as started:
        patch.setattr(bulk_face, "PATIENCE_S", 0.05)
        yield started


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_answer_is_one_that_is_documented(platform: Seeded, name: str) -> None:
    operation = OPERATIONS[name]

    @few
    @given(st.data())
    def go(data: st.DataObject) -> None:
        lawful = data.draw(st.booleans())
        case = data.draw(operation.as_strategy(GenerationMode.POSITIVE if lawful else GenerationMode.NEGATIVE))
        if lawful:
            season(platform, case, data)
        answer, made = send(platform, case, data.draw(st.sampled_from([AT_A, AT_B])))
        rejection = [] if lawful or operation.path in ROWS_FAIL_ALONE else [checks.negative_data_rejection]
        judge(case, answer, made, DOCUMENTED + rejection)

    go()


@pytest.mark.parametrize("token", ["", "of-nobody", AT_A[:-1], AT_A + "ä"])
def test_without_its_credential_nothing_is_answered_but_that(platform: Seeded, token: str) -> None:
    for name in OPERATIONS:
        method, path = name.split(" ")
        for parameter, ids in platform.ids.items():
            path = path.replace(f"{{{parameter}}}", ids[0])
        answer = platform.call(method, path, b"{}", token)
        assert answer.status == 401, name
        well_said(answer)


def test_what_no_verb_takes_is_said_in_the_same_form(platform: Seeded) -> None:
    for path in {name.split(" ")[1] for name in OPERATIONS} | {"/", "/v1", "/v1/inquiries/", "/v1/%00", "/v2/inquiries"}:
        for method in ("PUT", "PATCH", "TRACE", "get"):
            answer = platform.call(method, path)
            assert answer.status in (404, 405), (method, path)
            well_said(answer)


def season(platform: Seeded, case: Any, data: st.DataObject) -> None:
    """Put some of what exists in place of what was made up: at random nobody meets an id, a person or a data item."""
    words = platform.words()
    for name in case.path_parameters:
        if data.draw(st.integers(0, 3)):
            case.path_parameters[name] = data.draw(st.sampled_from(platform.ids[name]))
    if isinstance(case.body, dict):
        case.body = {
            name: data.draw(st.sampled_from(words[name])) if name in words and data.draw(st.integers(0, 3)) else value
            for name, value in case.body.items()
        }
    if case.media_type == "application/x-ndjson" and data.draw(st.booleans()):
        case.body = "\n".join(data.draw(st.lists(st.sampled_from([msgspec.json.encode(one).decode() for one in words["questions"][0]]), max_size=3)))


def send(platform: Seeded, case: Any, token: str) -> tuple[Answer, requests.PreparedRequest]:
    """What the case says, as it goes over the wire, put to the application."""
    given_case = case.as_transport_kwargs("http://gateway.localhost")
    made = requests.Request(**{name: given_case[name] for name in SENT if name in given_case}).prepare()
    path, _, query = made.path_url.partition("?")
    body = made.body or b""
    headers = {name.lower(): str(value) for name, value in made.headers.items()}
    content = body if isinstance(body, bytes) else body.encode()
    return platform.call(str(made.method), requests.utils.unquote(path), content, token, headers, query), made


def judge(case: Any, answer: Answer, made: requests.PreparedRequest, wanted: list[Any]) -> None:
    response = Response(answer.status, {name: [value] for name, value in answer.headers.items()}, answer.raw, made, 0.1, True)
    case.validate_response(response, checks=wanted)
    if answer.status >= 300:
        well_said(answer)


def well_said(answer: Answer) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status < 500 or answer.status == 503, answer.body
    assert answer.body["status"] == answer.status
    assert texts(answer.body["type"].removeprefix(TYPE_PREFIX)) is not GENERIC, answer.body
    assert all(answer.body[said][language] for said in ("what", "why", "next") for language in ("ja", "en"))
    assert ("retry-after" in answer.headers) == (answer.status in (429, 503))
    assert not [leaked for leaked in LEAKS if leaked in answer.raw], answer.raw
