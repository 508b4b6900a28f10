"""Use case: publish the registry.  At the first start the snapshot is made from the founding list, the keeper's parts and the
commission's signature."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from enishi import clock
from enishi.errors import Denied, Misconfigured, Unavailable
from enishi.linkage.group import base, random_scalar
from enishi.linkage.possession import Proven, prove_possession
from enishi.protocol.forms import sign_form
from enishi.protocol.founding import Founding, FoundingInstitution
from enishi.protocol.registry import (
    EXCHANGE,
    THING,
    AuditEpoch,
    Institution,
    KeyEpoch,
    Operator,
    Snapshot,
    check_snapshot,
    check_succession,
    demand_hybrid,
    possession_context,
    possessions,
    read_snapshot,
)
from enishi.protocol.suspension import effective
from enishi.protocol.wire import KeeperParts, Recorded, ShareRequest, SnapshotReply
from enishi.roles.exchange.state import AUDIT, State
from enishi.seal.dsse import Envelope
from enishi.store import crash

FIRST_EPOCH = 1


@dataclass(frozen=True)
class FoundingDoors:
    """Keeper and commission, as the publishing of a snapshot needs them."""

    parts: Callable[[ShareRequest], Awaitable[KeeperParts]]
    cosign: Callable[[SnapshotReply], Awaitable[SnapshotReply]]
    adopt: Callable[[SnapshotReply], Awaitable[Recorded]]


async def publish(state: State, doors: FoundingDoors, founding: Path) -> None:
    """Serve the newest snapshot, making the first if there is none; the keeper has logged it before anybody is shown it."""
    envelope, proven = await state.database.read(_newest), Proven()
    if envelope is None:
        first = await _found(state, doors, founding)
        # Before it is signed: a key that was chosen to cancel the layers must not even be proposed.
        await asyncio.to_thread(proven.check, possessions(first))
        envelope = await _sign(state, doors, first)
    snapshot, digest = check_snapshot(envelope, state.pins)
    await asyncio.to_thread(proven.check, possessions(snapshot))
    if snapshot.law != state.jurist.digest:
        # New law data is a new snapshot: the commission signs it only if it carries the same data itself.
        now = effective(snapshot, state.notes.values())
        envelope = await _renew(state, doors, succeed(now, digest, law=state.jurist.digest))
        newest, named = check_snapshot(envelope, state.pins)
        check_succession(newest, named, snapshot.serial, digest)
        snapshot, digest = newest, named
    crash.point("exchange.snapshot.before_send")
    await doors.adopt(SnapshotReply(envelope))
    state.publish(snapshot, digest, envelope)


def _newest(connection: sqlite3.Connection) -> Envelope | None:
    row = connection.execute("SELECT envelope FROM snapshot ORDER BY serial DESC LIMIT 1").fetchone()
    return msgspec.msgpack.decode(row[0], type=Envelope) if row else None


async def _found(state: State, doors: FoundingDoors, path: Path) -> Snapshot:
    try:
        founding = msgspec.json.decode(path.read_bytes(), type=Founding)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misconfigured("founding-unreadable", str(error), "founding") from error
    targets = tuple((institution.id, FIRST_EPOCH) for institution in founding.institutions)
    crash.point("exchange.shares.before_store")
    await state.database.write(lambda connection: make_shares(connection, [*targets, (AUDIT, FIRST_EPOCH)]))
    await state.database.read(state.load_shares)
    parts = await doors.parts(ShareRequest(targets, FIRST_EPOCH))
    return _assemble(state, founding, parts)


async def _renew(state: State, doors: FoundingDoors, snapshot: Snapshot) -> Envelope:
    try:
        return await _sign(state, doors, snapshot)
    except Denied as fault:
        if fault.code != "approval-missing":
            raise
        # The draft drops a suspension of the commission's own that has not arrived here yet; once it has, another draft carries it.
        crash.point("exchange.renewal.before_forget")
        await state.database.write(lambda connection: connection.execute("DELETE FROM draft WHERE serial = ?", (snapshot.serial,)).rowcount)
        raise Unavailable("suspension-awaited", f"serial {snapshot.serial}") from fault


async def _sign(state: State, doors: FoundingDoors, snapshot: Snapshot) -> Envelope:
    offered = msgspec.msgpack.encode(sign_form(snapshot, THING, state.secrets.signing, EXCHANGE))
    crash.point("exchange.draft.before_store")
    # Durable before it is offered: the commission signs a serial once, so after a crash the very same bytes are offered again.
    kept = await state.database.write(lambda connection: _keep_draft(connection, snapshot, offered))
    crash.point("exchange.draft.after_store")
    return await countersigned(state, doors, msgspec.msgpack.decode(kept, type=Envelope))


async def countersigned(state: State, doors: FoundingDoors, draft: Envelope) -> Envelope:
    """The draft with the commission's signature, durable; the commission's own faults where it does not sign."""
    envelope = (await doors.cosign(SnapshotReply(draft))).snapshot
    snapshot, _ = check_snapshot(envelope, state.pins)
    encoded = msgspec.msgpack.encode(envelope)
    crash.point("exchange.snapshot.before_store")
    await state.database.write(
        lambda connection: connection.execute("INSERT OR IGNORE INTO snapshot (serial, envelope) VALUES (?, ?)", (snapshot.serial, encoded)).rowcount
    )
    crash.point("exchange.snapshot.after_store")
    return envelope


def _keep_draft(connection: sqlite3.Connection, snapshot: Snapshot, offered: bytes) -> bytes:
    row = connection.execute("SELECT envelope FROM draft WHERE serial = ?", (snapshot.serial,)).fetchone()
    if row is not None and read_snapshot(msgspec.msgpack.decode(row[0], type=Envelope).payload).law == snapshot.law:
        return bytes(row[0])
    # None, or one under law data that nobody carries any more, which nobody will sign.
    connection.execute("INSERT OR REPLACE INTO draft (serial, envelope) VALUES (?, ?)", (snapshot.serial, offered))
    return offered


def succeed(snapshot: Snapshot, digest: bytes, **changes: object) -> Snapshot:
    """The next snapshot after the one with that digest, as of now."""
    return msgspec.structs.replace(snapshot, serial=snapshot.serial + 1, previous=digest, at_ms=clock.now_ms(), **changes)


def make_shares(connection: sqlite3.Connection, targets: list[tuple[str, int]]) -> None:
    """Draw the exchange's conversion shares that do not exist yet, for these (institution, epoch)."""
    connection.executemany(
        "INSERT OR IGNORE INTO share (target, epoch, secret) VALUES (?, ?, ?)", [(name, epoch, random_scalar()) for name, epoch in targets]
    )


