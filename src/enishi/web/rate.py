"""A bound on how much one address may ask of the public face, in memory only and forgotten at once."""

from collections.abc import Callable
from typing import Final

from enishi.errors import Busy

ADDRESSES: Final = 4096
"""Most addresses that are counted at a time; the one that was quiet longest is forgotten first."""


class Allowance:
    """A bucket per address that fills by `a_second` up to `burst`; what is taken beyond it is refused."""

    def __init__(self, a_second: float, burst: float, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that never step back."""
        self._a_second, self._burst, self._clock = a_second, burst, clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, address: str, amount: float) -> None:
        """Take from the address's bucket; Busy("asked-too-often") where it does not hold that much."""
        at = self._clock()
        left, since = self._left.pop(address, (self._burst, at))
        left = min(self._burst, left + (at - since) * self._a_second)
        if len(self._left) >= ADDRESSES:
            self._left.pop(next(iter(self._left)))
        self._left[address] = (left - amount if left >= amount else left, at)
        if left < amount:
            raise Busy("asked-too-often")
