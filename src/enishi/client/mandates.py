"""What people let an organisation hand in for them, as its gateway shows it to a system with the office `mandates`; and what it asks them for."""

from datetime import date
from typing import Literal
from urllib.parse import urlencode

import msgspec

State = Literal["standing", "deleted"]
Reason = Literal["withdrawn", "expired", "given_up", "standing", "basis"]


class MandatePerson(msgspec.Struct, frozen=True):
    """The four basic items of the card that signed (基本4情報)."""

    name: str
    address: str
    born_on: date
    gender: str


class MandateFound(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate, times RFC 3339. Of one that is over what named person, recipient and affair is None, and `basis` is empty; left is
    why and when it ended, and when it was deleted."""

    reference: str
    digest: str
    state: State
    person: MandatePerson | None
    recipient: str | None
    source: str | None
    row: str | None
    purpose_item: str | None
    part: Literal["employment", "commission"] | None
    basis: tuple[str, ...]
    given_at: str
    until: str
    ended_at: str | None
    reason: Reason | None
    deleted_at: str | None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation asks its people for: to hand their number in to `recipient` for one affair (a row of a table of law, perhaps with its 号),
    until the end of that day; a year where no day is said."""

    agent: str
    recipient: str
    source: str
    row: str
    item: str = ""
    until: date | None = None

    @property
    def path(self) -> str:
        """The address at the portal, the same for everybody who is asked: it names no person."""
        return f"/number/agent?{urlencode({name: str(value) for name, value in msgspec.structs.asdict(self).items() if value})}"
