"""An employer, an agent and the authority that papers are handed in to, beside the operators' world: portal, card, registrar and platform in one."""

from datetime import date
from pathlib import Path
from secrets import token_bytes
from typing import Any

import msgspec

from card.handed_card import signed_in
from enishi import clock
from enishi.card.authority import Use
from enishi.card.chip import message_of
from enishi.errors import Unavailable
from enishi.law import load
from enishi.law.capacities import RELATED
from enishi.protocol.agent import (
    AgentMandate,
    AgentsAsk,
    AgentSession,
    AgentsGiven,
    AgentShown,
    AgentsTold,
    AgentWithdrawal,
    SignedAgentMandate,
    mandate_digest,
    sign_mandate,
)
from enishi.protocol.legal import policy_of
from enishi.protocol.registry import Capacity, Institution
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import request_digest
from enishi.protocol.wire import Empty
from enishi.roles.gateway.agents.fetching import Agents
from enishi.roles.gateway.registry import Known
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.roles.gateway.tenant import Tenant
from enishi.roles.registrar.acting import Acting
from enishi.roles.registrar.agentgiving import AgentGiving
from enishi.roles.registrar.offering import Reading
from enishi.roles.registrar.settling import Settling
from enishi.seal.dsse import Envelope
from enishi.store.database import Database
from enishi.terms import InstitutionId
from keeper.world_operators import Operators
from registrar.offering_registrar import DAY, logged_in, revocations, slot_of

EMPLOYER, AGENT, AUTHORITY = InstitutionId("employer-1"), InstitutionId("agent-1"), InstitutionId("isa")
ACT, STAY = "425AC0000000027@2024-05-27", "出入国管理及び難民認定法"
PERMIT = AffairRef(ACT, "31-2")
MONTH_MS = 30 * 24 * 3600 * 1000
Replace = msgspec.structs.replace


def related(law: str = STAY, until: date | None = None) -> Capacity:
    return Capacity(RELATED, date(2015, 10, 5), until, "", law, "425AC0000000027#9-4")


def institution(model: Institution, name: InstitutionId, kind: str, *capacities: Capacity) -> Institution:
    """One more institution, with the keys of another: nothing here works on them."""
    return Replace(model, id=name, name_ja=name, name_en=name, kind=kind, capacities=capacities, assessments=(), ordinances=(), suspended=False)


class Platform:
    """The registry as a platform of the world knows it."""

    def __init__(self, world: Operators) -> None:
        self._world = world

    def current(self) -> Known:
        return Known(self._world.registry.snapshot, bytes(32))


