"""The faults that a door of the API may answer, for the API's own description (OpenAPI 3.1)."""

from typing import Any, Final

_SAID: Final = {
    "400": "The request cannot be read as what it claims to be",
    "401": "No credential, or none that is known here",
    "403": "The caller may not do this",
    "404": "It names something that does not exist here, or that another system asked",
    "409": "It contradicts what stands",
    "413": "Larger than this door takes",
    "422": "A signature, proof, key or record does not hold",
    "429": "A queue is full; nothing was kept",
    "503": "A part does not answer now; nothing was lost, and the call may be repeated",
}
_AGAIN: Final = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer", "minimum": 1}}}
_WORDS: Final = {"type": "object", "required": ["ja", "en"], "properties": {"ja": {"type": "string"}, "en": {"type": "string"}}}

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "what", "why", "next"],
    "properties": {name: {"type": "string"} for name in ("type", "title", "detail", "field")}
    | {"status": {"type": "integer"}}
    | dict.fromkeys(("what", "why", "next"), _WORDS),
}
"""A problem document (RFC 9457) with what happened, why, and the next step."""


def faults() -> dict[str, Any]:
    """The responses of a verb that are faults, by status: every one a problem document, and no other status is answered."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    again = ("429", "503")
    return {status: {"description": said, "content": content} | ({"headers": _AGAIN} if status in again else {}) for status, said in _SAID.items()}
