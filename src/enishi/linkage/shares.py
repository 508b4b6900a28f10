"""One operator's shares of every target's key, and the steps that it takes from one target to another."""

from enishi.errors import Unknown
from enishi.linkage.keys import delta, delta_root

Target = tuple[str, int]
"""Institution or audit domain, and key epoch."""


class Shares:
    """s_{X,j} by target, 32 bytes each; they are in no repr. A share of an epoch never changes, so a step that was worked out once stays."""

    def __init__(self, root: bytes) -> None:
        """With the operator's root secret s_root,j, from which people's own paths begin."""
        self._root = root
        self._shares: dict[Target, bytes] = {}
        self._hops: dict[tuple[Target, Target], bytes] = {}

    def put(self, target: str, epoch: int, share: bytes) -> None:
        """Take up a share that is stored."""
        self._shares[target, epoch] = share

    def of(self, target: str, epoch: int) -> bytes:
        """s_{X,j}; Unknown("epoch-unknown") where none was ever made."""
        try:
            return self._shares[target, epoch]
        except KeyError:
            raise Unknown("epoch-unknown", f"{target} epoch {epoch}", "epoch") from None

    def hop(self, source: Target, target: Target) -> bytes:
        """δ from one institution's or audit domain's share to another's."""
        # An inversion costs as much as a multiplication, and pairs of institutions repeat.
        known = self._hops.get((source, target))
        if known is None:
            known = self._hops[source, target] = delta(self.of(*source), self.of(*target))
        return known

    def root_hop(self, target: str, epoch: int) -> bytes:
        """δ from @root: to the audit domain, or to an institution that a person asks for their own data."""
        return delta_root(self._root, self.of(target, epoch))
