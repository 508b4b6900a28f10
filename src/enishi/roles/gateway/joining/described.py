"""The path of the platform's standing as the description of the API (OpenAPI 3.1) says it."""

from typing import Any

from enishi.roles.gateway.described import faults


def status_path() -> dict[str, Any]:
    """The path item of `/v1/status`."""
    done = {"description": "Done", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PlatformStanding"}}}}
    summary = "How the platform stands: registry with its age, certificate, the calling institution, what waits"
    return {"/v1/status": {"get": {"operationId": "status", "summary": summary, "responses": {"200": done} | faults()}}}
