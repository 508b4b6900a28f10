"""Whose person may act at a role: each role's own operator, by the name in the certificate."""

from enishi.errors import Denied
from enishi.mesh.config import RoleConfig
from enishi.mesh.pki import Peer

OPERATOR = frozenset({"operator"})
"""Callers of an operator's door."""


def demand_operator(config: RoleConfig, caller: Peer) -> None:
    """Denied("operator-not-ours") unless the caller is the operator whom the role's setting `operator` names (`operator` without it).

    Exchange and commission each name their own, or one person could do both acts that two are there for.
    """
    if caller.name != config.settings.get("operator", "operator"):
        raise Denied("operator-not-ours", caller.name)
