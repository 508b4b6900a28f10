"""One row of a message: a question about one person, or the fault with which it fails alone."""

from typing import Annotated, Final, Literal

import msgspec

from enishi.errors import Fault, Malformed, Oversized
from enishi.roles.gateway.bulk.lines import LINE_LIMIT, Line
from enishi.roles.gateway.question import InquiryRequest, Question, read_question

MAX_ROWS: Final = 10_000
"""Rows of one message."""
MAX_QUESTIONS: Final = 100
"""Questions of one case."""
MAX_PEOPLE: Final = 500
"""People of one case, over all its questions."""
Kind = Literal["case", "ndjson", "comma", "fixed"]


class Row(msgspec.Struct, frozen=True):
    """A row as it is stored: its line, the question as JSON (empty where it failed), the fields of a file's row as they came, the fault."""

    line: int
    question: bytes = b""
    fields: tuple[str, ...] = ()
    fault: Fault | None = None


class CaseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /v1/cases: questions that belong together, and the address that is told when they have ended."""

    questions: Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(min_length=1, max_length=MAX_QUESTIONS)]
    callback: Annotated[str, msgspec.Meta(max_length=500)] = ""


def stream_row(line: Line) -> Row:
    """The row of one line of NDJSON."""
    try:
        content = whole(line)
        question = read_question(content)
        if len(question.people) != 1:
            raise Malformed("row-many-people", field="people")
        return Row(line.number, content)
    except Fault as fault:
        return Row(line.number, fault=fault)


def whole(line: Line) -> bytes:
    """The content of a line; Oversized("row-too-large")."""
    if line.content is None:
        raise Oversized("row-too-large", f"{LINE_LIMIT}", "line")
    return line.content


def read_case(body: bytes) -> tuple[CaseRequest, list[Row]]:
    """Read a case: a row for every person of every question, the question's place in `line`; Malformed("request-unreadable"), Oversized."""
    try:
        case = msgspec.json.decode(body, type=CaseRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error
    rows = [row for place, raw in enumerate(case.questions, 1) for row in _rows(place, bytes(raw))]
    if len(rows) > MAX_PEOPLE:
        raise Oversized("case-too-large", f"{MAX_PEOPLE}", "questions")
    return case, rows


def _rows(place: int, raw: bytes) -> list[Row]:
    try:
        question = read_question(raw)
        return [Row(place, question_json(msgspec.structs.replace(question, people=(one,)))) for one in question.people]
    except Fault as fault:
        return [Row(place, fault=fault)]


def question_json(question: Question) -> bytes:
    """A question about one person in the API's own form."""
    (subject,) = question.people
    return msgspec.json.encode(
        InquiryRequest(
            affair=question.affair,
            purpose_item=question.purpose_item,
            items=question.items,
            provider=question.provider,
            person=subject.person,
            relation=subject.relation,
            period=subject.period,
            case=subject.case,
        )
    )
