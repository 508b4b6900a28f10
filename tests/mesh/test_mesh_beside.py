"""Short work stays in the loop's thread, long work leaves it; both bring back results and faults alike."""

import asyncio
import threading

import pytest

from enishi.errors import Malformed
from enishi.mesh.beside import SHORT_MS, beside


def where(given: int, *, named: int) -> tuple[int, int]:
    return threading.get_ident(), given + named


def fails() -> None:
    raise Malformed("message-unreadable")


@pytest.mark.parametrize(("about_ms", "stays"), [(0.0, True), (SHORT_MS, True), (SHORT_MS + 0.1, False), (1e9, False)])
def test_only_what_is_longer_than_a_moment_leaves_the_loop(about_ms: float, stays: bool) -> None:
    thread, total = asyncio.run(beside(about_ms, where, 1, named=2))
    assert (thread == threading.get_ident()) is stays
    assert total == 3


@pytest.mark.parametrize("about_ms", [0.5, 100.0])
def test_a_fault_comes_back_from_either_place(about_ms: float) -> None:
    with pytest.raises(Malformed, match="message-unreadable"):
        asyncio.run(beside(about_ms, fails))
