"""What the gateway asks of other roles, as verbs; over the mesh in a running platform."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from enishi.mesh.client import MeshClient
from enishi.protocol.agent import AgentsAsk, AgentsGiven, AgentsTold
from enishi.protocol.joining import CertificateAsk, CertificateReply
from enishi.protocol.mandate import RepresentationTold
from enishi.protocol.offer import HandedAsk, HandedNumbers, HandedTaken
from enishi.protocol.wire import Batch, Empty, EnrolReply, EnrolRequest, InquiryReply, NoticeReply, Recorded, Results, SnapshotReply
from enishi.store import crash

EXCHANGE: Final = "exchange"
REGISTRAR: Final = "registrar"


class NumberPeers(Protocol):
    """The registrar, as it gives what people handed over."""

    async def handed(self, asked: HandedAsk) -> HandedNumbers:
        """What waits for these institutions."""

    async def taken(self, told: HandedTaken) -> Empty:
        """Say that the institution has them, durably."""


class AgentPeers(Protocol):
    """The registrar, as it gives mandates to organisations and tells their ends."""

    async def agents(self, asked: AgentsAsk) -> AgentsGiven:
        """What is new and what is over for these organisations."""

    async def agents_told(self, told: AgentsTold) -> Empty:
        """Say what the organisation has kept and what it has deleted, durably."""


class Peers(NumberPeers, AgentPeers, Protocol):
    """The exchange and the registrar as a gateway knows them; every verb raises Unavailable where the peer cannot be reached."""

    async def snapshot(self) -> SnapshotReply:
        """The exchange's present registry snapshot, with the suspensions on top of it."""

    async def certificate(self, asked: CertificateAsk) -> CertificateReply:
        """Ask the exchange for the platform's next certificate."""

    async def inquire(self, messages: Sequence[bytes]) -> Results[InquiryReply]:
        """Send messages, each the msgpack bytes of an Inquiry exactly as stored."""

    async def outcome(self, replies: Sequence[NoticeReply]) -> Results[Recorded]:
        """Bring decided outcomes to the log."""

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Ask the registrar to have people enrolled."""

    async def event(self, message: bytes) -> Empty:
        """Send a subscription or a notice of change, the msgpack bytes of an Event exactly as stored."""

    async def represent(self, told: RepresentationTold) -> Empty:
        """Tell the registrar who represents whom, or who is protected."""


class MeshPeers:
    """The peers over mutual TLS."""

    def __init__(self, client: MeshClient, urls: dict[str, str]) -> None:
        """Name the client and the base address of each role."""
        self._client = client
        self._urls = urls

    async def snapshot(self) -> SnapshotReply:
        """The exchange's present registry snapshot, with the suspensions on top of it."""
        crash.point("gateway.snapshot.before_send")
        return await self._client.call(self._urls[EXCHANGE], EXCHANGE, "/exchange/snapshot", Empty(), SnapshotReply)

    async def certificate(self, asked: CertificateAsk) -> CertificateReply:
        """Ask the exchange for the platform's next certificate."""
        crash.point("gateway.certificate.before_send")
        return await self._client.call(self._urls[EXCHANGE], EXCHANGE, "/exchange/certificate", asked, CertificateReply)

    async def inquire(self, messages: Sequence[bytes]) -> Results[InquiryReply]:
        """Send messages, each the msgpack bytes of an Inquiry exactly as stored."""
        batch = Batch(tuple(msgspec.Raw(message) for message in messages))
        crash.point("gateway.ask.before_send")
        return await self._client.call(self._urls[EXCHANGE], EXCHANGE, "/exchange/inquire", batch, Results[InquiryReply])

    async def outcome(self, replies: Sequence[NoticeReply]) -> Results[Recorded]:
        """Bring decided outcomes to the log."""
        crash.point("gateway.desk.before_send")
        return await self._client.call(self._urls[EXCHANGE], EXCHANGE, "/exchange/outcome", Batch(tuple(replies)), Results[Recorded])

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Ask the registrar to have people enrolled."""
        crash.point("gateway.enrol.before_send")
        return await self._client.call(self._urls[REGISTRAR], REGISTRAR, "/registrar/enrol", request, EnrolReply)

    async def event(self, message: bytes) -> Empty:
        """Send a subscription or a notice of change, the msgpack bytes of an Event exactly as stored."""
        crash.point("gateway.event.before_send")
        return await self._client.call(self._urls[EXCHANGE], EXCHANGE, "/exchange/event", msgspec.Raw(message), Empty)

    async def handed(self, asked: HandedAsk) -> HandedNumbers:
        """What waits for these institutions."""
        crash.point("gateway.handed.before_send")
        return await self._client.call(self._urls[REGISTRAR], REGISTRAR, "/registrar/handed", asked, HandedNumbers)

    async def taken(self, told: HandedTaken) -> Empty:
        """Say that the institution has them, durably."""
        crash.point("gateway.handed.before_confirm")
        return await self._client.call(self._urls[REGISTRAR], REGISTRAR, "/registrar/handed/taken", told, Empty)

    async def agents(self, asked: AgentsAsk) -> AgentsGiven:
        """What is new and what is over for these organisations."""
        crash.point("gateway.agent.before_send")
        return await self._client.call(self._urls[REGISTRAR], REGISTRAR, "/registrar/agent/given", asked, AgentsGiven)

    async def agents_told(self, told: AgentsTold) -> Empty:
        """Say what the organisation has kept and what it has deleted, durably."""
        crash.point("gateway.agent.before_confirm")
        return await self._client.call(self._urls[REGISTRAR], REGISTRAR, "/registrar/agent/told", told, Empty)

    async def represent(self, told: RepresentationTold) -> Empty:
        """Tell the registrar who represents whom, or who is protected."""
        crash.point("gateway.representation.before_send")
        return await self._client.call(self._urls[REGISTRAR], REGISTRAR, "/registrar/representation", told, Empty)
