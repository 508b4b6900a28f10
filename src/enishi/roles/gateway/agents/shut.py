"""What an organisation that only hands others' numbers in finds shut: every door of the API but those named here (Number Act Art. 9(4), 19, 20)."""

from typing import Final

from enishi import clock
from enishi.errors import Denied, Unavailable
from enishi.protocol.agent_legal import only_for_others
from enishi.roles.gateway.agents.face import END, LIST, ONE
from enishi.roles.gateway.joining.statusface import PATH as STATUS
from enishi.roles.gateway.registry import Registry

OPEN: Final = frozenset({LIST, ONE, END, STATUS, "/metrics"})


def demand_open(path: str, tenant: str, registry: Registry) -> None:
    """Denied("agent-only-mandates") for an organisation at any other door: it inquires nowhere, answers nothing, holds nothing and gets no code.

    By the registry, not by this: the operators refuse it by law, and the registrar gives it no code. Here it is told why.
    """
    if path in OPEN:
        return
    try:
        found = registry.current().snapshot.by_id.get(tenant)
    except Unavailable:
        # Before the first snapshot nothing leaves the platform, whoever asks.
        return
    if found is not None and only_for_others(found, clock.legal_day(clock.now_ms())):
        raise Denied("agent-only-mandates", path, "Authorization")
