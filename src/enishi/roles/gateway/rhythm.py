"""When an inquiry that waits for an official is asked for again: soon while it is young, more rarely as it grows old."""

from collections.abc import Sequence
from typing import Final

from enishi.terms import Txid

SHARE: Final = 10
"""An inquiry is asked for again after this part of its age."""
LEAST_MS: Final = 30_000
MOST_MS: Final = 600_000


class Rhythm:
    """Remembers, for one tenant, when each waiting inquiry's turn comes; a start forgets it, and every turn has come."""

    def __init__(self) -> None:
        """Begin with nothing asked yet."""
        self._due_ms: dict[Txid, int] = {}

    def due(self, waiting: Sequence[tuple[Txid, int]], at_ms: int, most: int) -> list[Txid]:
        """Of all that wait, (id, asked at ms), those whose turn has come, at most so many; the others come in the rounds that follow."""
        # Thousands may wait for days, fifty rows in each: asked for every half minute they would crowd out everybody else.
        self._due_ms = {txid: self._due_ms[txid] for txid, _ in waiting if txid in self._due_ms}
        found = [(txid, asked_ms) for txid, asked_ms in waiting if self._due_ms.get(txid, 0) <= at_ms][:most]
        for txid, asked_ms in found:
            self._due_ms[txid] = at_ms + max(LEAST_MS, min(MOST_MS, (at_ms - asked_ms) // SHARE))
        return [txid for txid, _ in found]
