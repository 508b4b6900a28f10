"""The registry snapshot as a role knows it: fetched from the exchange, checked under both pinned keys, kept on disk.

It is never older than what was seen before.  Suspension notes lie on top of it until a newer snapshot has decided.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from enishi.errors import Misconfigured, Unavailable
from enishi.protocol.registry import Snapshot, check_snapshot, check_succession
from enishi.protocol.suspension import Note, check_suspension, effective, in_force, read_suspension
from enishi.protocol.wire import SnapshotReply
from enishi.seal.dsse import Envelope, decode_envelope, encode_envelope
from enishi.store import crash


class Pins(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Ed25519 keys under which a snapshot is believed: `pins.json` of the data folder."""

    exchange: bytes
    oversight: bytes


def read_pins(folder: Path) -> dict[str, bytes]:
    """The pinned keys by DSSE keyid; Misconfigured("pins-unreadable")."""
    path = folder / "pins.json"
    try:
        pins = msgspec.json.decode(path.read_bytes(), type=Pins)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misconfigured("pins-unreadable", f"{path.name}: {error}", "pins") from error
    return {"exchange": pins.exchange, "oversight": pins.oversight}


class Registry:
    """Keeps the newest snapshot, and the suspensions on top of it, in memory and on disk."""

    def __init__(
        self,
        folder: Path,
        fetch: Callable[[], Awaitable[SnapshotReply]],
        examine: Callable[[Snapshot], None] = lambda _: None,
        keep: Path | None = None,
    ) -> None:
        """Name the data folder (with pins.json) and the way to ask the exchange; `examine` raises where keys must not be used.

        In `keep` every snapshot that was ever taken up stays as `<digest>.json`, for evidence that names it.
        """
        self._keep = keep
        self._examine = examine
        self._pins = read_pins(folder)
        self._file = folder / "registry.json"
        self._noted = folder / "suspensions.json"
        self._fetch = fetch
        self._known: tuple[Snapshot, bytes] | None = None
        self._notes: dict[bytes, Note] = {}
        self._shown: Snapshot | None = None
        self._taking = asyncio.Lock()

    def load(self) -> None:
        """Take up the snapshot of the last run, if there is one; its signatures and those of the notes are checked again."""
        if self._file.exists():
            snapshot, digest = check_snapshot(decode_envelope(self._file.read_bytes()), self._pins)
            self._examine(snapshot)
            self._put_by(digest, self._file.read_bytes())
            notes = [read_suspension(one, self._pins) for one in _decode_notes(self._noted)]
            self._apply(snapshot, digest, in_force(notes, snapshot))

    @property
    def snapshot(self) -> Snapshot:
        """The newest known snapshot, with every suspension in force; Unavailable("no-snapshot") before the first."""
        if self._known is None or self._shown is None:
            raise Unavailable("no-snapshot")
        return self._shown

    @property
    def digest(self) -> bytes:
        """The 32 bytes by which statements name that snapshot; Unavailable("no-snapshot") before the first."""
        if self._known is None:
            raise Unavailable("no-snapshot")
        return self._known[1]

    async def refresh(self) -> Snapshot:
        """Ask the exchange for its present snapshot and notes; raises what `take` raises."""
        held = self._known
        offered = await self._fetch()
        # What was pushed while the answer was on its way is not older than the answer.
        return await self.take(offered) if self._known is held else self.snapshot

    async def take(self, offered: SnapshotReply) -> Snapshot:
        """Take up what the exchange shows; Tampered if it is not signed by both or does not follow the one known, or a note does not hold on it."""
        async with self._taking:
            snapshot, digest = check_snapshot(offered.snapshot, self._pins)
            if self._known is not None:
                check_succession(snapshot, digest, self._known[0].serial, self._known[1])
            given = [check_suspension(one, self._pins, snapshot) for one in offered.suspensions]
            # What was seen holds although the exchange should no longer show it: only a newer snapshot ends a note.
            notes = in_force([*self._notes.values(), *given], snapshot)
            if notes.keys() - self._notes.keys():
                crash.point("mesh.suspensions.before_store")
                await asyncio.to_thread(_replace, self._noted, msgspec.json.encode([note.envelope for note in notes.values()]))
            if self._known is None or digest != self._known[1]:
                await asyncio.to_thread(self._examine, snapshot)
                crash.point("mesh.registry.before_store")
                await asyncio.to_thread(self._put_by, digest, encode_envelope(offered.snapshot))
                await asyncio.to_thread(_replace, self._file, encode_envelope(offered.snapshot))
            self._apply(snapshot, digest, notes)
            return self.snapshot

    def _put_by(self, digest: bytes, envelope: bytes) -> None:
        # Before the first statement can name it.
        if self._keep is not None and not (self._keep / f"{digest.hex()}.json").exists():
            self._keep.mkdir(mode=0o700, exist_ok=True)
            _replace(self._keep / f"{digest.hex()}.json", envelope)

    def _apply(self, snapshot: Snapshot, digest: bytes, notes: dict[bytes, Note]) -> None:
        if self._known is None or self._known[1] != digest or notes.keys() != self._notes.keys():
            self._shown = effective(snapshot, notes.values())
            self._known, self._notes = (snapshot, digest), notes


def _decode_notes(path: Path) -> tuple[Envelope, ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Envelope, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misconfigured("suspensions-unreadable", f"{path.name}: {error}", path.name) from error


def _replace(path: Path, content: bytes) -> None:
    waiting = path.with_suffix(".new")
    with waiting.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
