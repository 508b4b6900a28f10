"""A portal's source for mandates to organisations: law and words are real, the registrar's half is played by the test."""

from datetime import date

import msgspec

from enishi.errors import Fault, Unknown
from enishi.law import load
from enishi.protocol.agent import AgentMandate, AgentShown, AgentTaken, read_mandate, sign_mandate
from enishi.protocol.agent_legal import NotOpen, decide_agent, demand_agent, part_of
from enishi.protocol.legal import Jurist, policy_of
from enishi.protocol.registry import Institution
from enishi.roles.portal.agents.wish import AgentLawful, AgentWanted
from enishi.roles.portal.offer import DocumentSigned
from enishi.roles.portal.offersource import grounds_in_words
from enishi.roles.portal.view import Name
from enishi.seal.dsse import Envelope
from enishi.society.institutions import institution
from web.smalllog import T0
from web.smalloffers import KEY

ACT = "425AC0000000027@2024-05-27"
LINK = f"/number/agent?agent=employer-1&recipient=isa&source={ACT}&row=31-2"
REFUSED_LINK = f"/number/agent?agent=employer-1&recipient=isa&source={ACT}&row=31-4"
DAY = date(2025, 4, 1)


def registered(name: str) -> Institution:
    """An institution of the demo as the registry would show it; its keys are in nobody's way here."""
    seed = institution(name)
    return Institution(
        id=seed.id,
        name_ja=seed.name_ja,
        name_en=seed.name_en,
        kind=seed.kind,
        platform=seed.platform,
        suspended=False,
        capacities=seed.capacities,
        assessments=(),
        epochs=(),
    )


class SmallAgents:
    """Takes every mandate and keeps the list; `fault` is what the registrar answers, `sessions` who asked."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.brought: list[Envelope] = []
        self.sessions: list[bytes] = []
        self.mandates: list[AgentShown] = []
        self.now_ms = T0

    async def lawful(self, wanted: AgentWanted) -> AgentLawful:
        agent, recipient, tables = registered(wanted.agent), registered(wanted.recipient), load()
        part = part_of(agent)
        verdict = decide_agent(part, recipient, wanted.affair, tables, DAY)
        affair = Jurist(tables, policy_of("off", "refuse")).affair_name(wanted.affair, wanted.item, None)  # type: ignore[arg-type]
        names = [Name(one.name_ja, one.name_en) for one in (agent, recipient)]
        if isinstance(verdict, NotOpen):
            return AgentLawful(names[0], names[1], affair, part, (), grounds_in_words(verdict.grounds, wanted.affair, affair))
        demand_agent(agent, part, wanted.affair, tables, DAY)
        return AgentLawful(names[0], names[1], affair, part, verdict.basis, ())

    def sign(self, mandate: AgentMandate) -> Envelope:
        return sign_mandate(mandate, KEY)

    async def give(self, mandate: Envelope, signed: DocumentSigned) -> AgentTaken:
        if self.fault is not None:
            raise self.fault
        self.brought.append(mandate)
        said, reference = read_mandate(mandate, KEY.public), bytes([len(self.brought)]) * 16
        self.mandates.insert(
            0,
            AgentShown(
                reference=reference,
                agent=said.agent,
                recipient=said.recipient,
                affair=said.affair,
                purpose_item=said.purpose_item,
                part=said.part,
                at_ms=self.now_ms,
                until_ms=said.until_ms,
                taken_ms=0,
                ended_ms=0,
                reason="",
                deleted_ms=0,
            ),
        )
        return AgentTaken(reference, self.now_ms)

    async def listed(self, session: bytes) -> tuple[AgentShown, ...]:
        self.sessions.append(session)
        return tuple(self.mandates)

    async def withdraw(self, session: bytes, reference: bytes) -> None:
        self.sessions.append(session)
        if reference not in [one.reference for one in self.mandates]:
            raise Unknown("agent-unknown", field="reference")
        self.change(reference, ended_ms=self.now_ms, reason="withdrawn")

    def change(self, reference: bytes, **changes: object) -> None:
        """What the registrar knows of one from now on."""
        self.mandates = [msgspec.structs.replace(one, **changes) if one.reference == reference else one for one in self.mandates]  # type: ignore[arg-type]
