"""The description of the door for what people handed over, for the API's own (OpenAPI 3.1)."""

from typing import Any, Final

from enishi.roles.gateway.described import faults
from enishi.roles.gateway.offers.face import PATH, HandedRequest, HandedShown

OFFER_FORMS: Final = (HandedRequest, HandedShown)
_REFERENCE: Final = {
    "name": "reference",
    "in": "path",
    "required": True,
    "description": "受付番号, as the person was shown it",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}


def offer_paths() -> dict[str, Any]:
    """The path item of `/v1/handed/{reference}`."""
    shown = {"application/json": {"schema": {"$ref": "#/components/schemas/HandedShown"}}}
    responses = {"200": {"description": "Done", "content": shown}} | faults()
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/HandedRequest"}}}}
    get = {"operationId": "handed", "summary": "An application by which a person handed over the number, without the number", "responses": responses}
    post = {"operationId": "settleHanded", "summary": "Say whose application it is, by the institution's own number", "responses": responses}
    return {PATH: {"parameters": [_REFERENCE], "get": get, "post": post | {"requestBody": body}}}
