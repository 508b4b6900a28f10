"""The API for what people handed over by their card: look at an application by its reference (受付番号), and say whose it is here."""

import re
from typing import Annotated, Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Malformed
from enishi.roles.gateway import shown
from enishi.roles.gateway.bodies import answer_json, body_of
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.deskface import Door
from enishi.roles.gateway.offers import kept
from enishi.roles.gateway.offers.kept import Applicant, Kept
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash

PATH: Final = "/v1/handed/{reference}"
BODY_LIMIT: Final = 4 * 1024
_REFERENCE: Final = re.compile(r"[0-9a-f]{32}")


class HandedRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose application it is: the institution's own number."""

    person: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class HandedShown(msgspec.Struct, frozen=True, kw_only=True):
    """An application: for which affair, from whom by the four basic items, when; `person` while the institution has not said whose it is is null.

    `state` is waiting until the linkage code has come. The number itself is in no answer of this API.
    """

    reference: str
    source: str
    row: str
    purpose_item: str
    applicant: Applicant
    handed_at: str
    person: str | None
    state: Literal["waiting", "enrolled"]


def read_reference(text: str) -> bytes:
    """A reference from its 32 hexadecimal digits, as the person was shown it, with or without spaces; Malformed("id-unreadable")."""
    digits = text.replace(" ", "").replace("-", "").lower()
    if not _REFERENCE.fullmatch(digits):
        raise Malformed("id-unreadable", field="reference")
    return bytes.fromhex(digits)


def read_handed_request(body: bytes) -> HandedRequest:
    """Read whose it is; Malformed("request-unreadable")."""
    try:
        return msgspec.json.decode(body, type=HandedRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error


class OfferFace:
    """The handlers for applications."""

    def __init__(self, tenants: dict[str, Tenant]) -> None:
        """Serve these tenants' systems."""
        self._tenants = tenants

    def routes(self, door: Door) -> list[Route]:
        """The routes, each behind the door that demands a credential."""
        return [Route(PATH, door(PATH, self._show), methods=["GET"]), Route(PATH, door(PATH, self._settle), methods=["POST"])]

    async def _show(self, request: Request, caller: Caller) -> Response:
        reference = read_reference(request.path_params["reference"])
        found = await self._tenants[caller.tenant].database.read(lambda connection: kept.find(connection, reference))
        return answer_json(_shown(found))

    async def _settle(self, request: Request, caller: Caller) -> Response:
        reference = read_reference(request.path_params["reference"])
        said = read_handed_request(await body_of(request, BODY_LIMIT))
        crash.point("gateway.handed.before_settle")
        # Durable when this returns: from now on the person can be asked about by the institution's own number.
        settled = await self._tenants[caller.tenant].database.write(lambda connection: kept.settle(connection, reference, said.person))
        return answer_json(_shown(settled))


def _shown(one: Kept) -> HandedShown:
    return HandedShown(
        reference=one.reference.hex(),
        source=one.affair.source,
        row=one.affair.row,
        purpose_item=one.purpose_item,
        applicant=one.applicant,
        handed_at=shown.time_of(one.handed_ms),
        person=one.person or None,
        state="enrolled" if one.enrolled else "waiting",
    )
