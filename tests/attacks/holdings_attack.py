"""What a role holds after a run, as its adversary reads it: every file, row and message, taken apart as far as it goes, and every key tried.

Nothing is searched by knowing where it would stand: all bytes are looked through raw and in every text encoding.
"""

import re
import sqlite3
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from attacks.network_attack import FIRST, Network
from enishi.errors import Fault
from enishi.linkage.group import decode_point, decode_scalar, multiply, s_inv
from enishi.roles.keeper.rest import Rest
from enishi.seal.hpke import SealingKey, open_sealed

_DIGITS = re.compile(rb"(?<!\d)\d{12}(?!\d)")
_ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_DEPTH = 6
ENCODED = 16
"""Secrets of a kind that are searched for in every encoding and at every offset; each of them costs nine passes over everything."""


class Holdings:
    """One role's, or several roles' that put theirs together."""

    def __init__(self, network: Network, *roles: str) -> None:
        self.roles = roles
        self._network = network

    def __repr__(self) -> str:
        return "+".join(self.roles)

    @cached_property
    def folders(self) -> list[Path]:
        return [self._network.data / ("gateway" if role == FIRST else role) for role in self.roles]

    @cached_property
    def raw(self) -> list[bytes]:
        """Files as they lie on the disk, database pages and write-ahead logs among them, and every message received or sent."""
        files = [path.read_bytes() for folder in self.folders for path in sorted(folder.rglob("*")) if path.is_file()]
        passed = [one for one in self._network.wire.passed if one.sender in self.roles or one.receiver in self.roles]
        return [*files, *(one.request for one in passed), *(one.reply for one in passed)]

    @cached_property
    def rows(self) -> list[tuple[str, bytes, bytes]]:
        """Every value of every database: column, the row's first value, the value."""
        return [value for folder in self.folders for path in sorted(folder.rglob("*.db")) for value in _values(path)]

    @cached_property
    def opened(self) -> list[bytes]:
        """What the keys in the folders open: columns encrypted at rest, and sealed messages under every info that could have been meant."""
        found = []
        for folder, (column, row, value) in product(self.folders, self.rows):
            key = folder / "keys" / "rest"
            if key.is_file() and column.startswith("rest_"):
                found.append(_at_rest(Rest(key.read_bytes()), column.removeprefix("rest_"), row, value))
        return [one for one in found if one]

    @cached_property
    def _apart(self) -> tuple[set[bytes], set[bytes]]:
        found: set[bytes] = set()
        decoded: set[bytes] = set()
        for blob in [*self.raw, *(value for _, _, value in self.rows), *self.opened]:
            _take_apart(blob, found, decoded, _DEPTH)
        return found, decoded

    @property
    def leaves(self) -> set[bytes]:
        """Every byte string inside everything: messages, forms and encodings taken apart as deep as they go."""
        return self._apart[0]

    @property
    def decoded(self) -> set[bytes]:
        """Those that stand in none of the files and messages as they are, because they came out of an encoding."""
        return self._apart[1]

    @cached_property
    def points(self) -> frozenset[bytes]:
        """Group elements among them."""
        return frozenset(one for one in self.leaves if len(one) == 32 and _is(decode_point, one))

    def recent(self, count: int) -> list[bytes]:
        """So many points, those of the last messages first: whole transactions rather than a point here and there."""
        found: dict[bytes, None] = {}
        for blob in reversed(self.raw):
            leaves: set[bytes] = set()
            _take_apart(blob, leaves, set(), _DEPTH)
            found.update(dict.fromkeys(sorted(leaves & self.points)))
            if len(found) >= count:
                break
        return list(found)[:count]

    @cached_property
    def scalars(self) -> frozenset[bytes]:
        """Secret scalars: the key files, and the shares in the databases."""
        keys = [path.read_bytes() for folder in self.folders for path in sorted(folder.rglob("keys/*")) if path.is_file()]
        shares = [value for column, _, value in self.rows if column == "secret"]
        rested = [one for one in self.opened if len(one) == 32]
        return frozenset(one for one in [*keys, *shares, *rested] if len(one) == 32 and _is(decode_scalar, one))

    @cached_property
    def sealing_keys(self) -> list[SealingKey]:
        """Keys that open sealed messages."""
        files = [path.read_bytes() for folder in self.folders for path in sorted(folder.rglob("keys/*")) if path.is_file()]
        keys = [value for column, _, value in self.rows if column == "reply_key"]
        return [SealingKey.from_bytes(one) for one in [*files, *keys] if len(one) in (33, 97) and one[:1] in (b"\1", b"\2")]

    def numbers(self) -> set[bytes]:
        """Whatever looks like an individual number, anywhere."""
        return {found for blob in [*self.raw, *self.opened, *self.leaves] for found in _DIGITS.findall(blob)}

    @cached_property
    def whole(self) -> bytes:
        """All of it in one piece; rows once more, because a database spreads long values over its pages, and what came out of decoding."""
        return b"\n".join([*self.raw, *(value for _, _, value in self.rows), *self.opened, *self.decoded])

    def holding(self, secrets: Iterable[bytes]) -> set[bytes]:
        """Those secrets that stand in it: raw, decoded text among it; and of some of them every encoding, wherever in a text it begins."""
        wanted = sorted(secrets)
        raw = {one for one in wanted if one in self.whole}
        return raw | {one for one in wanted[:: max(1, len(wanted) // ENCODED)] if any(form in self.whole for form in _forms(one))}

    def within_reach(self, wanted: Iterable[bytes], scalars: Iterable[bytes] | None = None) -> set[bytes]:
        """Those of the wanted that any point of the whole run, times a scalar or divided by it, is; of every scalar that it holds unless given.

        Searched from the other end: k·P is F for a point P in hand just if F/k is in hand, and there are fewer F than P.
        """
        held = set(self.scalars if scalars is None else scalars)
        return {one for factor, one in product(held | {s_inv(one) for one in held}, wanted) if multiply(factor, one) in self.points}

    def opens(self, sealed: Iterable[bytes], infos: Iterable[bytes]) -> list[bytes]:
        """What its keys open, tried under every info."""
        return [plain for one, key, info in product(sealed, self.sealing_keys, infos) if (plain := _open(key, info, one)) is not None]


def _open(key: SealingKey, info: bytes, sealed: bytes) -> bytes | None:
    try:
        return open_sealed(key, info, sealed)
    except Fault:
        return None


def _at_rest(rest: Rest, column: str, row: bytes, value: bytes) -> bytes:
    for name, key in product((column, "share"), (row, row.replace(b"\0", b"/"))):
        try:
            return rest.open(name, key, value)
        except Fault:
            continue
    return b""


def _values(path: Path) -> Iterator[tuple[str, bytes, bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = connection.execute(f"SELECT * FROM {table}")
            names = [one[0] for one in rows.description]
            for row in rows:
                first = f"{row[0]}/{row[1]}".encode() if table == "share" else _bytes(row[0])
                yield from ((name, first, _bytes(value)) for name, value in zip(names, row, strict=True) if isinstance(value, bytes | str))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _is(parse: Any, value: bytes) -> bool:
    try:
        parse(value)
    except Fault:
        return False
    return True


def _forms(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for offset in range(3):
        # The characters that depend on this secret alone, whatever stands before and behind it.
        encoded = b64encode(bytes(offset) + secret + bytes(3))
        inner = encoded[(offset * 8 + 5) // 6 : (offset + len(secret)) * 8 // 6]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _take_apart(blob: bytes, found: set[bytes], decoded: set[bytes], depth: int) -> None:
    if blob in found or len(blob) < 12:
        return
    found.add(blob)
    if not depth:
        return
    for part in _inside(msgspec.msgpack.decode, blob):
        _take_apart(part, found, decoded, depth - 1)
    texts = _ENCODED.findall(blob) if len(blob) < 65_536 else ()
    for part in [*_inside(msgspec.json.decode, blob), *(part for text in texts for part in _decoded(text))]:
        decoded.add(part)
        _take_apart(part, found, decoded, depth - 1)


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