def _assemble(state: State, founding: Founding, parts: KeeperParts) -> Snapshot:
    secrets = state.secrets
    return Snapshot(
        v=1,
        serial=1,
        at_ms=clock.now_ms(),
        previous=bytes(32),
        law=state.jurist.digest,
        exchange=Operator(
            s_root=base(secrets.s_root),
            s_root_proof=prove_possession(secrets.s_root, possession_context("exchange", "s_root", 0)).encode(),
            layer=base(secrets.layer),
            layer_proof=prove_possession(secrets.layer, possession_context("exchange", "layer", 0)).encode(),
            signing=secrets.signing.public,
        ),
        keeper=Operator(
            s_root=parts.s_root, s_root_proof=parts.s_root_proof, layer=parts.layer, layer_proof=parts.layer_proof, signing=parts.signing
        ),
        registrar=founding.registrar,
        portal=founding.portal,
        disclosure=secrets.disclosure.public,
        log_origin=parts.log_origin,
        log_key=parts.log_key,
        witnesses=founding.witnesses,
        witness_quorum=founding.witness_quorum,
        card_authority=founding.card_authority,
        audit=(
            AuditEpoch(
                epoch=FIRST_EPOCH,
                elgamal=parts.audit_elgamal,
                elgamal_proof=parts.audit_proof,
                share_exchange=base(state.shares.of(AUDIT, FIRST_EPOCH)),
                share_keeper=parts.audit_share,
            ),
        ),
        institutions=tuple(institution_of(state, one, share) for one, share in zip(founding.institutions, parts.shares, strict=True)),
    )


def institution_of(state: State, one: FoundingInstitution, keeper_share: bytes) -> Institution:
    """A new institution as the registry shows it, with both operators' public shares for its first epoch."""
    # Before the draft is kept: the commission would refuse to read it, and the draft would stand in the way of every later one.
    demand_hybrid(one.hpke, "hpke")
    epoch = KeyEpoch(
        epoch=FIRST_EPOCH,
        elgamal=one.elgamal,
        elgamal_proof=one.elgamal_proof,
        hpke=one.hpke,
        signing=one.signing,
        share_exchange=base(state.shares.of(one.id, FIRST_EPOCH)),
        share_keeper=keeper_share,
        active=True,
    )
    return Institution(
        id=one.id,
        name_ja=one.name_ja,
        name_en=one.name_en,
        kind=one.kind,
        platform=one.platform,
        suspended=False,
        capacities=one.capacities,
        assessments=one.assessments,
        epochs=(epoch,),
        ordinances=one.ordinances,
    )
