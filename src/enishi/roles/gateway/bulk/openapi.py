"""The description of the doors for many at once, for the API's own (OpenAPI 3.1)."""

from typing import Any, Final

from enishi.roles.gateway.bulk.results import BulkShown, CaseShown, RowShown
from enishi.roles.gateway.described import faults
from enishi.roles.gateway.question import InquiryRequest

FORMS: Final = (BulkShown, CaseShown, RowShown, InquiryRequest)
_NUMBER: Final = {"name": "number", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A quoted string; the same bytes under it give the same number",
    "schema": {"type": "string", "pattern": '^"[ !#-\\[\\]-~]{1,255}"$'},
}
_CALLBACK: Final = {"name": "callback", "in": "query", "description": "Told when the state changes", "schema": {"type": "string", "maxLength": 500}}
_AFTER: Final = {"name": "after", "in": "query", "description": "Cursor of the Link before", "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"}}
_CASE: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["questions"],
    "properties": {
        "questions": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"$ref": "#/components/schemas/InquiryRequest"}},
        "callback": {"type": "string", "maxLength": 500},
    },
}
_FORM: Final = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "callback": {"type": "string"},
        "layout": {"enum": ["ndjson", "comma", "fixed"]},
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
    },
}


def paths() -> dict[str, Any]:
    """The paths, each with its verbs."""
    text = {"schema": {"type": "string"}}
    bulk_body = {
        "application/x-ndjson": {"schema": {"type": "string", "description": "One InquiryRequest about one person on each line"}},
        "text/csv": {"schema": {"type": "string", "description": "The 18 fields with commas"}},
        "text/plain": {"schema": {"type": "string", "description": "The 18 fields in fixed width, 220 bytes a line"}},
        "multipart/form-data": {"schema": _FORM},
    }
    case = {"application/json": {"schema": _ref("CaseShown")}}
    shown = {"application/json": {"schema": _ref("BulkShown")}}
    lines = {"application/x-ndjson": {"schema": _ref("RowShown")}}
    return {
        "/v1/cases": {
            "post": _verb("openCase", "Ask several questions at once", {"200": case, "202": case}, {"application/json": {"schema": _CASE}})
            | {"parameters": [_KEY]}
        },
        "/v1/cases/{number}": {
            "parameters": [_NUMBER],
            "get": _verb("case", "Read a case, question by question", {"200": case, "202": case}),
        },
        "/v1/bulk": {
            "post": _verb("askBulk", "Accept up to 10,000 rows; answered once they are durable", {"202": shown}, bulk_body)
            | {"parameters": [_KEY, _CALLBACK]}
        },
        "/v1/bulk/{number}": {
            "parameters": [_NUMBER],
            "get": _verb("progress", "Rows by state", {"200": shown}),
            "delete": _verb("cancelBulk", "Take back what is not sent yet; what was sent stays recorded", {"200": shown}),
        },
        "/v1/bulk/{number}/results": {
            "parameters": [_NUMBER, _AFTER],
            "get": _verb("results", "A RowShown on each line, in the order of the rows", {"200": lines}),
        },
        "/v1/bulk/{number}/file": {
            "parameters": [_NUMBER],
            "get": _verb("resultFile", "The result file, in the layout that came in", {"200": {"text/csv": text, "text/plain": text}}),
        },
    }


def _verb(name: str, summary: str, replies: dict[str, Any], body: dict[str, Any] | None = None) -> dict[str, Any]:
    said = {"200": "Done", "202": "Accepted; what is still to come follows"}
    responses: dict[str, Any] = {status: {"description": said[status], "content": content} for status, content in replies.items()}
    verb = {"operationId": name, "summary": summary, "responses": responses | faults()}
    return verb | ({"requestBody": {"required": True, "content": body}} if body else {})


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
