"""What an organisation's link asks for, what registry and law say of it, and the mandate that is written for it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from secrets import token_bytes
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

import msgspec

from enishi.clock import JST, moment
from enishi.errors import Malformed
from enishi.protocol.agent import FACE, LONGEST_MS, AgentMandate, Part
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import request_digest
from enishi.roles.portal.view import Name
from enishi.terms import InstitutionId
from enishi.web.form import Form

PATH: Final = "/number/agent"
LIST: Final = "/number/agents"
_INSTITUTION: Final = msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")


class AgentWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who wants to hand the number in to whom, for which affair, and until the end of which day; a year where the link says nothing."""

    agent: Annotated[str, _INSTITUTION]
    recipient: Annotated[str, _INSTITUTION]
    source: Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z@#-]{1,80}$")]
    row: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    item: Annotated[str, msgspec.Meta(max_length=20)] = ""
    until: date | None = None

    @property
    def query(self) -> str:
        """The link that asks for it, without the path."""
        return urlencode({name: str(value) for name, value in msgspec.structs.asdict(self).items() if value})

    @property
    def affair(self) -> AffairRef:
        """The affair as the mandate names it."""
        return AffairRef(self.source, self.row)

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


def read_agent_wanted(pairs: Iterable[tuple[str, str]]) -> AgentWanted:
    """Read a link's query; Malformed("number-link-malformed") where it is none, names something twice or something else."""
    given = list(pairs)
    try:
        if len(dict(given)) != len(given):
            raise ValueError("twice")
        wanted = msgspec.convert(dict(given), AgentWanted, strict=False)
        if not (wanted.row + wanted.item).isprintable():
            raise ValueError("row")
    except (msgspec.ValidationError, ValueError) as error:
        raise Malformed("number-link-malformed", type(error).__name__, "query") from error
    return wanted


def agent_wanted_of(form: Form) -> AgentWanted:
    """The wish that a page of ours put into its form; Malformed("number-link-malformed")."""
    try:
        return read_agent_wanted(parse_qsl(form.get("mandate"), keep_blank_values=True, strict_parsing=True, max_num_fields=10))
    except ValueError as error:
        raise Malformed("number-link-malformed", type(error).__name__, "mandate") from error


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
