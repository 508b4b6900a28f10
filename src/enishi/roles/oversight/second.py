"""Use case: the commission's own check of the second chain (Art. 23(2)).  What does not hold is counted and alarmed; it changes nothing else.

The number of leaves is proven by the map, each leaf by the log; ground, end and item are the keeper's word, bound to nothing but its own
leaves' times.  The signed statements at inquirer and provider say them too, which `enishi verify` compares.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final

from enishi import clock
from enishi.errors import Fault, Malformed, Tampered
from enishi.mesh import logs
from enishi.mesh.metrics import Meter
from enishi.protocol.nondisclosure import FORMER, LIMIT_MS, is_ground
from enishi.protocol.second import SecondAsk, SecondLeaf, SecondPage
from enishi.protocol.statement import WINDOW_MS
from enishi.tlog.checkpoint import Checkpoint, read_checkpoint
from enishi.tlog.labels import label, verify_absent, verify_present
from enishi.tlog.leaf import PUBLIC_SALT, Leaf, LeafKind, check_body, decode_leaf
from enishi.tlog.note import Verifier
from enishi.tlog.tree import leaf_hash, verify_inclusion

Ask = Callable[[SecondAsk], Awaitable[SecondPage]]
COUNTER: Final = "enishi_second_chain_checks_total"
GRACE_MS: Final = 10 * 60 * 1000
"""How long after the end of a mark the late entry may take."""
EVERY_S: Final = 600.0
AGAIN_S: Final = 5.0
MAY_STAND: Final = (LeafKind.INTENT, LeafKind.REFUSAL, LeafKind.OUTCOME, LeafKind.CHANGE)
OLD_GROUNDS: Final = frozenset({*FORMER, "as the intent"})
"""What 0.1.0 wrote: believed of marks that stand in the log since then."""


async def keep_checking(check: "SecondCheck") -> None:
    """Check at once, soon again while the keeper is away, and then every ten minutes; ends when cancelled."""
    while True:
        pause_s = EVERY_S
        try:
            await check.run()
        except Fault as fault:
            logs.warn("second-chain-unchecked", code=fault.code)
            pause_s = AGAIN_S
        await asyncio.sleep(pause_s)


class SecondCheck:
    """Walks the whole second chain and remembers how far the newest checkpoint went, so that none is shown twice with less in it."""

    def __init__(self, ask: Ask, verifier: Callable[[], Awaitable[Verifier]], meter: Meter) -> None:
        """`ask` is the keeper's door, `verifier` the log's key as the commission signed it."""
        self._ask, self._verifier, self._meter = ask, verifier, meter
        self._size = self._count = 0
        self._key = b""

    async def run(self) -> tuple[str, ...]:
        """The slugs of what does not hold, in their order; each is logged as an alarm and counted.  Unavailable where the keeper is away."""
        try:
            found = tuple([code async for code in self._walk()])
        except (Malformed, Tampered) as fault:
            found = (fault.code,)
        for code in found:
            logs.fail("second-chain-wrong", code=code)
            self._meter.add(COUNTER, "/keeper/second", code)
        if not found:
            self._meter.add(COUNTER, "/keeper/second", "ok")
        return found

    async def _walk(self) -> AsyncIterator[str]:
        verifier, first, ends = await self._verifier(), 0, dict[bytes, int]()
        leaves: list[SecondLeaf] = []
        while True:
            page = await self._ask(SecondAsk(first))
            checkpoint = self._check_page(page, verifier, first)
            for m, one in enumerate(page.leaves, first):
                leaf = _check_leaf(page, one, m, checkpoint)
                ends[one.item_id] = max(one.until_ms, ends.get(one.item_id, 0))
                leaves.append(one)
                for code in _wrong_in(one, leaf):
                    yield code
            first += len(page.leaves)
            if first >= page.count:
                break
            if not page.leaves:
                raise Tampered("second-chain-short", f"{first} of {page.count}", "leaves")
        self._size, self._count = checkpoint.size, page.count
        now_ms = clock.now_ms()
        for one in leaves:
            if one.late_index < 0 and ends[one.item_id] + GRACE_MS < now_ms:
                yield "second-chain-not-entered"

    def _check_page(self, page: SecondPage, verifier: Verifier, first: int) -> Checkpoint:
        checkpoint = read_checkpoint(page.checkpoint.encode(), verifier)
        if checkpoint.size < self._size or page.count < self._count or page.first != first or self._key not in (b"", page.key):
            raise Tampered("second-chain-short", f"{page.count} leaves, {self._count} before", "count")
        leaf = decode_leaf(page.map_leaf)
        if leaf.kind is not LeafKind.LABEL_MAP or page.map_index != checkpoint.size - 1:
            raise Tampered("map-not-current", str(page.map_index), "map")
        verify_inclusion(leaf_hash(page.map_leaf), page.map_index, checkpoint.size, list(page.map_inclusion), checkpoint.root)
        check_body(leaf, PUBLIC_SALT, page.map_root)
        verify_absent(page.map_root, label(page.key, page.count), page.absent)
        self._key = page.key
        return checkpoint


def _check_leaf(page: SecondPage, one: SecondLeaf, m: int, checkpoint: Checkpoint) -> Leaf:
    leaf = decode_leaf(one.leaf)
    verify_present(page.map_root, label(page.key, m), one.present)
    verify_inclusion(leaf_hash(one.leaf), one.index, checkpoint.size, list(one.inclusion), checkpoint.root)
    if leaf.label != label(page.key, m) or leaf.kind not in MAY_STAND:
        raise Tampered("second-chain-leaf-wrong", f"number {m}", "leaf")
    if one.late_index >= 0:
        verify_inclusion(leaf_hash(one.late_leaf), one.late_index, checkpoint.size, list(one.late_inclusion), checkpoint.root)
        if decode_leaf(one.late_leaf).kind is not LeafKind.LATE_ENTRY or one.late_index <= one.index:
            raise Tampered("second-chain-leaf-wrong", f"late entry of number {m}", "leaf")
    return leaf


def _wrong_in(one: SecondLeaf, leaf: Leaf) -> Iterator[str]:
    if one.ground in OLD_GROUNDS:
        return
    if not is_ground(one.ground, clock.legal_day(leaf.at_ms)):
        yield "nondisclosure-unlawful"
    if one.until_ms > leaf.at_ms + LIMIT_MS + WINDOW_MS:
        yield "nondisclosure-too-long"
