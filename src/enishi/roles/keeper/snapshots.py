"""Use cases: give the exchange the keeper's public parts for a registry snapshot, and adopt a snapshot that exchange and oversight both signed."""

import sqlite3

import msgspec

from enishi.errors import Misconfigured, Tampered
from enishi.linkage.group import base
from enishi.linkage.keys import new_share
from enishi.linkage.possession import Proven, prove_possession
from enishi.protocol.registry import Snapshot, SnapshotDigest, check_snapshot, check_succession, possession_context, possessions
from enishi.protocol.wire import KeeperParts, Recorded, ShareRequest, SnapshotReply
from enishi.roles.keeper.chain import append_public
from enishi.roles.keeper.keys import AUDIT
from enishi.roles.keeper.state import State
from enishi.roles.keeper.withholding import note_missing
from enishi.seal.dsse import Envelope
from enishi.store import crash
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, commitment


class Snapshots:
    """The keeper's part in the registry."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state

    async def parts(self, asked: ShareRequest) -> KeeperParts:
        """Make the shares that do not exist yet, durable before their public points are named, and return all public parts."""
        wanted = [*asked.targets, (AUDIT, asked.audit_epoch)]
        crash.point("keeper.shares.before_store")
        await self._state.database.write(lambda connection: self._make(connection, wanted))
        await self._state.database.read(self._state.load_shares)
        secrets = self._state.secrets
        return KeeperParts(
            s_root=base(secrets.s_root),
            s_root_proof=prove_possession(secrets.s_root, possession_context("keeper", "s_root", 0)).encode(),
            layer=base(secrets.layer),
            layer_proof=prove_possession(secrets.layer, possession_context("keeper", "layer", 0)).encode(),
            signing=secrets.signing.public,
            audit_elgamal=base(secrets.audit),
            audit_proof=prove_possession(secrets.audit, possession_context(AUDIT, "elgamal", asked.audit_epoch)).encode(),
            audit_share=base(self._state.shares.of(AUDIT, asked.audit_epoch)),
            shares=tuple(base(self._state.shares.of(name, epoch)) for name, epoch in asked.targets),
            log_origin=self._state.log.verifier.name,
            log_key=self._state.log.verifier.encoded,
        )

    def _make(self, connection: sqlite3.Connection, wanted: list[tuple[str, int]]) -> None:
        for name, epoch in wanted:
            closed = self._state.rest.close("share", f"{name}/{epoch}".encode(), new_share())
            connection.execute("INSERT OR IGNORE INTO share (target, epoch, rest_secret) VALUES (?, ?, ?)", (name, epoch, closed))

    async def adopt(self, offered: SnapshotReply) -> Recorded:
        """Check both signatures and every proof of possession, log the digest, then use it."""
        snapshot, digest = check_snapshot(offered.snapshot, self._state.pins)
        known = await self._state.database.read(
            lambda connection: connection.execute("SELECT leaf_index FROM snapshot WHERE digest = ?", (digest,)).fetchone()
        )
        if known is None:
            self._check(snapshot)
            known = (await self._record(snapshot, digest, offered.snapshot),)
        self._state.adopt(snapshot, digest)
        await note_missing(self._state)
        return Recorded(known[0])

    def _check(self, snapshot: Snapshot) -> None:
        if snapshot.law != self._state.jurist.digest:
            raise Misconfigured("law-differs", "this keeper carries other law data than the snapshot names", "law")
        if snapshot.keeper.layer != base(self._state.secrets.layer) or snapshot.log_key != self._state.log.verifier.encoded:
            raise Tampered("snapshot-not-ours", "the keeper's own keys stand wrong in it")
        check_keys(snapshot)

    async def _record(self, snapshot: Snapshot, digest: bytes, envelope: Envelope) -> int:
        body = msgspec.json.encode(SnapshotDigest(digest, snapshot.law))

        def append(connection: sqlite3.Connection) -> int:
            row = connection.execute("SELECT serial, digest FROM snapshot ORDER BY serial DESC LIMIT 1").fetchone()
            if row is not None:
                check_succession(snapshot, digest, row[0], bytes(row[1]))
            placed = append_public(connection, LeafKind.SNAPSHOT, self._state.log.moments.now_ms(), commitment(PUBLIC_SALT, body), body)
            connection.execute(
                "INSERT INTO snapshot (digest, serial, envelope, leaf_index) VALUES (?, ?, ?, ?)",
                (digest, snapshot.serial, msgspec.msgpack.encode(envelope), placed.index),
            )
            return placed.index

        crash.point("keeper.snapshot.before_append")
        index = await self._state.database.write(append)
        # Durable: the digest stands in the log before anything is decided under the snapshot.
        crash.point("keeper.snapshot.after_append")
        self._state.log.dirty()
        return index


def check_keys(snapshot: Snapshot) -> None:
    """Every key of a snapshot comes with a proof of possession (rogue keys), and no institution's key is an audit key."""
    Proven().check(possessions(snapshot))
