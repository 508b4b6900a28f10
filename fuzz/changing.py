"""How an input is changed: by libFuzzer's own hand, or as a tree of JSON or msgpack with one place changed, taken out or doubled."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from protocol.mutants import PLACE, RAW, VALUES

Place = tuple[Any, ...]


def places(tree: Any, here: Place = ()) -> Iterator[Place]:
    """Every place of a tree, the tree itself first."""
    yield here
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, below in steps:
        yield from places(below, (*here, step))


def at(tree: Any, place: Place) -> Any:
    """What stands at a place."""
    for step in place:
        tree = tree[step]
    return tree


def put(tree: Any, place: Place, value: Any) -> Any:
    """The tree with another value at a place."""
    if not place:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[place[0]] = put(tree[place[0]], place[1:], value)
    return copy


def without(tree: Any, place: Place) -> Any:
    """The tree without what stands at a place."""
    above = at(tree, place[:-1])
    if isinstance(above, dict):
        return put(tree, place[:-1], {key: value for key, value in above.items() if key != place[-1]})
    return put(tree, place[:-1], [value for n, value in enumerate(above) if n != place[-1]])


def reshaped(content: bytes, chance: random.Random) -> bytes | None:
    """The same JSON or msgpack with one thing changed; None for what is neither."""
    for read, write, strange in ((json.loads, _json, RAW), (msgspec.msgpack.decode, _pack, VALUES)):
        try:
            tree = read(content)
            if isinstance(tree, dict | list):
                return _changed(tree, chance, write, strange)
        except (ValueError, TypeError, RecursionError, OverflowError, msgspec.MsgspecError):
            continue
    return None


def _changed(tree: Any, chance: random.Random, write: Callable[[Any, Any], bytes], strange: tuple[Any, ...]) -> bytes:
    found = list(places(tree))
    one, other = chance.choice(found), chance.choice(found)
    way = chance.randrange(4)
    if way == 0 and one:
        return write(without(tree, one), b"")
    if way == 1:
        return write(put(tree, one, at(tree, other)), b"")
    if way == 2 and isinstance(at(tree, one), list):
        return write(put(tree, one, at(tree, one) * 2), b"")
    return write(put(tree, one, PLACE), chance.choice(strange))


def _json(tree: Any, value: bytes) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode().replace(json.dumps(PLACE, ensure_ascii=False).encode(), value)


def _pack(tree: Any, value: Any) -> bytes:
    for place in places(tree):
        if at(tree, place) == PLACE:
            return msgspec.msgpack.encode(put(tree, place, value))
    return msgspec.msgpack.encode(tree)
