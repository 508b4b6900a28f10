"""Faults as people and programs read them: a page, or an RFC 9457 problem document, by what the caller accepts."""

import secrets

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from enishi.errors import Fault
from enishi.mesh import logs
from enishi.sentences.problems import problem
from enishi.web.kit import Kit

_BY_STATUS = {404: "page-unknown", 405: "method-wrong"}
_KINDS = {401: "denied", 403: "denied", 404: "unknown", 429: "later", 503: "later"}


def wants_page(request: Request) -> bool:
    """Whether the caller is a browser asking for a page."""
    return "text/html" in request.headers.get("accept", "")


def answer_fault(kit: Kit, request: Request, fault: Fault) -> Response:
    """The answer to a fault, with its status, under a reference number that the log knows too."""
    reference = secrets.token_hex(4)
    logs.warn("page_fault", face=kit.face.name, code=fault.code, status=fault.status, reference=reference)
    document = problem(fault) | {"instance": f"urn:enishi:reference:{reference}"}
    if not wants_page(request):
        return Response(msgspec.json.encode(document), fault.status, media_type="application/problem+json")
    language = kit.language(request).formal
    texts = {part: getattr(document[part], language.value) for part in ("what", "why", "next")}
    context: dict[str, object] = {"texts": texts, "field": fault.field, "reference": reference, "kind": kind_of(fault)}
    return kit.page(request, "problem.html", context, fault.status)


def kind_of(fault: Fault) -> str:
    """The family whose plain sentence heads the page; the texts of the fault itself follow."""
    return _KINDS.get(fault.status, "input" if 400 <= fault.status < 500 else "broken")


def fault_of(exception: Exception) -> Fault:
    """The fault an exception stands for; what is not of our tree says nothing of itself to the outside."""
    if isinstance(exception, Fault):
        return exception
    if isinstance(exception, HTTPException):
        return _Status(_BY_STATUS.get(exception.status_code, "request-refused"), exception.status_code)
    return Fault("page-broken")


class _Status(Fault):
    """A refusal of the web framework, with its own status."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.status = status  # type: ignore[misc]
