"""Looks through the new leaves of the public log (C2SP tlog-tiles) for labels that people's own browsers handed in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from enishi.errors import Unavailable
from enishi.roles.portal.kept.left import Left
from enishi.roles.portal.kept.outbox import Mail, new_mail
from enishi.roles.portal.kept.shelf import Shelf
from enishi.roles.portal.notices.counting import runs_out, seen
from enishi.tlog.checkpoint import read_checkpoint
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.note import Verifier
from enishi.tlog.tiles import WIDTH, bundles_between, decode_bundle

Fetch = Callable[[str], Awaitable[bytes]]
"""The content of a file below the log's address; Unavailable where it cannot be had."""
AT_A_TIME: Final = 64
"""Bundles of one look: some sixteen thousand leaves."""
TIMEOUT_S: Final = 15
LIMIT: Final = 256 * 1024


class Met(NamedTuple):
    """A leaf under somebody's label."""

    label: bytes
    kind: LeafKind
    at_ms: int


class Watching:
    """One public log, believed under its own key; what it leaves out costs a mail and no record: the person's own look proves what there is."""

    def __init__(self, shelf: Shelf, log: Verifier, fetch: Fetch, clock: Callable[[], int]) -> None:
        """`log` is the pinned key; `clock` gives milliseconds UTC."""
        self._shelf = shelf
        self._log = log
        self._fetch = fetch
        self._clock = clock

    async def look(self) -> int:
        """Look through what is new and keep what was found; how many leaves were somebody's. Nobody's log is fetched for nobody."""
        begun = self._shelf.place()
        if begun is None or not self._shelf.watched:
            return 0
        size = read_checkpoint(await self._fetch("checkpoint"), self._log).size
        if size <= begun.size:
            return 0
        met, reached = await self._read(begun.size, size)
        # Whose labels they are is asked after the last file came, and in the same turn of the loop in which the finding is handed on.
        found = self._whose(met)
        await self._shelf.look({person: partial(_turn, person, leaves, self._clock()) for person, leaves in found.items()}, begun, reached)
        return sum(map(len, found.values()))

    async def _read(self, start: int, size: int) -> tuple[list[Met], int]:
        met, reached = list[Met](), start
        for tile in islice(bundles_between(start, size), AT_A_TIME):
            first = tile.index * WIDTH
            leaves = decode_bundle(await self._fetch(tile.path), tile.width)
            read = [decode_leaf(encoded) for encoded in leaves[max(0, start - first) :]]
            met += [Met(leaf.label, leaf.kind, leaf.at_ms) for leaf in read if leaf.kind.labelled]
            reached = first + tile.width
        return met, reached

    def _whose(self, met: Sequence[Met]) -> Mapping[bytes, list[Met]]:
        found: dict[bytes, list[Met]] = {}
        for leaf in met:
            person = self._shelf.watched.get(leaf.label)
            if person is not None:
                found.setdefault(person, []).append(leaf)
        return found


def _turn(person: bytes, leaves: Sequence[Met], at_ms: int, left: Left) -> tuple[Left, tuple[Mail, ...]]:
    """What a person left after these leaves; a label that was used up before counts no second time."""
    after = left
    for leaf in leaves:
        if leaf.label in after.labels:
            after = seen(after, leaf.label, leaf.kind, leaf.at_ms)
    if not runs_out(left, after):
        return after, ()
    return msgspec.structs.replace(after, ended=True), (new_mail(person, "ended", at_ms),)


def public_log(url: str) -> Fetch:
    """Fetches files below a log's address over plain HTTP; Unavailable("peer-unreachable")."""

    async def fetch(path: str) -> bytes:
        # Loading aiohttp costs more than the rest of the portal's start.
        import aiohttp

        try:
            async with (
                aiohttp.ClientSession(trust_env=False, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session,
                session.get(f"{url.rstrip('/')}/{path}", allow_redirects=False) as answer,
            ):
                body = await answer.content.read(LIMIT + 1)
                while len(body) <= LIMIT and (more := await answer.content.read(LIMIT)):
                    body += more
                if answer.status != 200 or len(body) > LIMIT:
                    raise Unavailable("peer-unreachable", "log")
                return body
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable("peer-unreachable", "log") from error

    return fetch
