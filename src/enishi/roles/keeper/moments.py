"""The times that leaves carry: the clock's, but never before a leaf that stands already, as long as the clock is believable at all."""

from threading import Lock
from typing import Final

from enishi import clock
from enishi.mesh import logs
from enishi.protocol.statement import WINDOW_MS

SAY_MS: Final = 1_000
"""A step back of less than this is a clock being disciplined, and is not worth a line."""


class Moments:
    """The newest time given out; a clock that steps back by less than the window of statements stands still here until it has caught up.

    A larger step is taken over and said: one leaf from a clock that ran years ahead must not stop time for years.
    """

    def __init__(self) -> None:
        """Nothing was given out yet."""
        self._newest = 0
        self._said = 0
        self._lock = Lock()

    def begin(self, at_ms: int) -> None:
        """Go on from the newest leaf of the log."""
        with self._lock:
            self._newest = max(self._newest, at_ms)

    def now_ms(self) -> int:
        """The time for a leaf that is about to be made, in milliseconds UTC."""
        at_ms = clock.now_ms()
        with self._lock:
            back = self._newest - at_ms
            if back > SAY_MS and self._said != self._newest:
                logs.fail("clock-went-back", seconds=back // 1000)
                self._said = self._newest
            self._newest = max(at_ms, self._newest) if back <= WINDOW_MS else at_ms
            return self._newest
