"""The doors of the exchange's own operator: what the registry shows, and the verbs that change it."""

from collections.abc import Sequence
from typing import Any

from enishi.mesh.config import RoleConfig
from enishi.mesh.operators import OPERATOR, demand_operator
from enishi.mesh.pki import Peer
from enishi.mesh.rpc import Endpoint
from enishi.protocol.joining import AdmitAsk, CertificateAsk, CertificateReply, CertifyAsk, DeclineAsk, JoinList, LeaveAsk, UncertifiedList
from enishi.protocol.standing import AddAsk, Drafted, RegistryShown, ReinstateAsk, SuspendAsk, Suspended
from enishi.protocol.wire import Empty
from enishi.roles.exchange.joining.admitting import Admitting
from enishi.roles.exchange.publishing import Publishing
from enishi.roles.exchange.suspending import Suspending


def operator_doors(config: RoleConfig, publishing: Publishing | None, suspending: Suspending | None) -> Sequence[Endpoint[Any, Any]]:
    """The operator's verbs; each demands the operator whom the configuration names."""
    assert publishing is not None
    assert suspending is not None

    async def show(asked: Empty, caller: Peer) -> RegistryShown:
        demand_operator(config, caller)
        return await publishing.shown()

    async def add(asked: AddAsk, caller: Peer) -> Drafted:
        demand_operator(config, caller)
        return await publishing.add(asked.institution)

    async def suspend(asked: SuspendAsk, caller: Peer) -> Suspended:
        demand_operator(config, caller)
        return await suspending.suspend(asked)

    async def reinstate(asked: ReinstateAsk, caller: Peer) -> Drafted:
        demand_operator(config, caller)
        return await publishing.reinstate(asked.institution)

    async def finish(asked: Empty, caller: Peer) -> Drafted:
        demand_operator(config, caller)
        return await publishing.finish()

    return (
        Endpoint("/exchange/registry/show", Empty, RegistryShown, show, OPERATOR),
        Endpoint("/exchange/registry/add", AddAsk, Drafted, add, OPERATOR),
        Endpoint("/exchange/registry/suspend", SuspendAsk, Suspended, suspend, OPERATOR),
        Endpoint("/exchange/registry/reinstate", ReinstateAsk, Drafted, reinstate, OPERATOR),
        Endpoint("/exchange/registry/finish", Empty, Drafted, finish, OPERATOR),
    )


def joining_doors(config: RoleConfig, admitting: Admitting | None) -> Sequence[Endpoint[Any, Any]]:
    """The operator's verbs about who joins, and a hosted platform's own: its next certificate, and leaving."""
    assert admitting is not None
    gateway = frozenset({"gateway"})

    async def show(asked: Empty, caller: Peer) -> JoinList:
        demand_operator(config, caller)
        return await admitting.show()

    async def admit(asked: AdmitAsk, caller: Peer) -> Drafted:
        demand_operator(config, caller)
        return await admitting.admit(asked)

    async def decline(asked: DeclineAsk, caller: Peer) -> Empty:
        demand_operator(config, caller)
        return await admitting.decline(asked)

    async def uncertified(asked: Empty, caller: Peer) -> UncertifiedList:
        demand_operator(config, caller)
        return await admitting.uncertified()

    async def certify(asked: CertifyAsk, caller: Peer) -> Empty:
        demand_operator(config, caller)
        return await admitting.certify(asked)

    async def renew(asked: CertificateAsk, caller: Peer) -> CertificateReply:
        return await admitting.renew(asked, caller)

    async def leave(asked: LeaveAsk, caller: Peer) -> Suspended:
        return await admitting.leave(asked, caller)

    return (
        Endpoint("/exchange/registry/joining", Empty, JoinList, show, OPERATOR),
        Endpoint("/exchange/registry/admit", AdmitAsk, Drafted, admit, OPERATOR),
        Endpoint("/exchange/registry/decline", DeclineAsk, Empty, decline, OPERATOR),
        Endpoint("/exchange/registry/uncertified", Empty, UncertifiedList, uncertified, OPERATOR),
        Endpoint("/exchange/registry/certify", CertifyAsk, Empty, certify, OPERATOR),
        Endpoint("/exchange/certificate", CertificateAsk, CertificateReply, renew, gateway),
        Endpoint("/exchange/leave", LeaveAsk, Suspended, leave, gateway),
    )
