"""Use case: the next snapshot of a running mesh.  An institution is added or reinstated under both signatures; what a note suspended is carried."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from typing import Final

import msgspec

from enishi.errors import Conflict, Denied, Unknown
from enishi.linkage.possession import Proven
from enishi.mesh import logs
from enishi.protocol.forms import demand, sign_form
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.joining import JoinRequest
from enishi.protocol.registry import (
    EXCHANGE,
    THING,
    GatewayDoor,
    Institution,
    Snapshot,
    check_snapshot,
    check_succession,
    possessions,
    read_snapshot,
    snapshot_digest,
)
from enishi.protocol.standing import Drafted, RegistryShown
from enishi.protocol.wire import ShareRequest, SnapshotReply
from enishi.roles.exchange.founding import FIRST_EPOCH, FoundingDoors, countersigned, institution_of, make_shares, succeed
from enishi.roles.exchange.state import State
from enishi.seal.dsse import Envelope
from enishi.store import crash

ID: Final = re.compile(r"[0-9]{6}|[a-z][a-z0-9-]{1,40}")
"""A 全国地方公共団体コード, or the registry's slug of a national body; no name of the mesh's own begins so."""
Change = Callable[[Snapshot], Snapshot]


class Publishing:
    """Drafts one snapshot at a time; a draft stays until the commission has signed it or another has taken its place unsigned."""

    def __init__(self, state: State, doors: FoundingDoors, platforms: frozenset[str], published: Callable[[], None]) -> None:
        """`platforms`: the gateways that the exchange can reach; `published` is told after each new snapshot."""
        self._state, self._doors, self._platforms, self._published = state, doors, platforms, published
        self._proven = Proven()
        self._lock = asyncio.Lock()

    async def shown(self) -> RegistryShown:
        """What is in force, and the draft that waits."""
        now = self._state.shown()
        return RegistryShown(now.snapshot, now.suspensions, await self._pending())

    async def add(self, asked: FoundingInstitution) -> Drafted:
        """Draft the snapshot with one institution more.

        Malformed("institution-id-wrong"), Conflict("institution-known"), Unknown("platform-unknown"), Tampered where a key is not proven.
        """
        async with self._lock:
            await self._settle()
            if asked.id in self._state.snapshot.by_id:
                raise Conflict("institution-known", asked.id, "id")
            demand(ID.fullmatch(asked.id), "institution-id-wrong", asked.id[:40], "id")
            if asked.platform not in self._platforms and not self._state.snapshot.door(asked.platform):
                raise Unknown("platform-unknown", asked.platform[:40], "platform")
            added = await self._with_shares((asked,))
            return await self._propose(lambda now: msgspec.structs.replace(now, institutions=(*now.institutions, *added)))

    async def admit(self, asked: JoinRequest) -> Drafted:
        """Draft the snapshot with a platform and its institutions; what is in force where they all stand in it.

        Malformed("institution-id-wrong"), Conflict("institution-known") where one stands with other keys or elsewhere, Tampered for a false proof.
        """
        async with self._lock:
            await self._settle()
            now = self._state.snapshot
            for one in asked.institutions:
                demand(ID.fullmatch(one.id), "institution-id-wrong", one.id[:40], "id")
                if one.id in now.by_id and not stands(now, one):
                    raise Conflict("institution-known", one.id, "id")
            fresh = tuple(one for one in asked.institutions if one.id not in now.by_id)
            if not fresh and (asked.platform in self._platforms or now.door(asked.platform) == asked.door):
                return Drafted(self._state.signed.serial, self._state.digest, True)
            added = await self._with_shares(fresh)
            return await self._propose(lambda then: self._joined(then, asked, added))

    def _joined(self, now: Snapshot, asked: JoinRequest, added: tuple[Institution, ...]) -> Snapshot:
        others = tuple(one for one in now.gateways if one.platform != asked.platform)
        # Those of the founders stand in every role's configuration, and there they stay.
        doors = now.gateways if asked.platform in self._platforms else (*others, GatewayDoor(asked.platform, asked.door))
        return msgspec.structs.replace(now, institutions=(*now.institutions, *added), gateways=doors)

    async def reinstate(self, institution: str) -> Drafted:
        """Draft the snapshot in which a suspended institution stands again; Conflict("institution-stands"), Unknown("institution-unknown")."""
        async with self._lock:
            await self._settle()
            if not self._state.snapshot.institution(institution, "institution").suspended:
                raise Conflict("institution-stands", institution, "institution")
            return await self._propose(lambda now: _standing(now, institution))

    async def finish(self) -> Drafted:
        """Offer the draft that waits once more; what is in force where none waits."""
        async with self._lock:
            waiting = await self._pending()
            return await self._offer(waiting) if waiting is not None else Drafted(self._state.signed.serial, self._state.digest, True)

    async def carry(self) -> None:
        """Where a note suspends what the signed snapshot does not, make the next one carry it, unless a draft waits."""
        async with self._lock:
            if self._state.snapshot.institutions != self._state.signed.institutions and await self._settle() is None:
                await self._propose(lambda now: now)

    async def _with_shares(self, asked: tuple[FoundingInstitution, ...]) -> tuple[Institution, ...]:
        targets = tuple((one.id, FIRST_EPOCH) for one in asked)
        crash.point("exchange.added.before_shares")
        await self._state.database.write(lambda connection: make_shares(connection, list(targets)))
        await self._state.database.read(self._state.load_shares)
        parts = await self._doors.parts(ShareRequest(targets, self._state.signed.current_audit.epoch))
        return tuple(institution_of(self._state, one, share) for one, share in zip(asked, parts.shares, strict=True))

    async def _propose(self, change: Change) -> Drafted:
        draft = change(succeed(self._state.snapshot, self._state.digest))
        # Before it is signed: a form that nobody reads, and a key that was chosen to cancel the layers, must not even be proposed.
        read_snapshot(msgspec.json.encode(draft))
        await asyncio.to_thread(self._proven.check, possessions(draft))
        waiting = await self._pending()
        if waiting is None or not _same(read_snapshot(waiting.payload), draft):
            waiting = sign_form(draft, THING, self._state.secrets.signing, EXCHANGE)
            row = (draft.serial, msgspec.msgpack.encode(waiting))
            crash.point("exchange.proposal.before_store")
            await self._state.database.write(lambda connection: _replace(connection, row))
            crash.point("exchange.proposal.after_store")
        return await self._offer(waiting)

    async def _settle(self) -> Drafted | None:
        """Bring what waits to its end: in force, or still without approval; None where nothing waits, or what waits was refused for good."""
        waiting = await self._pending()
        try:
            return await self._offer(waiting) if waiting is not None else None
        except Denied as fault:
            # The commission has said that it does not sign this one, so another may take its place.  Unavailable says nothing, and is raised.
            logs.warn("draft-refused", code=fault.code)
            return None

    async def _offer(self, draft: Envelope) -> Drafted:
        serial, digest = read_snapshot(draft.payload).serial, snapshot_digest(draft.payload)
        try:
            envelope = await countersigned(self._state, self._doors, draft)
        except Denied as fault:
            if fault.code != "approval-missing":
                raise
            return Drafted(serial, digest, False)
        await self._adopt(envelope)
        return Drafted(serial, digest, True)

    async def _adopt(self, envelope: Envelope) -> None:
        snapshot, digest = check_snapshot(envelope, self._state.pins)
        check_succession(snapshot, digest, self._state.signed.serial, self._state.digest)
        # The keeper has logged it before anybody is shown it.
        await self._doors.adopt(SnapshotReply(envelope))
        self._state.publish(snapshot, digest, envelope)
        self._published()

    async def _pending(self) -> Envelope | None:
        serial = self._state.signed.serial + 1
        row = await self._state.database.read(
            lambda connection: connection.execute("SELECT envelope FROM draft WHERE serial = ?", (serial,)).fetchone()
        )
        return msgspec.msgpack.decode(row[0], type=Envelope) if row else None


def stands(now: Snapshot, asked: FoundingInstitution) -> bool:
    """Whether an institution is in the registry with these very keys on this platform."""
    found = now.by_id.get(asked.id)
    if found is None or found.platform != asked.platform:
        return False
    return any((key.elgamal, key.hpke, key.signing) == (asked.elgamal, asked.hpke, asked.signing) for key in found.epochs if key.epoch == FIRST_EPOCH)


def _replace(connection: sqlite3.Connection, row: tuple[int, bytes]) -> None:
    connection.execute("INSERT OR REPLACE INTO draft (serial, envelope) VALUES (?, ?)", row)


def _same(waiting: Snapshot, draft: Snapshot) -> bool:
    return msgspec.structs.replace(draft, at_ms=waiting.at_ms) == waiting


def _standing(now: Snapshot, institution: str) -> Snapshot:
    parties = (msgspec.structs.replace(one, suspended=False) if one.id == institution else one for one in now.institutions)
    return msgspec.structs.replace(now, institutions=tuple(parties))
