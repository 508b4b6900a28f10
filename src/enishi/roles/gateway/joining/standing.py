"""How a platform stands, from its folder alone, also while it runs: registry with age, certificate's end, institutions, and what waits."""

import sqlite3
from pathlib import Path

import msgspec

from enishi import clock
from enishi.errors import Fault, Unavailable
from enishi.mesh import pki
from enishi.mesh.registry import Registry
from enishi.protocol.wire import SnapshotReply
from enishi.roles.gateway.joining.freshness import age_of, confirmed_ms
from enishi.roles.gateway.joining.platform import state_of
from enishi.roles.gateway.joining.renewing import due

_WAITING = {
    "sending": "SELECT count(*) FROM asked WHERE state = 'sending'",
    "waiting": "SELECT count(*) FROM asked WHERE state = 'waiting'",
    "held": "SELECT count(*) FROM given g WHERE g.kind IN ('held', 'closed')"
    " AND NOT EXISTS (SELECT 1 FROM given n WHERE n.item_id = g.item_id AND n.place > g.place)",
    "unlogged": "SELECT count(*) FROM given WHERE recorded_index = -1",
    "gathering": "SELECT count(*) FROM asked_item i JOIN asked a ON a.txid = i.txid WHERE i.evidence = 0 AND i.receipt <> x'' AND a.state = 'ended'",
}


class Waiting(msgspec.Struct, frozen=True):
    """Inquiries being sent or waiting for an outcome, items held or queued here, outcomes not yet in the log, evidence not yet gathered."""

    sending: int
    waiting: int
    held: int
    unlogged: int
    gathering: int

    @property
    def unfinished(self) -> bool:
        """Whether somebody still waits for something; evidence alone holds up nobody."""
        return bool(self.sending or self.waiting or self.held or self.unlogged)


class TenantStanding(msgspec.Struct, frozen=True):
    """One institution: how the registry held here shows it, and what waits."""

    id: str
    registry: str
    """stands, suspended, or absent."""
    waiting: Waiting | None


class RegistryStanding(msgspec.Struct, frozen=True):
    """Serial (0 for none), when it was last confirmed (RFC 3339), how many seconds ago, and whether that is old."""

    serial: int
    confirmed: str
    age_s: int
    state: str


class PlatformStanding(msgspec.Struct, frozen=True):
    """Everything that `status` says."""

    state: str
    registry: RegistryStanding
    certificate_ends: str
    certificate_renews: str
    """no, or due."""
    institutions: tuple[TenantStanding, ...]


def standing_of(folder: Path, tls: Path, tenants: list[str]) -> PlatformStanding:
    """Read the folder; what cannot be read yet is shown as absent."""
    now, ends = clock.now_ms(), pki.ends_ms(tls)
    known = _registry(folder)
    found = tuple(TenantStanding(one, _stands(known, one), waiting_of(folder / "tenants" / one / "gateway.db")) for one in tenants)
    return PlatformStanding(state_of(folder), _age(known, confirmed_ms(folder), now), _time(ends), "due" if due(tls, now) else "no", found)


def _age(known: Registry | None, confirmed: int, now: int) -> RegistryStanding:
    serial = known.snapshot.serial if known is not None else 0
    if not confirmed:
        return RegistryStanding(serial, "", -1, "never")
    return RegistryStanding(serial, _time(confirmed), max(0, now - confirmed) // 1000, age_of(confirmed, now))


def waiting_of(path: Path) -> Waiting | None:
    """What waits in a tenant's database; None where there is none yet, or one of another version."""
    if not path.exists():
        return None
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return Waiting(**{name: connection.execute(query).fetchone()[0] for name, query in _WAITING.items()})
        finally:
            connection.close()
    except sqlite3.Error:
        return None


def _registry(folder: Path) -> Registry | None:
    async def nobody() -> SnapshotReply:
        raise Unavailable("peer-unreachable", "exchange")

    try:
        held = Registry(folder, nobody)
        held.load()
        return held if held.snapshot else None
    except Fault:
        return None


def _stands(known: Registry | None, institution: str) -> str:
    found = known.snapshot.by_id.get(institution) if known is not None else None
    return "absent" if found is None else "suspended" if found.suspended else "stands"


def _time(at_ms: int) -> str:
    return clock.moment(at_ms).isoformat(timespec="seconds") if at_ms else ""
