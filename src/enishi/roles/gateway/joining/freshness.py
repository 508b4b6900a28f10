"""How long ago the exchange last said that the registry held here is the present one: a stale one warns for days before it stops anything."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Literal

import msgspec

from enishi import clock
from enishi.errors import Denied, Fault, Unavailable
from enishi.mesh import logs
from enishi.roles.gateway.joining.platform import LEAVING, read_file, write_file

DAY_MS: Final = 86_400_000
WARN_MS: Final = DAY_MS
STOP_MS: Final = 7 * DAY_MS
EVERY_S: Final = 600.0
WARN_EVERY_MS: Final = 3_600_000
WRITE_EVERY_MS: Final = 60_000
FILE: Final = "confirmed.json"
Age = Literal["fresh", "old", "too-old"]


class Confirmed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the exchange last confirmed the registry."""

    at_ms: int


def confirmed_ms(folder: Path) -> int:
    """When a platform's registry was last confirmed; 0 for never."""
    held = read_file(folder / FILE, Confirmed)
    return held.at_ms if held is not None else 0


def age_of(confirmed_at_ms: int, at_ms: int) -> Age:
    """Fresh, old from one day on, too old for new inquiries from seven."""
    age = at_ms - confirmed_at_ms
    return "too-old" if age >= STOP_MS else "old" if age >= WARN_MS else "fresh"


class Freshness:
    """Remembers, also over a stop, when the registry was last confirmed; and whether the platform is leaving."""

    def __init__(self, folder: Path) -> None:
        """Take up what an earlier run knew."""
        self._folder = folder
        self._confirmed = self._written = confirmed_ms(folder)
        self._warned = 0

    def confirm(self) -> None:
        """The exchange has just shown the registry that it holds."""
        self._confirmed = clock.now_ms()
        if self._confirmed - self._written >= WRITE_EVERY_MS:
            write_file(self._folder / FILE, Confirmed(self._confirmed))
            self._written = self._confirmed

    def seconds(self) -> float:
        """Seconds since then."""
        return max(0, clock.now_ms() - self._confirmed) / 1000

    def demand(self) -> None:
        """New inquiries only while the registry is not too old and the platform stays: Unavailable("registry-too-old"), Denied("gateway-leaving")."""
        if (self._folder / LEAVING).exists():
            raise Denied("gateway-leaving")
        if self._confirmed and age_of(self._confirmed, clock.now_ms()) == "too-old":
            raise Unavailable("registry-too-old", f"{int(self.seconds() // 86_400)} d")

    def warn(self) -> None:
        """Say every hour that the registry is old."""
        now = clock.now_ms()
        if age_of(self._confirmed, now) != "fresh" and now - self._warned >= WARN_EVERY_MS:
            logs.warn("registry-old", seconds=int(self.seconds()))
            self._warned = now


async def keep_fresh(freshness: Freshness, refresh: Callable[[], Awaitable[object]]) -> None:
    """Ask the exchange every ten minutes; ends when cancelled."""
    while True:
        await asyncio.sleep(EVERY_S)
        with contextlib.suppress(Fault):
            await refresh()
        freshness.warn()
