"""Use case: an officer, or a system on the institution's behalf, sets a mark on a person, or lifts one."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from enishi import clock
from enishi.errors import Malformed
from enishi.items import catalog
from enishi.protocol.forms import demand
from enishi.protocol.nondisclosure import check_mark
from enishi.protocol.statement import Nondisclosure
from enishi.roles.gateway.answering import marks
from enishi.roles.gateway.answering.marks import Mark, MarkKind, SetBy
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash

LISTED = 500


class MarkRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mark as it is asked for: `ground` and `until` (that day excluded, JST) for non-disclosure; `item` and `period` for data in dispute."""

    kind: MarkKind
    person: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    ground: Annotated[str, msgspec.Meta(max_length=60)] = ""
    until: date | None = None
    item: Annotated[str, msgspec.Meta(max_length=60)] = ""
    period: Annotated[str, msgspec.Meta(max_length=32)] = ""
    by: SetBy = "officer"
    """Whether a person decided on it, or a program by a rule of the institution."""


def read_mark(body: bytes) -> MarkRequest:
    """Read a mark; Malformed("request-unreadable", "mark-wrong"), Unknown("item-unknown")."""
    try:
        asked = msgspec.json.decode(body, type=MarkRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error
    check_request(asked)
    return asked


def check_request(asked: MarkRequest) -> None:
    """Malformed("mark-wrong") where what is said does not belong to the kind; Unknown("item-unknown")."""
    if asked.kind == "nondisclosure":
        demand(asked.ground and asked.until and not asked.item and not asked.period, "mark-wrong", "ground, until", "kind")
    else:
        demand(not asked.ground and asked.until is None, "mark-wrong", "item, period", "kind")
        # A dispute that names no item concerns everything that the institution holds of the person.
        demand(not asked.item or catalog.find(asked.item), "mark-wrong", "item", "item")


def made_of(asked: MarkRequest, setter: str, at_ms: int) -> Mark:
    """The mark; Malformed("nondisclosure-unlawful", "nondisclosure-too-long", "mark-ended")."""
    until_ms = _start_of(asked.until) if asked.until else 0
    if asked.kind == "nondisclosure":
        demand(until_ms > at_ms, "mark-ended", "", "until")
        check_mark(Nondisclosure(asked.ground, until_ms), at_ms, clock.legal_day(at_ms))
    return Mark(
        id=marks.new_id(),
        kind=asked.kind,
        addressee_number=asked.person,
        item=asked.item,
        period=asked.period,
        ground=asked.ground,
        until_ms=until_ms,
        set_by=asked.by,
        setter=setter,
        set_at_ms=at_ms,
    )


class Marking:
    """Sets, lifts and lists the marks of every tenant."""

    async def put(self, tenant: Tenant, asked: MarkRequest, setter: str) -> Mark:
        """Set a mark; the same again returns the one that stands. Raises what `made_of` raises, and Unknown("person-unknown")."""
        mark = made_of(asked, setter, clock.now_ms())
        crash.point("gateway.mark.before_store")
        # Durable when this returns: the next inquiry about the person is held.
        return await tenant.database.write(lambda connection: marks.put(connection, mark))

    async def lift(self, tenant: Tenant, mark_id: bytes, lifter: str) -> Mark:
        """End a mark; Unknown("mark-unknown"), Conflict("mark-lifted")."""
        at_ms = clock.now_ms()
        crash.point("gateway.mark.before_lift")
        # Durable when this returns; what is held already stays with the official.
        return await tenant.database.write(lambda connection: marks.lift(connection, mark_id, lifter, at_ms))

    async def listed(self, tenant: Tenant, extent: Literal["standing", "history"]) -> list[Mark]:
        """The tenant's marks, the newest first."""
        return await tenant.database.read(lambda connection: marks.listed(connection, extent, LISTED))


def _start_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=clock.JST).timestamp() * 1000)
