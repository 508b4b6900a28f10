"""Use case: answer a person's request for their own data. Check, open the code, find the person, answer or hold, record durably, then reply."""

import asyncio
import sqlite3

import msgspec

from enishi import clock
from enishi.mesh.pki import Peer
from enishi.protocol.letters import CARRYING
from enishi.protocol.self_disclosure import SelfNotice, SelfStatement
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway import people
from enishi.roles.gateway.answers import Addressed, compose_to
from enishi.roles.gateway.letters.taking import record_taken, taken
from enishi.roles.gateway.live.asking import ask_live
from enishi.roles.gateway.live.heard import Heard, wishes_of, with_heard
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.self_disclosure import kept
from enishi.roles.gateway.self_disclosure.checking import check_self_notice, open_self_code, read_self_notice, wanted_by
from enishi.roles.gateway.self_disclosure.finding import Decided, find_self
from enishi.roles.gateway.self_disclosure.represented import find_represented
from enishi.roles.gateway.tenant import Tenant, hosted
from enishi.seal.many import Senders
from enishi.store import crash


class Believed(msgspec.Struct, frozen=True):
    """A checked request with the person, if there is one here, what was decided before, and the answer if it was given before."""

    notice: SelfNotice
    said: SelfStatement
    addressed: Addressed
    held: people.Held | None
    decided: Decided | None
    before: NoticeReply | None


class SelfProviding:
    """Answers for all tenants of the platform; the exchange alone calls it."""

    def __init__(self, tenants: dict[str, Tenant], registry: Registry) -> None:
        """Work on these tenants under this registry."""
        self._tenants = tenants
        self._registry = registry

    async def notice(self, notice: SelfNotice, peer: Peer) -> NoticeReply:
        """The answer, sealed to the session's key; what was answered before is returned byte for byte."""
        said, _ = read_self_notice(notice)
        tenant = hosted(self._tenants, said.holder, "holder")
        believed = await asyncio.to_thread(_believe, tenant, notice, self._registry.current())
        if believed.before is not None:
            return believed.before
        if CARRYING & set(said.items):
            return await self._letters(tenant, believed)
        heard = await _hear(tenant, believed)
        entry = await asyncio.to_thread(_entry, tenant, believed, heard, clock.now_ms())
        crash.point("gateway.self.before_store")
        reply = await tenant.database.write(lambda connection: kept.record(connection, entry))
        # Durable from here: only what stands in the record is ever released.
        crash.point("gateway.self.after_store")
        return reply

    async def _letters(self, tenant: Tenant, believed: Believed) -> NoticeReply:
        number, at_ms = believed.held.addressee_number if believed.held else "", clock.now_ms()
        one = await asyncio.to_thread(taken, tenant, believed.notice, believed.said, believed.addressed, number, at_ms)
        crash.point("gateway.letter.before_store")
        reply = await tenant.database.write(lambda connection: record_taken(connection, one))
        # Durable from here: the letter waits for an official, and only then does the network hear that it came.
        crash.point("gateway.letter.after_store")
        return reply


async def _hear(tenant: Tenant, believed: Believed) -> Heard:
    if not tenant.live or believed.held is None:
        return {}
    return await ask_live(tenant, wishes_of(believed.held.addressee_number, wanted_by(believed.said), tenant.live))


def _believe(tenant: Tenant, notice: SelfNotice, known: Known) -> Believed:
    check_self_notice(notice, known)
    said, addressed = read_self_notice(notice)
    code, wanted = open_self_code(notice, tenant.key(said.holder_epoch)), wanted_by(said)

    def found(connection: sqlite3.Connection) -> Believed:
        held = people.by_code(connection, said.holder_epoch, code, wanted)
        return Believed(notice, said, addressed, held, _decided(connection, said, held), kept.given_before(connection, addressed.item_id))

    return tenant.database.read_now(found)


def _decided(connection: sqlite3.Connection, said: SelfStatement, held: people.Held | None) -> Decided | None:
    if said.mandate is not msgspec.UNSET:
        return kept.decided_by(connection, said.mandate, said.items, said.period)
    return kept.decided_for(connection, held.addressee_number, said.items, said.period) if held else None


def _entry(tenant: Tenant, believed: Believed, heard: Heard, at_ms: int) -> kept.Entry:
    said = believed.said
    held = with_heard(believed.held, wanted_by(said), tenant.live, heard) if believed.held else None
    find = find_self if said.mandate is msgspec.UNSET else find_represented
    finding = find(held, said, believed.decided, tenant.rules, at_ms)
    reply = compose_to(believed.addressed, finding, tenant.key(said.holder_epoch), at_ms, Senders())
    number = held.addressee_number if held else ""
    return kept.Entry(believed.notice, said, believed.addressed, number, finding, reply, at_ms)
