"""The registry snapshot as a role knows it: fetched from the exchange, checked under both pinned keys, kept on disk.

It is never older than what was seen before.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from enishi.errors import Misconfigured, Unavailable
from enishi.protocol.registry import Snapshot, check_snapshot, check_succession
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
    """Keeps the newest snapshot in memory and on disk."""

    def __init__(self, folder: Path, fetch: Callable[[], Awaitable[Envelope]], examine: Callable[[Snapshot], None] = lambda _: None) -> None:
        """Name the data folder (with pins.json) and the way to ask the exchange; `examine` raises where keys must not be used."""
        self._examine = examine
        self._pins = read_pins(folder)
        self._file = folder / "registry.json"
        self._fetch = fetch
        self._known: tuple[Snapshot, bytes] | None = None

    def load(self) -> None:
        """Take up the snapshot of the last run, if there is one; its signatures are checked again."""
        if self._file.exists():
            known = check_snapshot(decode_envelope(self._file.read_bytes()), self._pins)
            self._examine(known[0])
            self._known = known

    @property
    def snapshot(self) -> Snapshot:
        """The newest known snapshot; Unavailable("no-snapshot") before the first."""
        if self._known is None:
            raise Unavailable("no-snapshot")
        return self._known[0]

    @property
    def digest(self) -> bytes:
        """The 32 bytes by which statements name that snapshot; Unavailable("no-snapshot") before the first."""
        if self._known is None:
            raise Unavailable("no-snapshot")
        return self._known[1]

    async def refresh(self) -> Snapshot:
        """Ask the exchange for its present snapshot; Tampered if it is not signed by both or does not follow the one known."""
        envelope = await self._fetch()
        snapshot, digest = check_snapshot(envelope, self._pins)
        if self._known is not None:
            check_succession(snapshot, digest, self._known[0].serial, self._known[1])
        if self._known is None or digest != self._known[1]:
            await asyncio.to_thread(self._examine, snapshot)
            crash.point("mesh.registry.before_store")
            await asyncio.to_thread(_replace, self._file, encode_envelope(envelope))
            self._known = (snapshot, digest)
        return snapshot


def _replace(path: Path, content: bytes) -> None:
    waiting = path.with_suffix(".new")
    with waiting.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
