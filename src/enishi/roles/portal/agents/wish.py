"""What an organisation's link asks for, what registry and law say of it, and the mandate that is written for it."""

from datetime import date, datetime, time, timedelta
from secrets import token_bytes
from typing import Annotated, Final

import msgspec

from enishi.clock import JST, moment
from enishi.errors import Malformed
from enishi.protocol.agent import LONGEST_MS, AgentMandate, Part
from enishi.protocol.declared import FACE
from enishi.protocol.view import request_digest
from enishi.roles.portal.link import INSTITUTION, Link
from enishi.roles.portal.view import Name
from enishi.terms import InstitutionId

PATH: Final = "/number/agent"
LIST: Final = "/number/agents"


class AgentWanted(Link, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which organisation wants to hand the number in to whom, and until the end of which day; a year where the link says nothing."""

    path = PATH
    field = "mandate"

    agent: Annotated[str, INSTITUTION]
    recipient: Annotated[str, INSTITUTION]
    until: date | None = None

    def until_ms(self, at_ms: int) -> int:
        """When the mandate ends: the end of that day (JST); Malformed("agent-too-long") for one that is over, or further away than a year."""
        last = self.until or moment(at_ms).date() + timedelta(days=364)
        end = int(datetime.combine(last + timedelta(days=1), time(), JST).timestamp() * 1000)
        if not at_ms < end <= at_ms + LONGEST_MS:
            raise Malformed("agent-too-long", last.isoformat(), "until")
        return end


class AgentLawful(msgspec.Struct, frozen=True):
    """What registry and law say of a wish: both names, the affair in the law's words, what ties organisation and person, and by which provisions; or
    by which grounds (code, citation, words) not."""

    agent: Name
    recipient: Name
    affair: str
    part: Part
    basis: tuple[str, ...]
    grounds: tuple[tuple[str, str, Name], ...]


def write_mandate(wanted: AgentWanted, part: Part, request: bytes, at_ms: int) -> AgentMandate:
    """A fresh mandate in the session that this card-signed request to look opened."""
    return AgentMandate(
        v=1,
        face=FACE,
        agent=InstitutionId(wanted.agent),
        recipient=InstitutionId(wanted.recipient),
        affair=wanted.affair,
        purpose_item=wanted.item,
        part=part,
        until_ms=wanted.until_ms(at_ms),
        session=request_digest(request),
        nonce=token_bytes(16),
        at_ms=at_ms,
    )
