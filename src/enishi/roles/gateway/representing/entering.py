"""Use case: an officer enters who represents whom by law, ends the relation, or confirms it for a person who is protected."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from enishi import clock
from enishi.errors import Malformed
from enishi.protocol.forms import demand
from enishi.protocol.mandate import CITATIONS, LIMITS_MS, Scopes
from enishi.roles.gateway.representing import kept
from enishi.roles.gateway.representing.kept import Representation, Told
from enishi.roles.gateway.tenant import Tenant
from enishi.store import crash

Number = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Entry = tuple[Representation, tuple[Told, ...]]


class RepresentationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who represents whom: own numbers and names, the provision, and the first day (JST) on which it is over: a parent's, the 18th birthday."""

    kind: Literal["parent", "guardian"]
    person: Number
    representative: Number
    person_name: Name
    representative_name: Name
    citation: Annotated[str, msgspec.Meta(max_length=60)]
    until: date
    scope: Scopes = ("records",)
    """`records`: read the record; `data`: ask for the person's own data (APPI Art. 76(2))."""


def read_representation(body: bytes) -> RepresentationRequest:
    """Read a relation; Malformed("request-unreadable", "representation-wrong")."""
    try:
        asked = msgspec.json.decode(body, type=RepresentationRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error
    demand(asked.person != asked.representative, "representation-wrong", "two people", "representative")
    demand(len(set(asked.scope)) == len(asked.scope), "representation-wrong", "scope", "scope")
    demand(asked.citation in CITATIONS[asked.kind], "representation-wrong", ", ".join(CITATIONS[asked.kind]), "citation")
    return asked


class Entering:
    """Enters, ends, confirms and lists, for every tenant."""

    async def enter(self, tenant: Tenant, asked: RepresentationRequest, officer: str) -> Entry:
        """Keep a relation and have the registrar told; Malformed("representation-wrong"), Unknown("person-unknown")."""
        at_ms, until_ms = clock.now_ms(), _start_of(asked.until)
        demand(at_ms < until_ms <= at_ms + LIMITS_MS[asked.kind], "representation-wrong", "until", "until")
        names = (asked.person_name, asked.representative_name)
        one = Representation(
            kept.new_entry(), asked.person, asked.representative, asked.kind, asked.citation, *names, asked.until, until_ms, asked.scope
        )
        crash.point("gateway.representation.before_enter")
        await tenant.database.write(lambda connection: kept.enter(connection, one, officer, at_ms))
        # Durable, with what the registrar is to be told.
        return await self.one(tenant, one.entry)

    async def act(self, tenant: Tenant, entry: bytes, what: Literal["end", "confirm"], officer: str) -> Entry:
        """End a relation, or confirm it; Unknown("representation-unknown")."""
        at_ms = clock.now_ms()
        crash.point("gateway.representation.before_act")
        await tenant.database.write(lambda connection: kept.act(connection, entry, what, officer, at_ms))
        # Durable, as above.
        return await self.one(tenant, entry)

    async def one(self, tenant: Tenant, entry: bytes) -> Entry:
        """One relation with what was done with it; Unknown("representation-unknown")."""
        return await tenant.database.read(lambda connection: (kept.find(connection, entry), kept.acts(connection, entry)))

    async def listed(self, tenant: Tenant) -> list[Entry]:
        """The newest relations."""
        return await tenant.database.read(kept.listed)


def _start_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=clock.JST).timestamp() * 1000)