class Town:
    """Registrar and platform over one world; `portal` and `card` are played by its verbs. `down` takes the registrar away from the platform."""

    def __init__(self, world: Operators, folder: Path) -> None:
        self.world, self.down = world, False
        model = world.registry.snapshot.institutions[0]
        delegated = Capacity("出入国在留管理庁長官", date(2019, 4, 1), None, "法務大臣", STAY, "326CO0000000319#69_2")
        self.parties = {
            EMPLOYER: institution(model, EMPLOYER, "employer", related()),
            AGENT: institution(model, AGENT, "agent", related()),
            AUTHORITY: institution(model, AUTHORITY, "agency", delegated),
        }
        self.show()
        law = Reading(load, policy_of("off", "refuse"), DAY)
        self.settling = Settling(world.registrar_db, world.registry, law)
        self.acting = Acting(world.registrar_db, world.registry, law, self.settling)
        self.giving = AgentGiving(world.registrar_db, world.registry, self.settling)
        self.tenants = {name: self._tenant(folder / name, name) for name in (EMPLOYER, AGENT)}
        self.platform = Agents(dict(self.tenants), Platform(world), self)  # type: ignore[arg-type]

    def _tenant(self, folder: Path, name: InstitutionId) -> Tenant:
        folder.mkdir()
        return Tenant(name, folder, Database.open(folder / "gateway.db", MIGRATIONS), {}, ())

    def show(self, *changed: Institution) -> None:
        """Another snapshot, in which these stand as given."""
        self.parties |= {one.id: one for one in changed}
        snapshot = self.world.registry.snapshot
        others = tuple(one for one in snapshot.institutions if one.id not in self.parties)
        self.world.registry._shown = Replace(snapshot, institutions=(*others, *self.parties.values()))

    def without(self, name: InstitutionId) -> None:
        """Another snapshot that does not name it."""
        snapshot = self.world.registry.snapshot
        self.world.registry._shown = Replace(snapshot, institutions=tuple(one for one in snapshot.institutions if one.id != name))

    # ---- the platform's way to the registrar

    async def agents(self, asked: AgentsAsk) -> AgentsGiven:
        self._up()
        return await self.giving.give(asked, frozenset(self.tenants))

    async def agents_told(self, told: AgentsTold) -> Empty:
        self._up()
        return await self.giving.told(told, frozenset(self.tenants))

    def _up(self) -> None:
        if self.down:
            raise Unavailable("peer-unreachable", "registrar")

    async def fetch(self) -> int:
        return await self.platform.fetch(self.tenants.values())

    # ---- the person, at the portal and with the card

    def mandate(self, session: bytes, /, **changes: Any) -> AgentMandate:
        """As the portal writes it in the session of that request."""
        at_ms = clock.now_ms()
        given: dict[str, Any] = {
            "v": 1,
            "face": "portal",
            "agent": EMPLOYER,
            "recipient": AUTHORITY,
            "affair": PERMIT,
            "purpose_item": "",
            "part": "employment",
            "until_ms": at_ms + MONTH_MS,
            "session": request_digest(session),
            "nonce": token_bytes(16),
            "at_ms": at_ms,
        }
        return AgentMandate(**(given | changes))

    def carded(self, envelope: Envelope, holder: int = 0, use: Use = Use.SIGNATURE) -> SignedAgentMandate:
        """With a card's signature over it."""
        slot = slot_of(self.world, holder, use)
        signature = signed_in(slot, message_of(use, mandate_digest(envelope)))
        return SignedAgentMandate(envelope, slot.certificate, signature, revocations(self.world))

    async def brought(self, holder: int = 0, signer: int = 0, **changes: Any) -> SignedAgentMandate:
        """What the portal brings for a person who logged in."""
        session = await logged_in(self.world, holder)
        return self.carded(sign_mandate(self.mandate(session, **changes), self.world.founded.portal), signer)

    async def give(self, holder: int = 0, **changes: Any) -> bytes:
        """A mandate that was taken; its reference."""
        return (await self.acting.take(await self.brought(holder, holder, **changes))).reference

    async def seen(self, holder: int = 0) -> tuple[AgentShown, ...]:
        """What the person sees on logging in."""
        return (await self.acting.listed(AgentSession(request_digest(await logged_in(self.world, holder))))).mandates

    # ---- what is kept

    def kept(self, query: str, *values: object, name: InstitutionId = EMPLOYER) -> list[Any]:
        return self.tenants[name].database.read_now(lambda connection: connection.execute(query, values).fetchall())

    def held(self, query: str, *values: object) -> list[Any]:
        return self.world.registrar_db.read_now(lambda connection: connection.execute(query, values).fetchall())

    async def close(self) -> None:
        for tenant in self.tenants.values():
            await tenant.database.close()


async def withdraw(town: Town, reference: bytes, holder: int = 0) -> tuple[AgentShown, ...]:
    """The person of a fresh session withdraws one."""
    session = request_digest(await logged_in(town.world, holder))
    return (await town.acting.withdraw(AgentWithdrawal(session, reference))).mandates


STATE = "SELECT length(signed), reason, deleted_ms > 0, told_ms > 0 FROM agent_mandate WHERE reference = ?"
NUMBER = "SELECT individual_number FROM agent_number WHERE reference = ?"
