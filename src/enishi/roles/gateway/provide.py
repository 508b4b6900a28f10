"""Use case: answer a ProvisionNotice. Check, open the code, find the person, answer or hold, record durably, and only then reply."""

import asyncio
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Fault
from enishi.mesh.beside import beside
from enishi.mesh.pki import Peer
from enishi.protocol.wire import Batch, Fetch, Notice, NoticeReply, Results
from enishi.roles.gateway import answered, people
from enishi.roles.gateway.answers import find, wanted_of
from enishi.roles.gateway.each import as_result, each, grouped
from enishi.roles.gateway.giving import Drafted, draft, sign_drafts
from enishi.roles.gateway.live.asking import ask_live, wishes_for
from enishi.roles.gateway.live.heard import Heard, Wish, with_heard
from enishi.roles.gateway.notices import Claimed, check_notice, check_standing, open_code, read_notice
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.tenant import Tenant, hosted
from enishi.seal.many import Senders
from enishi.store import crash
from enishi.terms import ItemId

ANSWER_MS: Final = 1.0
"""Processor time of one notice before the record, about."""


class Opened(msgspec.Struct, frozen=True):
    """A believed notice with the linkage code it opens to."""

    claimed: Claimed
    code: bytes


class Found(msgspec.Struct, frozen=True):
    """A believed notice with the person, if there is one here."""

    claimed: Claimed
    held: people.Held | None


class Before(msgspec.Struct, frozen=True):
    """A believed notice that was answered before: that answer is returned, nobody is asked, and nothing is signed that would not be given."""

    item_id: ItemId


class Provide:
    """Answers for all tenants of the platform; the exchange alone calls it."""

    def __init__(self, tenants: dict[str, Tenant], registry: Registry) -> None:
        """Work on these tenants under this registry."""
        self._tenants = tenants
        self._registry = registry

    async def notice(self, batch: Batch[Notice], peer: Peer) -> Results[NoticeReply]:
        """Answer each notice for itself; what was answered before is returned byte for byte."""
        claims = each(read_notice, batch.each)
        known = await self._known(claims)
        good = [(i, claim) for i, claim in enumerate(claims) if not isinstance(claim, Fault)]
        groups = grouped(good, lambda one: one[1].asked.statement.provider)
        answers = await asyncio.gather(*(self._answer([good[place][1] for place in places], known) for places in groups))
        replies: list[NoticeReply | Fault | Claimed] = list(claims)
        for places, group in zip(groups, answers, strict=True):
            for place, answer in zip(places, group, strict=True):
                replies[good[place][0]] = answer
        return Results(tuple(as_result(reply) for reply in replies if not isinstance(reply, Claimed)))

    async def fetch(self, fetch: Fetch, peer: Peer) -> NoticeReply:
        """The newest stored answer of an item again, while both institutions stand."""
        database = hosted(self._tenants, fetch.provider, "provider").database
        notice, _ = await database.read(lambda connection: answered.notice_of(connection, fetch.item_id))
        check_standing(read_notice(notice).asked.statement, self._registry.current())
        return await database.read(lambda connection: answered.last_given(connection, fetch.item_id))

    async def _known(self, claims: Sequence[Claimed | Fault]) -> Known:
        known = self._registry.current()
        digests = {claim.asked.statement.registry for claim in claims if not isinstance(claim, Fault)}
        # A notice made under another snapshot is judged under the newest one, so that a suspension or a new key is seen at once.
        return known if digests <= {known.digest} else await self._registry.refresh()

    async def _answer(self, claims: Sequence[Claimed], known: Known) -> Sequence[NoticeReply | Fault]:
        try:
            return await self._answer_tenant(hosted(self._tenants, claims[0].asked.statement.provider, "provider"), claims, known)
        except Fault as fault:
            return [fault] * len(claims)

    async def _answer_tenant(self, tenant: Tenant, claims: Sequence[Claimed], known: Known) -> list[NoticeReply | Fault]:
        about_ms = ANSWER_MS * len(claims)
        entries = await (_asking(tenant, claims, known) if tenant.live else beside(about_ms, _entries, tenant, claims, known, clock.now_ms()))
        crash.point("gateway.provide.before_store")
        stored = await tenant.database.write(lambda connection: each(partial(_stored, connection), entries))
        # Durable from here: only what stands in the record is ever released.
        crash.point("gateway.provide.after_store")
        return stored


