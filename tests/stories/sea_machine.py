"""A network on a fresh copy of a founded one's data, whose wire may storm, whose clocks may run ahead, and whose roles stop and start."""

from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from attacks import network_attack
from attacks.network_attack import FIRST, SECOND, Network
from enishi import clock
from enishi.cli.verify import Report, verify_data
from enishi.protocol.registry import Snapshot, check_snapshot, read_snapshot
from enishi.protocol.wire import KeeperParts, Recorded, SnapshotReply
from enishi.roles.exchange import assemble as exchange_role
from enishi.roles.exchange import founding
from enishi.roles.gateway import assemble as gateway_role
from enishi.roles.keeper import assemble as keeper_role
from enishi.roles.oversight import assemble as oversight_role
from enishi.roles.portal import assemble as portal_role
from enishi.roles.registrar import assemble as registrar_role
from stories.storm_machine import Storm

MODULES: Final[dict[str, Any]] = {
    "keeper": keeper_role,
    "exchange": exchange_role,
    "registrar": registrar_role,
    "oversight": oversight_role,
    "portal": portal_role,
    FIRST: gateway_role,
    SECOND: gateway_role,
}


class Sea(Network):
    """The roles on a copy of such data."""

    wire: Storm

    def __init__(self, template: Path, data: Path) -> None:
        self._clock = patch.object(clock, "now_ms", self._now_ms)
        self.ahead_ms, self._real = 0, clock.now_ms
        self._clock.start()
        with patch.object(network_attack, "Wire", Storm):
            super().__init__(data, template)

    def quieten(self) -> None:
        """Here the roles' own clocks are part of the weather."""

    def _now_ms(self) -> int:
        return self._real() + self.ahead_ms

    def halt(self, name: str) -> None:
        """A role stops; whoever calls it finds nobody."""
        del self.wire.doors[f"https://{name}"]
        self.run(self.roles.pop(name).stop())

    def go_on(self, name: str) -> None:
        """The role starts again on what is durable."""

        async def begin() -> None:
            with patch.object(portal_role, "MeshedSource", self._source):
                await self._begin(name, MODULES[name])
            await self.roles[name].after_open()

        self.run(begin())

    def publish(self, snapshot: Snapshot) -> None:
        """The next snapshot on the way of a first one; what an earlier try left signed is brought to its end before."""
        self.run(self._publish(snapshot))

    async def _publish(self, snapshot: Snapshot) -> None:
        state, client = self.exchange, self.wire.client(self.peer("exchange"))
        doors = founding.FoundingDoors(
            parts=lambda asked: client.call("https://keeper", "", "/keeper/parts", asked, KeeperParts),
            cosign=lambda draft: client.call("https://oversight", "", "/oversight/cosign", draft, SnapshotReply),
            adopt=lambda signed: client.call("https://keeper", "", "/keeper/snapshot", signed, Recorded),
        )
        envelope = await state.database.read(founding._newest)
        if read_snapshot(envelope.payload).serial <= state.snapshot.serial:
            envelope = await founding._sign(state, doors, snapshot)
        await doors.adopt(SnapshotReply(envelope))
        state.publish(*check_snapshot(envelope, state.pins), envelope)

    def end(self) -> Report:
        """Everything stops, clocks are right again; what `enishi verify` says of the data."""
        try:
            self.stop()
            return self._verified()
        finally:
            self._clock.stop()

    def _verified(self) -> Report:
        # The second platform's tenants are laid beside the first one's, where the walk looks for them.
        for tenant in (self.data / SECOND / "tenants").iterdir():
            place = self.data / "gateway" / "tenants" / tenant.name
            if not place.exists():
                place.symlink_to(tenant)
        return verify_data(self.data)
