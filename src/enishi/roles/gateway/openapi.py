"""The description of the API (OpenAPI 3.1), with the schemas of the very types that are read and written."""

from functools import cache
from typing import Any, Final

import msgspec

from enishi import items
from enishi.protocol.handed import Handed
from enishi.roles.gateway.agents.described import AGENT_FORMS, agent_paths
from enishi.roles.gateway.answering.marking import MarkRequest
from enishi.roles.gateway.bulk import openapi as bulk
from enishi.roles.gateway.described import PROBLEM, faults
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.deskface import HeldList, MarkList, MarkShown
from enishi.roles.gateway.events.eventing import SubscriptionRequest
from enishi.roles.gateway.events.face import SubscriptionList
from enishi.roles.gateway.evidence.described import EVIDENCE_FORMS, evidence_paths
from enishi.roles.gateway.joining.described import status_path
from enishi.roles.gateway.joining.statusface import STATUS_FORMS
from enishi.roles.gateway.letters.described import LETTER_FORMS, letter_paths
from enishi.roles.gateway.offers.described import OFFER_FORMS, offer_paths
from enishi.roles.gateway.question import InquiryRequest
from enishi.roles.gateway.register.described import REGISTER_FORMS, register_paths
from enishi.roles.gateway.representing.described import REPRESENTATION_FORMS, representation_paths
from enishi.roles.gateway.self_disclosure.face import BY_REPRESENTATIVES, LIST, ONE, DisclosureList, RepresentedList
from enishi.roles.gateway.shown import InquiryShown

_DESK: Final = (HeldList, Decision, MarkRequest, MarkShown, MarkList)
_FORMS: Final = (
    InquiryRequest,
    InquiryShown,
    Handed,
    *_DESK,
    DisclosureList,
    RepresentedList,
    SubscriptionRequest,
    SubscriptionList,
    *EVIDENCE_FORMS,
    *REGISTER_FORMS,
    *OFFER_FORMS,
    *LETTER_FORMS,
    *AGENT_FORMS,
    *REPRESENTATION_FORMS,
)


