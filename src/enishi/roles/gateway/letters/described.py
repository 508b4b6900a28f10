"""The description of the doors for people's letters, for the API's own (OpenAPI 3.1)."""

from typing import Any, Final

from enishi.roles.gateway.described import faults
from enishi.roles.gateway.letters.desk import LetterAnswerRequest
from enishi.roles.gateway.letters.face import ANSWER, LIST, ONE, LetterList, LetterWhole

LETTER_FORMS: Final = (LetterList, LetterWhole, LetterAnswerRequest)
_ID: Final = {
    "name": "letter_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^([0-9a-fA-F]{64}|[A-Za-z0-9_-]{43})$"},
}
_STATE: Final = {"name": "state", "in": "query", "schema": {"enum": ["received", "answered"]}}


def letter_paths() -> dict[str, Any]:
    """The path items of the letters; each demands the office `letters`."""
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LetterAnswerRequest"}}}}
    whole = _verb("letter", "A person's letter with everything in it", "LetterWhole")
    answer = _verb("answerLetter", "Answer a letter once; a correction or suspension with a decision", "LetterWhole") | {"requestBody": body}
    return {
        LIST: {"get": _verb("letters", "List people's letters to this institution, the most urgent first", "LetterList") | {"parameters": [_STATE]}},
        ONE: {"parameters": [_ID], "get": whole},
        ANSWER: {"parameters": [_ID], "post": answer},
    }


def _verb(name: str, summary: str, form: str) -> dict[str, Any]:
    found = {"application/json": {"schema": {"$ref": f"#/components/schemas/{form}"}}}
    return {"operationId": name, "summary": summary, "responses": {"200": {"description": "Done", "content": found}} | faults()}