def _entries(tenant: Tenant, claims: Sequence[Claimed], known: Known, at_ms: int) -> list[answered.Entry | Before | Fault]:
    """Everything up to the record, in one thread: group arithmetic and signatures leave the event loop free."""
    return _made(tenant, _found(tenant, claims, known), at_ms)


async def _asking(tenant: Tenant, claims: Sequence[Claimed], known: Known) -> list[answered.Entry | Before | Fault]:
    """The same where the institution's own systems have to be asked in between, beside the thread."""
    found = await asyncio.to_thread(_found, tenant, claims, known)
    heard = await ask_live(tenant, await asyncio.to_thread(_wishes, tenant, found, clock.now_ms()))
    return await asyncio.to_thread(_made, tenant, each(partial(_heard, tenant, heard), found), clock.now_ms())


def _found(tenant: Tenant, claims: Sequence[Claimed], known: Known) -> list[Found | Before | Fault]:
    opened = each(lambda claim: _open(claim, tenant, known), claims)
    return tenant.database.read_now(lambda connection: each(lambda one: _find(connection, one), opened))


def _wishes(tenant: Tenant, found: Sequence[Found | Before | Fault], at_ms: int) -> list[Wish]:
    """What to ask live: for whom nothing else stands against an answer, and nothing was answered before."""
    asked = [one for one in found if isinstance(one, Found) and one.held is not None]
    return [wish for one in asked if (held := one.held) for wish in wishes_for(tenant, held, one.claimed.asked, at_ms)]


def _heard(tenant: Tenant, heard: Heard, found: Found | Before) -> Found | Before:
    if isinstance(found, Before):
        return found
    held = found.held and with_heard(found.held, wanted_of(found.claimed.asked), tenant.live, heard)
    return msgspec.structs.replace(found, held=held)


def _open(claimed: Claimed, tenant: Tenant, known: Known) -> Opened:
    check_notice(claimed, known)
    return Opened(claimed, open_code(claimed, tenant.key(claimed.asked.statement.provider_epoch)))


def _find(connection: sqlite3.Connection, opened: Opened) -> Found | Before:
    asked = opened.claimed.asked
    if answered.was_answered(connection, asked.item_id):
        return Before(asked.item_id)
    return Found(opened.claimed, people.by_code(connection, asked.statement.provider_epoch, opened.code, wanted_of(asked)))


def _made(tenant: Tenant, found: Sequence[Found | Before | Fault], at_ms: int) -> list[answered.Entry | Before | Fault]:
    given = iter(_given(tenant, [one for one in found if isinstance(one, Found)], at_ms))
    return [next(given) if isinstance(one, Found) else one for one in found]


def _given(tenant: Tenant, found: Sequence[Found], at_ms: int) -> list[answered.Entry | Fault]:
    batch = Senders()
    drafts = each(lambda one: _draft(one, tenant, at_ms, batch), found)
    return [_entry(*one, at_ms) for one in zip(found, drafts, sign_drafts(tenant, drafts, at_ms), strict=True)]


def _draft(found: Found, tenant: Tenant, at_ms: int, batch: Senders) -> Drafted:
    asked = found.claimed.asked
    return draft(asked, find(found.held, asked, tenant.rules, at_ms), at_ms, batch)


def _stored(connection: sqlite3.Connection, one: answered.Entry | Before) -> NoticeReply:
    return answered.last_given(connection, one.item_id) if isinstance(one, Before) else answered.record(connection, one)


def _entry(found: Found, drafted: Drafted | Fault, reply: NoticeReply | Fault, at_ms: int) -> answered.Entry | Fault:
    if isinstance(reply, Fault):
        return reply
    # What was signed had been drafted.
    assert isinstance(drafted, Drafted)
    number = found.held.addressee_number if found.held else ""
    return answered.Entry(found.claimed.notice, drafted.asked, number, drafted.finding, reply, at_ms)
