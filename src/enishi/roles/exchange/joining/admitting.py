"""Use case: a platform is admitted.  A request waits, both operators' people approve the registry that shows it, and then it gets its certificate."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from enishi import clock
from enishi.errors import Conflict, Denied
from enishi.mesh.pki import Peer
from enishi.protocol.forms import sign_form
from enishi.protocol.joining import (
    ADMISSION,
    Admission,
    AdmitAsk,
    CertificateAsk,
    CertificateReply,
    CertifyAsk,
    DeclineAsk,
    JoinList,
    JoinRequest,
    JoinShown,
    LeaveAsk,
    Uncertified,
    UncertifiedList,
    csr_digest,
    read_join,
)
from enishi.protocol.registry import EXCHANGE, Snapshot
from enishi.protocol.standing import Drafted, SuspendAsk, Suspended
from enishi.protocol.wire import Empty
from enishi.roles.exchange.joining.certificates import Certificates
from enishi.roles.exchange.joining.requests import Requests
from enishi.roles.exchange.publishing import Publishing, stands
from enishi.roles.exchange.suspending import Suspending
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey

MESH_HOST = ".mesh.localhost"


class Places(NamedTuple):
    """Where a platform that joins finds the others: exchange and registrar by https, the public log."""

    exchange: str
    registrar: str
    log: str


class Admitting:
    """Everything about joining that the exchange does."""

    def __init__(
        self,
        parts: tuple[Requests, Certificates],
        changing: tuple[Publishing, Suspending],
        now: Callable[[], Snapshot],
        key: SigningKey,
        places: Places,
    ) -> None:
        """`now` is the registry in force, `key` the exchange's own."""
        self._requests, self._certificates = parts
        self._publishing, self._suspending = changing
        self._now, self._key, self._places = now, key, places

    async def ask(self, envelope: Envelope) -> bytes:
        """Take a request from anybody; its digest."""
        return await self._requests.take(envelope)

    async def look(self, digest: bytes) -> tuple[JoinShown, Envelope | None]:
        """What became of a request, and the signed admission once there is one."""
        shown = await self._requests.one(digest)
        asked = read_join(shown.request)
        ready = await self._certificates.of(asked.csr)
        if shown.state == "declined" or ready is None or not ready.certificate:
            return shown, None
        return msgspec.structs.replace(shown, state="admitted"), self._admission(asked, digest, ready)

    async def show(self) -> JoinList:
        """Every request with its state."""
        return JoinList(tuple([(await self.look(one.digest))[0] for one in await self._requests.shown()]))

    async def admit(self, asked: AdmitAsk) -> Drafted:
        """Draft the registry that a request asks for; in force once both have signed, and then its certificate may be issued."""
        digest = await self._requests.take(asked.request)
        shown = await self._requests.one(digest)
        if shown.state == "declined":
            raise Conflict("join-declined", digest.hex(), "digest")
        return await self._publishing.admit(read_join(asked.request))

    async def decline(self, asked: DeclineAsk) -> Empty:
        """Refuse a request."""
        await self._requests.decline(asked.digest, asked.because)
        return Empty()

    async def uncertified(self) -> UncertifiedList:
        """What the authority may sign: requests whose platform and institutions stand in the registry in force, and renewals."""
        now = self._now()
        for shown in await self._requests.shown():
            asked = read_join(shown.request)
            if shown.state != "declined" and all(stands(now, one) for one in asked.institutions):
                await self._certificates.want([_wanted(asked, now)])
        return UncertifiedList(await self._certificates.waiting())

    async def certify(self, asked: CertifyAsk) -> Empty:
        """Take a certificate from whoever holds the authority."""
        await self._certificates.bring(asked)
        return Empty()

    async def renew(self, asked: CertificateAsk, caller: Peer) -> CertificateReply:
        """A gateway's next certificate."""
        return await self._certificates.renew(asked.csr, caller)

    async def leave(self, asked: LeaveAsk, caller: Peer) -> Suspended:
        """Suspend an institution at its own wish; Denied("tenant-not-yours") where the caller does not host it."""
        if asked.institution not in caller.tenants:
            raise Denied("tenant-not-yours", asked.institution[:40], "institution")
        return await self._suspending.suspend(SuspendAsk(asked.institution, "own-request", asked.because))

    def _admission(self, asked: JoinRequest, digest: bytes, ready: CertificateReply) -> Envelope:
        said: Any = Admission(
            v=1,
            request=digest,
            platform=asked.platform,
            certificate=ready.certificate,
            authority=ready.authority,
            revoked=ready.revoked,
            exchange=self._places.exchange,
            registrar=self._places.registrar,
            log=self._places.log,
            at_ms=clock.now_ms(),
        )
        return sign_form(said, ADMISSION, self._key, EXCHANGE)


def _wanted(asked: JoinRequest, now: Snapshot) -> Uncertified:
    host = urlsplit(asked.door).hostname or ""
    own = host.endswith(MESH_HOST)
    tenants = tuple(sorted(one.id for one in now.institutions if one.platform == asked.platform))
    # On one machine a certificate's own name is the first label of the host; elsewhere the host stands beside it.
    return Uncertified(csr_digest(asked.csr), host.removesuffix(MESH_HOST) if own else asked.platform, "" if own else host, tenants, asked.csr)
