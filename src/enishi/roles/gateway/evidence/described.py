"""The two paths of evidence as the description of the API (OpenAPI 3.1) says them."""

from typing import Any, Final

import msgspec

from enishi.evidence import Bundle
from enishi.roles.gateway.described import faults
from enishi.roles.gateway.evidence.searching import EvidenceShown, Search

EVIDENCE_FORMS: Final = (EvidenceShown, Bundle)


def evidence_paths() -> dict[str, Any]:
    """The path items of `/v1/evidence`; its words are the fields of Search, but for the system, which the credential names."""
    words = [field.name for field in msgspec.structs.fields(Search) if field.name != "system"]
    listed = {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/EvidenceShown"}}}}
    found = _verb("evidence", "Find inquiries of the calling system by case, person, affair, officer, provider and time, newest first", listed)
    file = _verb("bundle", "The evidence of one item as a file that anybody can verify offline", {"$ref": "#/components/schemas/Bundle"})
    return {
        "/v1/evidence": {"parameters": [_word(name) for name in words], "get": found},
        "/v1/evidence/{item_id}": {
            "parameters": [
                {
                    "name": "item_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "pattern": "^([0-9a-fA-F]{64}|[A-Za-z0-9_-]{43})$"},
                }
            ],
            "get": file,
        },
    }


def _verb(name: str, summary: str, reply: dict[str, Any]) -> dict[str, Any]:
    done = {"description": "Done", "content": {"application/json": {"schema": reply}}}
    return {"operationId": name, "summary": summary, "responses": {"200": done} | faults()}


def _word(name: str) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "integer", "minimum": 0} if name.endswith("_ms") else {"type": "string", "maxLength": 200}
    return {"name": name, "in": "query", "schema": kind}
