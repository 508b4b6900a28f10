"""The registry snapshot as this platform uses it: the checked snapshot with the keys that are computed from it once."""

import asyncio
from dataclasses import dataclass
from functools import cached_property

from enishi.errors import Denied
from enishi.linkage.keys import layer_key, target_key
from enishi.mesh import registry
from enishi.mesh.pki import Peer
from enishi.protocol.registry import Institution, KeyEpoch, Snapshot
from enishi.protocol.wire import Empty, SnapshotReply
from enishi.roles.gateway.joining.freshness import Freshness
from enishi.seal.dsse import Envelope


@dataclass(frozen=True)
class Known:
    """One checked snapshot with what is computed from it once."""

    snapshot: Snapshot
    digest: bytes

    @cached_property
    def layer(self) -> bytes:
        """K = K_x + K_k."""
        return layer_key(self.snapshot.exchange.layer, self.snapshot.keeper.layer)

    @cached_property
    def audit_key(self) -> bytes:
        """Z_U = Y_U + K of the current audit epoch."""
        return target_key(self.snapshot.current_audit.elgamal, self.layer)

    @cached_property
    def _provider_keys(self) -> dict[tuple[str, int], bytes]:
        return {}

    @cached_property
    def believed(self) -> set[Envelope]:
        """Statements whose signatures were verified under this snapshot; another one knows of none of them."""
        return set()

    def provider_key(self, provider: str, epoch: KeyEpoch) -> bytes:
        """Z_B = Y_B + K of a provider's key epoch."""
        place = (provider, epoch.epoch)
        if place not in self._provider_keys:
            self._provider_keys[place] = target_key(epoch.elgamal, self.layer)
        return self._provider_keys[place]

    def standing(self, institution: str, field: str) -> Institution:
        """An institution that may take part now; Unknown("institution-unknown"), Denied("institution-suspended")."""
        found = self.snapshot.institution(institution, field)
        if found.suspended:
            raise Denied("institution-suspended", institution, field)
        return found


class Registry:
    """The newest snapshot; concurrent refreshes share one fetch."""

    def __init__(self, checked: registry.Registry, freshness: Freshness) -> None:
        """Use the snapshot that this one fetches, checks and keeps; `freshness` is told whenever the exchange confirms it."""
        self._checked = checked
        self.freshness = freshness
        self._known: Known | None = None
        self._refreshing: asyncio.Task[Snapshot] | None = None

    def load(self) -> None:
        """Take up the snapshot of the last run, if there is one."""
        self._checked.load()

    def current(self) -> Known:
        """The newest known snapshot; Unavailable("no-snapshot") before the first."""
        snapshot = self._checked.snapshot
        if self._known is None or self._known.snapshot is not snapshot:
            self._known = Known(snapshot, self._checked.digest)
        return self._known

    async def refresh(self) -> Known:
        """Ask the exchange for its present snapshot; Tampered if it is not signed by both or is older than the one known."""
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._checked.refresh())
            self._refreshing.add_done_callback(self._done)
        await asyncio.shield(self._refreshing)
        self.freshness.confirm()
        return self.current()

    async def take(self, offered: SnapshotReply, caller: Peer) -> Empty:
        """Take up the snapshot and notes that the exchange pushes; raises what `refresh` raises."""
        await self._checked.take(offered)
        self.freshness.confirm()
        return Empty()

    def _done(self, task: "asyncio.Task[Snapshot]") -> None:
        self._refreshing = None
        if not task.cancelled():
            # Every waiter has been handed the fault; asking for it here keeps the loop from reporting it as lost.
            task.exception()
