"""Use case: fetch what people handed over to the tenants, believe it only after own checks, keep it, confirm it, have the person enrolled."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from enishi import clock
from enishi.errors import Fault, Malformed, Unavailable
from enishi.mesh import logs
from enishi.protocol.offer import WITHOUT, Believed, HandedAsk, HandedNumber, HandedTaken, check_offer
from enishi.roles.gateway.enrolment import Enrolment
from enishi.roles.gateway.offers import kept
from enishi.roles.gateway.peers import NumberPeers
from enishi.roles.gateway.registry import Known, Registry
from enishi.roles.gateway.tenant import Tenant, hosted
from enishi.store import crash
from enishi.terms import InstitutionId

PAUSE_S: Final = 2.0
AHEAD_MS: Final = 5 * 60 * 1000
"""By how much the registrar's clock may be ahead of ours."""


class Checked(NamedTuple):
    """A number that was handed over, the application that says so, and the tenant that it names."""

    handed: HandedNumber
    believed: Believed
    tenant: Tenant


class Offers:
    """Fetches for all tenants of the platform at once."""

    def __init__(self, tenants: dict[str, Tenant], registry: Registry, peers: NumberPeers, enrolment: Enrolment) -> None:
        """Work on these tenants under this registry; who is new is enrolled by the ordinary way."""
        self._tenants = tenants
        self._registry = registry
        self._peers = peers
        self._enrolment = enrolment
        self._enrolling = False
        self._unbelieved: dict[bytes, None] = {}
        self._under = b""

    async def fetch(self) -> int:
        """One round: what waits at the registrar is checked, kept durably, and then confirmed; returns how many numbers were new."""
        new, told = 0, defaultdict[InstitutionId, list[bytes]](list)
        known = self._current()
        # A tenant that is not in the registry yet must not keep the others from being asked for.
        institutions = tuple(tenant.id for tenant in self._tenants.values() if tenant.id in known.snapshot.by_id)
        for handed in (await self._peers.handed(HandedAsk(institutions, tuple(self._unbelieved)[-WITHOUT:]))).numbers:
            try:
                checked = self._check(handed)
                new += await self._keep(checked)
            except Unavailable:
                raise
            except Fault as fault:
                self._disbelieve(handed.reference, fault)
                continue
            told[checked.tenant.id].append(handed.reference)
        for institution, references in told.items():
            await self._peers.taken(HandedTaken(institution, tuple(references)))
        return new

    def _current(self) -> Known:
        """The registry; under another one, or after a start, what was not believed is looked at once more: keys may have changed."""
        known = self._registry.current()
        if known.digest != self._under:
            self._under = known.digest
            self._unbelieved.clear()
        return known

    def _disbelieve(self, reference: bytes, fault: Fault) -> None:
        # Not kept and not confirmed: it stays at the registrar, where somebody must look. It is said once, and not asked for again.
        if reference not in self._unbelieved:
            logs.warn("handed-not-believed", code=fault.code)
        self._unbelieved[reference] = None

    def _check(self, handed: HandedNumber) -> Checked:
        """The registrar is not believed that a person declared this: the application names the tenant, and both signatures hold."""
        snapshot = self._registry.current().snapshot
        believed = check_offer(handed.signed, snapshot.portal, snapshot.card_authority, handed.at_ms)
        if handed.at_ms > clock.now_ms() + AHEAD_MS:
            raise Malformed("outside-time-window", "ahead", "at_ms")
        return Checked(handed, believed, hosted(self._tenants, believed.offer.institution, "institution"))

    async def _keep(self, checked: Checked) -> bool:
        crash.point("gateway.handed.before_store")
        new = await checked.tenant.database.write(lambda connection: kept.keep(connection, checked.handed, checked.believed, clock.now_ms()))
        # Durable: number and application are the institution's; only now is the registrar told to strike them.
        crash.point("gateway.handed.after_store")
        return new

    async def run(self, tenants: Sequence[Tenant]) -> None:
        """Fetch in a rhythm, and enrol whoever has no code; ends when cancelled."""
        quiet = ""
        while True:
            try:
                self._enrolling |= await self.fetch() > 0
                if self._enrolling:
                    await self._enrolment.enrol_all()
                    self._enrolling = False
                quiet = ""
            except Fault as fault:
                # A registrar that is away, or of a version without this door, is said once and not every two seconds.
                if fault.code != quiet:
                    logs.warn("handed-wait", code=fault.code)
                quiet = fault.code
            await asyncio.sleep(PAUSE_S)
