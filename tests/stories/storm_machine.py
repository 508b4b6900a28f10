"""What may befall a call between two roles: kept back, lost before or after the receiver acted, sent twice, changed, or taken for another's.

Bytes that a receiver truly answered are handed to `left` at once, before anything befalls them on the way back.
"""

import contextlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from attacks.wire_attack import Client, Wire
from enishi.errors import Fault, Unavailable
from enishi.mesh.faults import INTERNAL, UNREADABLE
from enishi.mesh.pki import Peer

LOSSES: Final = ("lost", "unanswered", "doubled", "late")
CHANGES: Final = ("flipped", "spliced", "other's")


class Fate(NamedTuple):
    """What befalls the next call at a path; `number` decides where a change is made, `back` whether the reply is changed."""

    kind: str
    number: int = 0
    back: bool = False


class Late(NamedTuple):
    """A call that is still on its way."""

    peer: Peer
    url: str
    path: str
    body: bytes


class Storm(Wire):
    """The wire of a network with a fate for the next call at each path."""

    def __init__(self) -> None:
        super().__init__()
        self.fates: dict[str, Fate] = {}
        self.late: list[Late] = []
        self.left: Callable[[str, bytes], None] = lambda path, answer: None
        self.broken: list[str] = []
        self.befallen: list[str] = []
        self.lied = False

    def client(self, peer: Peer) -> "StormClient":
        return StormClient(self, peer)

    async def post(self, peer: Peer, url: str, path: str, body: bytes) -> bytes:
        fate = self.fates.pop(path, None)
        if fate is None:
            return await self._reach(peer, url, path, body)
        self.befallen.append(fate.kind)
        if fate.kind in CHANGES:
            return await self._changed(fate, Late(peer, url, path, body))
        if fate.kind in ("lost", "late"):
            self.late += [Late(peer, url, path, body)] * (fate.kind == "late")
            raise Unavailable("peer-unreachable", url)
        answer = await self._reach(peer, url, path, body)
        if fate.kind == "unanswered":
            raise Unavailable("peer-timeout", url)
        return await self._reach(peer, url, path, body) if fate.kind == "doubled" else answer

    async def arrive(self, late: Late) -> None:
        """What was late, or was sent once before, comes to its receiver now; nobody waits for the answer."""
        with contextlib.suppress(Fault):
            await self._reach(*late)

    async def _reach(self, peer: Peer, url: str, path: str, body: bytes) -> bytes:
        try:
            answer = await super().post(peer, url, path, body)
        except Fault as fault:
            if fault.code == INTERNAL:
                self.broken.append(path)
            raise
        self.left(path, answer)
        return answer

    async def _changed(self, fate: Fate, call: Late) -> bytes:
        others = [one.reply if fate.back else one.request for one in self.passed if one.path == call.path and one.reply]
        if not fate.back:
            return await self._reach(call.peer, call.url, call.path, changed(fate, call.body, others))
        self.lied = True
        return changed(fate, await self._reach(*call), others)


class StormClient(Client):
    """A mesh client: an answer that is not in its form is as good as none."""

    async def call(self, *given: Any, **named: Any) -> Any:
        try:
            return await super().call(*given, **named)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            raise Unavailable(UNREADABLE) from error


def changed(fate: Fate, body: bytes, others: list[bytes]) -> bytes:
    """The bytes with one bit turned over, with one part of another message of the same kind in place of their own, or all another's."""
    other = others[fate.number % len(others)] if others else body
    if fate.kind == "other's":
        return other
    if fate.kind == "spliced" and (mixed := _spliced(body, other, fate.number)) is not None:
        return mixed
    place = fate.number % (8 * len(body))
    return body[: place // 8] + bytes([body[place // 8] ^ 1 << place % 8]) + body[place // 8 + 1 :]


def _spliced(body: bytes, other: bytes, number: int) -> bytes | None:
    mine, theirs = msgspec.msgpack.decode(body), msgspec.msgpack.decode(other)
    places = [place for place in _places(mine) if place and _at(theirs, place) is not None and _at(theirs, place) != _at(mine, place)]
    if not places:
        return None
    *way, last = places[number % len(places)]
    _at(mine, tuple(way))[last] = _at(theirs, (*way, last))
    return msgspec.msgpack.encode(mine)


def _places(tree: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [here, *(place for step, below in steps for place in _places(below, (*here, step)))]


def _at(tree: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree
