"""Bytes that a stranger might send in place of a valid message: anything at all, and the valid message with one thing wrong."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st

Path = tuple[str | int, ...]

RAW = (
    b"null", b"true", b"0", b"-1", b"1.5", b"1e400", b"-0", b"9223372036854775808", b"18446744073709551616", b"1" * 40, b"9" * 5000,
    b'""', b'"\\u0000"', b'"\\ud800"', b'"\\udfff\\ud800"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"%"', b'"===="', b'"AAAA"', b'"' + b"A" * 4096 + b'"',
    "\"縁\u202e\"".encode(), b"[]", b"[[]]", b"{}", b'{"a":{}}', b"[" * 3000, b"NaN", b"",
)  # fmt: skip
"""JSON in place of a value: other types, numbers without end, NUL, surrogates, bytes that are no text, depth without end."""
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**63 - 1, 2**64 - 1, -(2**63), 1.5, float("inf"), float("nan"), "", "\0", "縁", b"", bytes(32), b"\xff" * 32, bytes(5000),
    [], [[]], [0] * 40, {}, {"a": None}, msgspec.msgpack.Ext(1, b"x"),
)  # fmt: skip
"""The same for msgpack."""
PLACE = "\ue000place\ue000"


def mutants(valid: bytes) -> st.SearchStrategy[bytes]:
    """Strange bytes: arbitrary ones, and the valid message flipped, cut, lengthened, or with one value, key or type changed."""
    kinds = [st.binary(max_size=80), st.sampled_from(RAW), _flipped(valid), _cut(valid), _inserted(valid)]
    if (told := _json(valid)) is not None:
        kinds += [_changed_json(told)] * 3
    elif (packed := _msgpack(valid)) is not None:
        kinds += [_changed_msgpack(packed)] * 3
    return st.one_of(kinds)


def _flipped(valid: bytes) -> st.SearchStrategy[bytes]:
    def flip(places: list[tuple[int, int]]) -> bytes:
        changed = bytearray(valid)
        for place, bit in places:
            changed[place] ^= 1 << bit
        return bytes(changed)

    each = st.tuples(st.integers(0, max(0, len(valid) - 1)), st.integers(0, 7))
    return st.lists(each, min_size=1 if valid else 0, max_size=3 if valid else 0).map(flip)


def _cut(valid: bytes) -> st.SearchStrategy[bytes]:
    ends = st.tuples(st.integers(0, len(valid)), st.integers(0, len(valid))).map(sorted)
    return ends.map(lambda two: valid[: two[0]] + valid[two[1] :]) | st.integers(0, len(valid)).map(lambda end: valid[:end])


def _inserted(valid: bytes) -> st.SearchStrategy[bytes]:
    more = st.binary(min_size=1, max_size=8) | st.sampled_from([b"\0", b"\r\n", b"\xff", b" ", valid])
    return st.tuples(st.integers(0, len(valid)), more).map(lambda two: valid[: two[0]] + two[1] + valid[two[0] :])


def _json(valid: bytes) -> Any:
    try:
        told = json.loads(valid)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict | list) else None


def _msgpack(valid: bytes) -> Any:
    try:
        packed = msgspec.msgpack.decode(valid)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return packed if isinstance(packed, dict | list) else None


def _paths(tree: Any, here: Path = ()) -> Iterator[Path]:
    yield here
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, below in steps:
        yield from _paths(below, (*here, step))


def _put(tree: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = _put(tree[path[0]], path[1:], value)
    return copy


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _changed_json(told: Any) -> st.SearchStrategy[bytes]:
    def written(tree: Any, raw: bytes) -> bytes:
        return json.dumps(tree, ensure_ascii=False).encode().replace(json.dumps(PLACE, ensure_ascii=False).encode(), raw)

    def doubled(path: Path, raw: bytes) -> bytes:
        # The same key once more, with another value: a reader must not take one of the two and a checker the other.
        parent, key = path[:-1], path[-1]
        text = json.dumps(_at(told, parent), ensure_ascii=False).encode()
        return written(_put(told, parent, PLACE), text[:-1] + b"," + json.dumps(key).encode() + b":" + raw + b"}")

    paths = list(_paths(told))
    keys = [path for path in paths if path and isinstance(path[-1], str)]
    raw = st.sampled_from(RAW)
    kinds = [st.tuples(st.sampled_from(paths), raw).map(lambda two: written(_put(told, two[0], PLACE), two[1]))]
    if keys:
        kinds.append(st.tuples(st.sampled_from(keys), raw).map(lambda two: doubled(*two)))
        kinds.append(st.sampled_from(keys).map(lambda path: written(_without(told, path), b"")))
        kinds.append(st.sampled_from(keys).map(lambda path: written(_put(told, path[:-1], _at(told, path[:-1]) | {"added": 1}), b"")))
    return st.one_of(kinds)


def _without(tree: Any, path: Path) -> Any:
    return _put(tree, path[:-1], {key: value for key, value in _at(tree, path[:-1]).items() if key != path[-1]})


def _changed_msgpack(packed: Any) -> st.SearchStrategy[bytes]:
    changed = st.tuples(st.sampled_from(list(_paths(packed))), st.sampled_from(VALUES))
    return changed.map(lambda two: msgspec.msgpack.encode(_put(packed, *two)))


def sure_mutants(valid: bytes) -> Iterator[bytes]:
    """What must not be left to chance: bytes that are no text, depth and numbers without end at every place of JSON; 0x80, 0xff anywhere."""
    told = _json(valid)
    for path in list(_paths(told))[:40] if told is not None else []:
        text = json.dumps(_put(told, path, PLACE), ensure_ascii=False).encode()
        for raw in (b'"\xff\xfe"', b"[" * 3000, b"9" * 5000):
            yield text.replace(json.dumps(PLACE, ensure_ascii=False).encode(), raw)
    for place in range(0, len(valid) + 1, max(1, len(valid) // 60)):
        yield valid[:place] + b"\x80" + valid[place:]
        yield valid[:place] + b"\xff" + valid[place + 1 :]
