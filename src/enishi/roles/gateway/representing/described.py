"""The description of the doors for who represents whom, for the API's own (OpenAPI 3.1)."""

from typing import Any, Final

from enishi.roles.gateway.described import faults
from enishi.roles.gateway.representing.entering import RepresentationRequest
from enishi.roles.gateway.representing.face import CONFIRM, END, LIST, RepresentationList, RepresentationShown

REPRESENTATION_FORMS: Final = (RepresentationRequest, RepresentationShown, RepresentationList)
_ENTRY: Final = {"name": "entry", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}


def representation_paths() -> dict[str, Any]:
    """The path items; each demands the office `representations`."""
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RepresentationRequest"}}}}
    return {
        LIST: {
            "get": _verb("representations", "List who represents whom by law, as entered here, the newest first", "RepresentationList"),
            "post": _verb("enterRepresentation", "Enter a parent or guardian; the registrar is told", "RepresentationShown") | {"requestBody": body},
        },
        END: {"parameters": [_ENTRY], "post": _verb("endRepresentation", "End a relation that was entered here", "RepresentationShown")},
        CONFIRM: {
            "parameters": [_ENTRY],
            "post": _verb("confirmRepresentation", "Let one representative of a person who is protected here act again", "RepresentationShown"),
        },
    }


def _verb(name: str, summary: str, form: str) -> dict[str, Any]:
    found = {"application/json": {"schema": {"$ref": f"#/components/schemas/{form}"}}}
    return {"operationId": name, "summary": summary, "responses": {"200": {"description": "Done", "content": found}} | faults()}
