"""The description of the doors for mandates, for the API's own (OpenAPI 3.1)."""

from typing import Any, Final

from enishi.roles.gateway.agents.face import END, LIST, MOST, ONE, MandateShown
from enishi.roles.gateway.described import faults

AGENT_FORMS: Final = (MandateShown,)
_SHOWN: Final = {"$ref": "#/components/schemas/MandateShown"}
_REFERENCE: Final = {
    "name": "reference",
    "in": "path",
    "required": True,
    "description": "受付番号, as the person was shown it",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_QUERY: Final = [
    {"name": "state", "in": "query", "schema": {"enum": ["standing", "deleted"]}},
    {"name": "after", "in": "query", "description": "the last reference of the page before", "schema": {"type": "string"}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100}},
]


def agent_paths() -> dict[str, Any]:
    """The path items of `/v1/mandates` and what lies below."""
    one = {"200": {"description": "Done", "content": {"application/json": {"schema": _SHOWN}}}} | faults()
    link = {"Link": {"description": "the next page, where there is one", "schema": {"type": "string"}}}
    lines = {"200": {"description": "One mandate a line", "headers": link, "content": {"application/jsonl": {"schema": _SHOWN}}}} | faults()
    listed = {"operationId": "mandates", "summary": "What people let this agent hand in for them", "parameters": _QUERY, "responses": lines}
    shown = {"operationId": "mandate", "summary": "One mandate, without the number", "responses": one}
    ended = {"operationId": "endMandate", "summary": "Give a mandate up: number and mandate are deleted at once", "responses": one}
    return {LIST: {"get": listed}, ONE: {"parameters": [_REFERENCE], "get": shown}, END: {"parameters": [_REFERENCE], "post": ended}}
