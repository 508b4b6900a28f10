"""The only room that asks what time it is; everything else is handed a time."""

import time
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

JST: Final = ZoneInfo("Asia/Tokyo")


def now_ms() -> int:
    """Milliseconds since 1970-01-01T00:00Z by the system's clock."""
    return time.time_ns() // 1_000_000


def now() -> datetime:
    """The present as an aware UTC datetime."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds of a clock that never steps back; only differences mean anything."""
    return time.monotonic()


def thread_seconds() -> float:
    """CPU seconds this thread has used, for the counters of the doors."""
    return time.thread_time()


def process_seconds() -> float:
    """CPU seconds this process has used, for metrics and benches."""
    return time.process_time()


def moment(at_ms: int) -> datetime:
    """The aware JST datetime of a time in milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, JST)


def legal_day(at_ms: int, pinned: date | None = None) -> date:
    """The day whose law decides: the JST date of the time, or the pinned day of `--on` (which moves nothing else)."""
    return pinned if pinned is not None else moment(at_ms).date()
