"""Sessions in memory: what a face knows about a reader who logged in, gone after its time and never written anywhere."""

import secrets
from collections import OrderedDict
from typing import Generic, TypeVar

from enishi.errors import Busy

T = TypeVar("T")


class Sessions(Generic[T]):
    """Values by unguessable id; each lives `lives_ms` from its opening, however often it is read."""

    def __init__(self, lives_ms: int, limit: int) -> None:
        """Set the lifetime in milliseconds and how many may be open at once."""
        self.lives_ms = lives_ms
        self._limit = limit
        self._open: OrderedDict[str, tuple[int, T]] = OrderedDict()

    def open(self, value: T, at_ms: int) -> str:
        """Keep a value and return its id (32 random bytes, base64url); Busy("sessions-full") when no more fit."""
        self._forget(at_ms)
        if len(self._open) >= self._limit:
            raise Busy("sessions-full")
        name = secrets.token_urlsafe(32)
        self._open[name] = (at_ms + self.lives_ms, value)
        return name

    def get(self, name: str, at_ms: int) -> T | None:
        """The value of an id that is still open."""
        self._forget(at_ms)
        kept = self._open.get(name)
        return kept[1] if kept is not None else None

    def take(self, name: str, at_ms: int) -> T | None:
        """The value of an id that is still open, which ends with this."""
        value = self.get(name, at_ms)
        self.close(name)
        return value

    def every(self, at_ms: int) -> list[tuple[str, T]]:
        """Every id that is still open with its value, the oldest first."""
        self._forget(at_ms)
        return [(name, value) for name, (_, value) in self._open.items()]

    def ends_ms(self, name: str) -> int:
        """When an open session ends; 0 for one that is not open."""
        return self._open[name][0] if name in self._open else 0

    def close(self, name: str) -> None:
        """End a session at once."""
        self._open.pop(name, None)

    def __len__(self) -> int:
        return len(self._open)

    def _forget(self, at_ms: int) -> None:
        # All live equally long, so the oldest stands first.
        while self._open and next(iter(self._open.values()))[0] <= at_ms:
            self._open.popitem(last=False)
