"""What a role holds after a run, as its adversary reads it: every file, row and message, taken apart as far as it goes, and every key tried.

Nothing is searched by knowing where it would stand: all bytes are looked through raw and in every text encoding.
"""

from collections.abc import Iterable
from functools import cache, cached_property
from itertools import permutations, product
from pathlib import Path

from attacks.network_attack import FIRST, Network
from attacks.reading_attack import DEPTH, forms_of, opened_at_rest, points_in, reads_as, take_apart, values_of
from enishi.errors import Fault
from enishi.linkage.group import decode_scalar, multiply, s_inv
from enishi.seal.hpke import SealingKey, open_sealed

ENCODED = 16
"""Secrets of a kind that are searched for in every encoding and at every offset; each of them costs nine passes over everything."""


class Holdings:
    """One role's."""

    def __init__(self, network: Network, *roles: str) -> None:
        self.roles = roles
        self._network = network
        self._searched: dict[bytes, bool] = {}

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
        return [value for folder in self.folders for path in sorted(folder.rglob("*.db")) for value in values_of(path)]

    @cached_property
    def opened(self) -> list[bytes]:
        """What the keys in the folders open: columns encrypted at rest, and sealed messages under every info that could have been meant."""
        return opened_at_rest(self.folders, self.rows)

    @cached_property
    def _apart(self) -> tuple[set[bytes], set[bytes]]:
        found: set[bytes] = set()
        decoded: set[bytes] = set()
        for blob in [*self.raw, *(value for _, _, value in self.rows), *self.opened]:
            take_apart(blob, found, decoded, DEPTH)
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
        return points_in(self.leaves)

    def recent(self, count: int) -> list[bytes]:
        """So many points, those of the last messages first: whole transactions rather than a point here and there."""
        found: dict[bytes, None] = {}
        for blob in reversed(self.raw):
            leaves: set[bytes] = set()
            take_apart(blob, leaves, set(), DEPTH)
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
        return frozenset(one for one in [*keys, *shares, *rested] if len(one) == 32 and reads_as(decode_scalar, one))

    @cached_property
    def sealing_keys(self) -> list[SealingKey]:
        """Keys that open sealed messages."""
        files = [path.read_bytes() for folder in self.folders for path in sorted(folder.rglob("keys/*")) if path.is_file()]
        keys = [value for column, _, value in self.rows if column == "reply_key"]
        return [SealingKey.from_bytes(one) for one in [*files, *keys] if len(one) in (33, 97) and one[:1] in (b"\1", b"\2")]

    @cached_property
    def whole(self) -> bytes:
        """All of it in one piece; rows once more, because a database spreads long values over its pages, and what came out of decoding."""
        return b"\n".join([*self.raw, *(value for _, _, value in self.rows), *self.opened, *self.decoded])

    def holding(self, secrets: Iterable[bytes]) -> set[bytes]:
        """Those secrets that stand in it: raw, decoded text among it; and of some of them every encoding, wherever in a text it begins."""
        wanted = sorted(secrets)
        raw = {one for one in wanted if self.contains(one)}
        return raw | {one for one in wanted[:: max(1, len(wanted) // ENCODED)] if any(map(self.contains, forms_of(one)))}

    def contains(self, form: bytes) -> bool:
        """Whether these very bytes stand in it anywhere."""
        if form not in self._searched:
            self._searched[form] = form in self.whole
        return self._searched[form]

    def within_reach(self, wanted: Iterable[bytes], scalars: Iterable[bytes] | None = None) -> set[bytes]:
        """Those of the wanted that any point of the whole run, times a scalar or divided by it, is; of every scalar that it holds unless given.

        Searched from the other end: k·P is F for a point P in hand just if F/k is in hand, and there are fewer F than P.
        """
        held = set(self.scalars if scalars is None else scalars)
        return {one for factor, one in product(held | {s_inv(one) for one in held}, wanted) if _product(factor, one) in self.points}

    def opens(self, sealed: Iterable[bytes], infos: Iterable[bytes]) -> list[bytes]:
        """What its keys open, tried under every info."""
        return [plain for one, key, info in product(sealed, self.sealing_keys, infos) if (plain := _open(key, info, one)) is not None]


class Together(Holdings):
    """What several roles put together: the holdings of each, and what one's keys open of another's; what was read of one alone is not read again."""

    def __init__(self, network: Network, *parts: Holdings) -> None:
        super().__init__(network, *(role for part in parts for role in part.roles))
        self._parts = parts

    @cached_property
    def raw(self) -> list[bytes]:
        return [blob for part in self._parts for blob in part.raw]

    @cached_property
    def rows(self) -> list[tuple[str, bytes, bytes]]:
        return [value for part in self._parts for value in part.rows]

    @cached_property
    def crosswise(self) -> list[bytes]:
        """What a key of one opens at another."""
        return [plain for one, other in permutations(self._parts, 2) for plain in opened_at_rest(one.folders, other.rows)]

    @cached_property
    def opened(self) -> list[bytes]:
        return [*(plain for part in self._parts for plain in part.opened), *self.crosswise]

    @cached_property
    def _apart(self) -> tuple[set[bytes], set[bytes]]:
        found, decoded = (set().union(*sets) for sets in zip(*(part._apart for part in self._parts), strict=True))
        for blob in self.crosswise:
            take_apart(blob, found, decoded, DEPTH)
        return found, decoded

    @cached_property
    def points(self) -> frozenset[bytes]:
        known = frozenset().union(*(part.points for part in self._parts))
        return known | points_in(self.leaves - set().union(*(part.leaves for part in self._parts)))

    @cached_property
    def whole(self) -> bytes:
        """What none of them alone has."""
        return b"\n".join(self.crosswise)

    def contains(self, form: bytes) -> bool:
        return any(part.contains(form) for part in self._parts) or super().contains(form)


@cache
def _product(factor: bytes, point: bytes) -> bytes:
    # A pair asks for the products of each of its two again.
    return multiply(factor, point)


def _open(key: SealingKey, info: bytes, sealed: bytes) -> bytes | None:
    try:
        return open_sealed(key, info, sealed)
    except Fault:
        return None
