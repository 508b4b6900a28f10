"""The description of the doors for what officials look up, for the API's own (OpenAPI 3.1)."""

from typing import Any, Final

from enishi.roles.gateway.described import faults
from enishi.roles.gateway.register.history import CopyHistory, CopyShown
from enishi.roles.gateway.register.holder import HolderRequest, HolderShown

REGISTER_FORMS: Final = (CopyShown, CopyHistory, HolderRequest, HolderShown)
_PERSON: Final = {
    "name": "person",
    "in": "path",
    "required": True,
    "description": "The institution's own number",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
}
_ITEM: Final = {"name": "item", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z_]{1,60}$"}}
_PERIOD: Final = {
    "name": "period",
    "in": "query",
    "description": "Of an item by fiscal year",
    "schema": {"type": "string", "pattern": "^20[0-9]{2}$"},
}
_BEFORE: Final = {
    "name": "before",
    "in": "query",
    "description": "`next` of the page before",
    "schema": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
}


def register_paths() -> dict[str, Any]:
    """The path items of `/v1/copies` and `/v1/holders`."""
    copy = _verb("copy", "The copy of a person that answers now, and as of when its source held it", "CopyShown")
    history = _verb(
        "copyHistory", "Every copy of a person that was ever answered from, newest first, corrected and taken back ones too", "CopyHistory"
    )
    holder = _verb("holder", "Whom to ask, worked out from own documents and the registry held here; nobody is asked", "HolderShown")
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/HolderRequest"}}}}
    return {
        "/v1/copies/{person}/{item}": {"parameters": [_PERSON, _ITEM, _PERIOD], "get": copy},
        "/v1/copies/{person}/{item}/history": {"parameters": [_PERSON, _ITEM, _PERIOD, _BEFORE], "get": history},
        "/v1/holders": {"post": holder | {"requestBody": body}},
    }


def _verb(name: str, summary: str, reply: str) -> dict[str, Any]:
    done = {"description": "Done", "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{reply}"}}}}
    return {"operationId": name, "summary": summary, "responses": {"200": done} | faults()}
