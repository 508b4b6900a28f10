"""How an adversary reads bytes: databases row by row, messages and encodings taken apart, columns that a key at rest opens."""

import re
import sqlite3
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from enishi.errors import Fault
from enishi.linkage.group import decode_point
from enishi.roles.keeper.rest import Rest

_ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
DEPTH = 6


def points_in(blobs: Iterable[bytes]) -> frozenset[bytes]:
    return frozenset(one for one in blobs if len(one) == 32 and reads_as(decode_point, one))


def opened_at_rest(folders: Iterable[Path], rows: Iterable[tuple[str, bytes, bytes]]) -> list[bytes]:
    keys = [Rest(path.read_bytes()) for folder in folders if (path := folder / "keys" / "rest").is_file()]
    columns = [one for one in rows if one[0].startswith("rest_")] if keys else []
    found = [_at_rest(key, column.removeprefix("rest_"), row, value) for key, (column, row, value) in product(keys, columns)]
    return [one for one in found if one]


def _at_rest(rest: Rest, column: str, row: bytes, value: bytes) -> bytes:
    for name, key in product((column, "share"), (row, row.replace(b"\0", b"/"))):
        try:
            return rest.open(name, key, value)
        except Fault:
            continue
    return b""


def values_of(path: Path) -> Iterator[tuple[str, bytes, bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = connection.execute(f"SELECT * FROM {table}")
            names = [one[0] for one in rows.description]
            for row in rows:
                first = f"{row[0]}/{row[1]}".encode() if table == "share" else _bytes(row[0])
                yield from ((name, first, _bytes(value)) for name, value in zip(names, row, strict=True) if isinstance(value, bytes | str))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def reads_as(parse: Any, value: bytes) -> bool:
    try:
        parse(value)
    except Fault:
        return False
    return True


def forms_of(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for offset in range(3):
        # The characters that depend on this secret alone, whatever stands before and behind it.
        encoded = b64encode(bytes(offset) + secret + bytes(3))
        inner = encoded[(offset * 8 + 5) // 6 : (offset + len(secret)) * 8 // 6]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def take_apart(blob: bytes, found: set[bytes], decoded: set[bytes], depth: int) -> None:
    if blob in found or len(blob) < 12:
        return
    found.add(blob)
    if not depth:
        return
    for part in _inside(msgspec.msgpack.decode, blob):
        take_apart(part, found, decoded, depth - 1)
    texts = _ENCODED.findall(blob) if len(blob) < 65_536 else ()
    for part in [*_inside(msgspec.json.decode, blob), *(part for text in texts for part in _decoded(text))]:
        decoded.add(part)
        take_apart(part, found, decoded, depth - 1)


def _inside(decode: Any, blob: bytes) -> list[bytes]:
    try:
        return list(_strings(decode(blob)))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return []


def _decoded(text: bytes) -> Iterator[bytes]:
    padded = text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4)
    for decode in (b64decode, urlsafe_b64decode, lambda one: bytes.fromhex(one.rstrip(b"=").decode())):
        try:
            yield decode(padded)
        except ValueError:
            continue


def _strings(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes | str):
        yield _bytes(value)
    elif isinstance(value, dict):
        for inner in (*value.keys(), *value.values()):
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
