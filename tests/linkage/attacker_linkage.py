"""What an attacker on the linkage protocol can do: compute from what it holds; and how a test takes one named check away."""

from collections.abc import Callable, Iterable
from itertools import combinations, product
from typing import Any

import pytest

from enishi.linkage.convert import Blinded, Row3
from enishi.linkage.group import ORDER, multiply, p_add, p_sub, s_add, s_inv, s_mul

MINUS_ONE = (ORDER - 1).to_bytes(32, "little")


def reachable(scalars: Iterable[bytes], points: Iterable[bytes]) -> set[bytes]:
    """Points that a party can compute: multiples by its scalars, their inverses, sums and products, and every sum or difference of two of those."""
    multiples = _multiples(list(scalars), list(points))
    return multiples | {mixed for a, b in combinations(multiples, 2) for mixed in (p_sub(a, b), p_sub(b, a), p_add(a, b))}


def reached(scalars: Iterable[bytes], points: Iterable[bytes], wanted: Iterable[bytes]) -> set[bytes]:
    """Those of the wanted that are reachable: for a difference either way one subtraction, held against the wanted and their negatives."""
    multiples, sought = _multiples(list(scalars), list(points)), set(wanted)
    behind = {multiply(MINUS_ONE, point): point for point in sought}
    mixed = (point for a, b in combinations(multiples, 2) for point in (p_sub(a, b), p_add(a, b)))
    met = {point for point in mixed if point in sought or point in behind}
    return sought & multiples | sought & met | {behind[point] for point in met & behind.keys()}


def _multiples(own: list[bytes], given: list[bytes]) -> set[bytes]:
    factors = {*own, *(s_inv(s) for s in own), *(s_add(a, b) for a, b in combinations(own, 2)), *(s_mul(a, b) for a, b in combinations(own, 2))}
    return {*given, *(multiply(k, point) for k, point in product(factors, given))}


def points_of(row: Row3 | Blinded) -> list[bytes]:
    """The points of a row that are there."""
    return [point for point in row if point is not None]


class Without:
    """Takes one check away until `undo`: it then does nothing, or what `other` does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, owner: Any, name: str, other: Callable[..., Any] = lambda *_: None) -> pytest.MonkeyPatch:
        self._monkeypatch.setattr(owner, name, other)
        return self._monkeypatch