@cache
def document() -> dict[str, Any]:
    """The whole document; made once."""
    _, components = msgspec.json.schema_components((*_FORMS, *bulk.FORMS, *STATUS_FORMS), ref_template="#/components/schemas/{name}")
    forms = _item_forms()
    # A document is one of the published forms; which, it says in `v`.
    components["ItemShown"]["properties"]["documents"]["additionalProperties"]["items"] = {"anyOf": [_ref(name) for name in forms]}
    decided = {"type": "object", "properties": {"item_id": {"type": "string"}, "outcome": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Enishi gateway",
            "version": "1",
            "description": "Put inquiries under the Number Act and read what came of them. "
            "Times are RFC 3339; ids are 64 hexadecimal digits or base64url; every fault is a problem document in Japanese and English (RFC 9457).",
        },
        "security": [{"credential": []}],
        "paths": {
            "/v1/inquiries": {
                "post": _verb("inquire", "Put an inquiry", _ref("InquiryShown"), body="InquiryRequest", later="Recorded; outcomes follow")
            },
            "/v1/inquiries/{txid}": {
                "parameters": [_id("txid")],
                "get": _verb(
                    "inquiry", "Read an inquiry; asks for outcomes that were still to come", _ref("InquiryShown"), later="Outcomes still follow"
                ),
            },
            "/v1/held": {"get": _verb("held", "List inquiries to this institution that wait for an official, overdue first", _ref("HeldList"))},
            "/v1/held/{item_id}": {
                "parameters": [_id("item_id")],
                "post": _verb("decide", "Provide, or refuse on one of the provisions that allow it", decided, body="Decision"),
            },
            "/v1/marks": {
                "get": _verb("marks", "List marks on people; with `extent=history` also those that were lifted", _ref("MarkList"))
                | {"parameters": [_extent()]},
                "post": _verb("setMark", "Mark a person for non-disclosure, or held data as disputed", _ref("MarkShown"), body="MarkRequest"),
            },
            "/v1/marks/{mark}/lift": {
                "parameters": [_mark()],
                "post": _verb("liftMark", "Lift a mark; its history stays", _ref("MarkShown")),
            },
            LIST: {"get": _verb("disclosures", "List people's requests for their own data that wait for an official", _ref("DisclosureList"))},
            BY_REPRESENTATIVES: {"get": _verb("represented", "List what representatives asked of people's own data", _ref("RepresentedList"))},
            ONE: {
                "parameters": [_id("item_id")],
                "post": _verb("decideDisclosure", "Disclose, or refuse on an item of APPI Art. 78(1)", decided, body="Decision"),
            },
            **bulk.paths(),
            "/v1/subscriptions": {
                "get": _verb("subscriptions", "List what this system subscribed to; what changed comes first", _ref("SubscriptionList")),
                "post": _verb(
                    "subscribe",
                    "Subscribe to an item that this system asked: one notice that something changed, without content",
                    _ref("SubscriptionShown"),
                    body="SubscriptionRequest",
                    later="On its way to the provider",
                ),
            },
            "/v1/subscriptions/{item_id}/end": {
                "parameters": [_id("item_id")],
                "post": _verb("endSubscription", "Hear no more of an item", _ref("SubscriptionShown"), later="On its way to the provider"),
            },
            "/v1/reconciliation": {
                "parameters": [_moment("from_ms"), _moment("until_ms")],
                "get": {
                    "operationId": "handIn",
                    "summary": "The institution's own record for the commission's reconciliation: item ids, receipts, signed outcomes; no person",
                    "responses": {
                        "200": {"description": "One line of JSON for each item", "content": {"application/jsonl": {"schema": _ref("Handed")}}},
                    }
                    | faults(),
                },
            },
            **evidence_paths(),
            **register_paths(),
            **offer_paths(),
            **letter_paths(),
            **agent_paths(),
            **representation_paths(),
            **status_path(),
        },
        "components": {
            "schemas": components | forms | {"Problem": PROBLEM},
            "securitySchemes": {"credential": {"type": "http", "scheme": "bearer", "description": "Names institution, system and officer."}},
        },
    }


def _item_forms() -> dict[str, Any]:
    """Every version of every data item as a component `<item>.v<version>`, its references pointing into the component."""
    found = {}
    for item in items.ITEMS.values():
        for version in range(1, item.version + 1):
            name = f"{item.id}.v{version}"
            found[name] = _pointed(items.schema(item.id, version), name)
    return found


def _pointed(schema: Any, name: str) -> Any:
    if isinstance(schema, list):
        return [_pointed(one, name) for one in schema]
    if not isinstance(schema, dict):
        return schema
    # As a component the schema has no address of its own: references must lead through the whole document.
    return {
        key: body.replace("#/$defs/", f"#/components/schemas/{name}/$defs/") if key == "$ref" else _pointed(body, name)
        for key, body in schema.items()
        if key not in ("$schema", "$id")
    }


def _verb(name: str, summary: str, reply: dict[str, Any], body: str = "", later: str = "") -> dict[str, Any]:
    found = {"application/json": {"schema": reply}}
    responses: dict[str, Any] = {"200": {"description": "Done", "content": found}}
    if later:
        responses["202"] = {"description": later, "content": found}
    verb: dict[str, Any] = {"operationId": name, "summary": summary, "responses": responses | faults()}
    if body:
        verb["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    return verb


def _id(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^([0-9a-fA-F]{64}|[A-Za-z0-9_-]{43})$"}}


def _mark() -> dict[str, Any]:
    return {"name": "mark", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}


def _extent() -> dict[str, Any]:
    return {"name": "extent", "in": "query", "schema": {"enum": ["standing", "history"]}}


def _moment(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": "Milliseconds UTC of the receipt", "schema": {"type": "integer", "minimum": 0}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
