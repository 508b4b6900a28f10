"""Deterministic chance: the same seed and path draw the same values on every machine, and no two ids collide."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from hashlib import blake2b
from typing import TypeVar

from enishi.encoding import frame, u64

T = TypeVar("T")


class Draws:
    """A stream of choices for one seed and path, drawn from `random.Random.random()` alone, whose values Python promises to keep."""

    def __init__(self, seed: int, *path: str) -> None:
        self._random = random.Random(keyed(seed, *path))

    def chance(self, share: float) -> bool:
        """True in `share` of all draws (0 to 1)."""
        return self._random.random() < share

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def one(self, choices: Sequence[T]) -> T:
        """One of the choices, all alike."""
        return choices[int(self._random.random() * len(choices))]

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """One of the choices, in proportion to its whole-number weight."""
        left = self._random.random() * sum(weight for _, weight in choices)
        for choice, weight in choices:
            left -= weight
            if left < 0:
                return choice
        return choices[-1][0]

    def day(self, first: date, last: date) -> date:
        """A day from first to last, both included; first when last lies before it."""
        return first + timedelta(days=self.between(0, max(0, (last - first).days)))


def keyed(seed: int, *path: str) -> int:
    """A 128-bit whole number for a seed and path."""
    return int.from_bytes(blake2b(frame(u64(seed), *(part.encode() for part in path)), digest_size=16).digest(), "big")


@cache
def _round_key(seed: int, use: str) -> bytes:
    return keyed(seed, "shuffle", use).to_bytes(16, "big")


def shuffled(seed: int, use: str, ordinal: int, left: int, right: int) -> int:
    """The place of `ordinal` in a secret-looking order of 0 … left·right − 1, one order for each seed and use; two ordinals never share a place.

    A Feistel network over Z_left × Z_right (Black and Rogaway 2002), so that numbers look random and yet need no table of those given out.
    """
    high, low = divmod(ordinal, right)
    key = _round_key(seed, use)
    for turn in range(4):
        mixed = blake2b(u64(high if turn % 2 else low), key=key, digest_size=8, salt=bytes([turn])).digest()
        step = int.from_bytes(mixed, "big")
        if turn % 2:
            low = (low + step) % right
        else:
            high = (high + step) % left
    return high * right + low
