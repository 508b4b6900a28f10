"""What somebody outside can prove of a log by its address and its key: six checks, each with a state and the numbers that were compared.

(1) signed: the checkpoint carries the log's signature.  (2) cosigned: enough witnesses saw this same checkpoint, and lately.
(3) entries: the public entries have the signed root.  (4) tiles: the hash tiles from which others make proofs are those of the entries.
(5) labels: every map of labels is the map of exactly the labels before it.  (6) since: the log goes on from a checkpoint that was kept.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import msgspec

from enishi.cli.outside.fetching import Copy, PublicFace
from enishi.cli.outside.rebuilding import Rebuilt
from enishi.client.session import loopback_session
from enishi.errors import Fault, Tampered, Unavailable
from enishi.tlog.checkpoint import Checkpoint, open_checkpoint
from enishi.tlog.note import Note, Verifier, parse_note
from enishi.tlog.policy import WitnessPolicy
from enishi.tlog.tiles import ENTRIES, Tile, bundles_between, tiles_between

State = Literal["holds", "fails", "open"]
NAMES: Final = ("signed", "cosigned", "entries", "tiles", "labels", "since")
Told = Callable[[str, int, int], None]


class Check(msgspec.Struct, frozen=True):
    """One check: `open` is neither proved nor false; `slug` and `detail` say what is wrong, `numbers` what was compared."""

    name: str
    state: State
    numbers: dict[str, str | int]
    slug: str = ""
    detail: str = ""


class Report(msgspec.Struct, frozen=True):
    """What was found: `ok` if nothing is false, `proved` if besides nothing stayed open that was asked for."""

    ok: bool
    proved: bool
    origin: str
    size: int
    checks: tuple[Check, ...]
    kinds: dict[str, int]
    fetched: int
    kept: int


class Wanted(msgspec.Struct, frozen=True):
    """Which log, under which keys and policy, with which earlier checkpoint, and the folder for the copy."""

    url: str
    log: Verifier
    policy: WitnessPolicy
    since: Note | None
    folder: Path | None
    now_ms: int


def check_log(wanted: Wanted, told: Told) -> Report:
    """Fetch and check; Unavailable("evidence-log-unreachable") where the log does not answer at all.

    The copy in the folder is not believed: if the entries in it do not come to the signed root, all is fetched anew before the log is blamed.
    """
    return asyncio.run(_check(wanted, told))


async def _check(wanted: Wanted, told: Told) -> Report:
    copy = Copy(wanted.folder)
    async with loopback_session() as session:
        face = PublicFace(session, wanted.url, copy)
        encoded = await face.checkpoint()
        run = _Run(wanted, face, told, encoded)
        report = await run.all()
        if not report.ok and copy.used:
            run = _Run(wanted, PublicFace(session, wanted.url, copy.forget()), told, encoded)
            report = await run.all()
    if report.ok and wanted.folder is not None:
        wanted.folder.mkdir(parents=True, exist_ok=True)
        (wanted.folder / "checkpoint").write_bytes(encoded)
    return msgspec.structs.replace(report, kept=copy.used)


class _Run:
    def __init__(self, wanted: Wanted, face: PublicFace, told: Told, encoded: bytes) -> None:
        self._wanted, self._face, self._told, self._encoded = wanted, face, told, encoded
        self._checks: list[Check] = []

    async def all(self) -> Report:
        checkpoint = self._signed()
        rebuilt = Rebuilt(())
        if checkpoint is not None:
            self._checks.append(self._cosigned(parse_note(self._encoded)))
            rebuilt = await self._rebuild(checkpoint)
            self._checks.append(await self._tiles(checkpoint, rebuilt))
            self._checks.append(self._labels(rebuilt))
            if self._wanted.since is not None:
                self._checks.append(self._since(self._wanted.since, checkpoint, rebuilt))
        states = {check.state for check in self._checks}
        return Report(
            ok="fails" not in states,
            proved=states == {"holds"},
            origin=self._wanted.log.name,
            size=checkpoint.size if checkpoint else 0,
            checks=tuple(self._checks),
            kinds={kind.name.lower(): count for kind, count in sorted(rebuilt.kinds.items())},
            fetched=self._face.fetched,
            kept=0,
        )

    def _signed(self) -> Checkpoint | None:
        try:
            checkpoint = open_checkpoint(parse_note(self._encoded), self._wanted.log)
        except Fault as fault:
            self._checks.append(_made("signed", "fails", {}, fault))
            return None
        self._checks.append(_made("signed", "holds", {"size": checkpoint.size, "root": checkpoint.root.hex()}))
        return checkpoint

    def _cosigned(self, note: Note) -> Check:
        policy = self._wanted.policy
        try:
            found = policy.weigh(note, self._wanted.now_ms)
        except Fault as fault:
            return _made("cosigned", "fails", {}, fault)
        numbers: dict[str, str | int] = {"fresh": ", ".join(found.fresh), "stale": ", ".join(found.stale), "needed": found.needed}
        return _made("cosigned", "holds" if found.enough and found.needed else "open", numbers)

    async def _rebuild(self, checkpoint: Checkpoint) -> Rebuilt:
        rebuilt = Rebuilt([self._since_size()])
        try:
            told = self._progress("entries", checkpoint.size)
            async for tile, content in self._face.tiles(bundles_between(0, checkpoint.size), told):
                rebuilt.bundle(tile, content)
            if rebuilt.root != checkpoint.root:
                raise Tampered("checkpoint-false", "the entries have another root")
            if rebuilt.leaf_fault is not None:
                raise rebuilt.leaf_fault
        except Unavailable:
            raise
        except Fault as fault:
            self._checks.append(_made("entries", "fails", {"entries": rebuilt.size}, fault))
        else:
            self._checks.append(_made("entries", "holds", {"entries": rebuilt.size, "root": rebuilt.root.hex()}))
        return rebuilt

    async def _tiles(self, checkpoint: Checkpoint, rebuilt: Rebuilt) -> Check:
        if self._failed("entries"):
            return _made("tiles", "open", {})
        own, count = rebuilt.tiles, 0
        try:
            told = self._progress("tiles", checkpoint.size)
            async for tile, content in self._face.tiles(tiles_between(0, checkpoint.size), told):
                count += 1
                if own.get(tile) != content:
                    raise Tampered("tile-changed", tile.path)
        except Unavailable:
            raise
        except Fault as fault:
            return _made("tiles", "fails", {"tiles": count}, fault)
        return _made("tiles", "holds", {"tiles": count})

    def _labels(self, rebuilt: Rebuilt) -> Check:
        if self._failed("entries"):
            return _made("labels", "open", {})
        numbers: dict[str, str | int] = {"labels": rebuilt.labels, "maps": rebuilt.maps}
        try:
            if rebuilt.map_fault is not None:
                raise rebuilt.map_fault
            rebuilt.check_last()
        except Fault as fault:
            return _made("labels", "fails", numbers, fault)
        return _made("labels", "holds", numbers)

    def _since_size(self) -> int:
        if self._wanted.since is None:
            return 0
        try:
            return open_checkpoint(self._wanted.since, self._wanted.log).size
        except Fault:
            return 0

    def _since(self, since: Note, checkpoint: Checkpoint, rebuilt: Rebuilt) -> Check:
        try:
            kept = open_checkpoint(since, self._wanted.log)
            numbers: dict[str, str | int] = {"since": kept.size, "size": checkpoint.size}
            if kept.size > checkpoint.size:
                raise Tampered("consistency-broken", f"{kept.size} entries were signed, {checkpoint.size} are shown")
            if not self._failed("entries") and rebuilt.roots.get(kept.size) != kept.root:
                raise Tampered("consistency-broken", f"the first {kept.size} entries are not those that were signed")
        except Fault as fault:
            return _made("since", "fails", {}, fault)
        return _made("since", "open" if self._failed("entries") else "holds", numbers)

    def _failed(self, name: str) -> bool:
        return any(check.name == name and check.state == "fails" for check in self._checks)

    def _progress(self, name: str, size: int) -> Callable[[Tile], None]:
        def told(tile: Tile) -> None:
            if tile.level in (ENTRIES, 0):
                self._told(name, min(size, tile.index * 256 + tile.width), size)

        return told


def _made(name: str, state: State, numbers: dict[str, str | int], fault: Fault | None = None) -> Check:
    return Check(name, state, numbers, fault.code if fault else "", fault.detail if fault else "")
