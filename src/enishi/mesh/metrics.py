"""Counters of the mesh door: calls by path and outcome, seconds of processor and of waiting by path, in Prometheus' text format.

Labels are paths and slugs, both from closed sets of the program; nothing of a message's content becomes a label.
"""

from collections import defaultdict
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, Final, TypeVar

from enishi import clock

T = TypeVar("T")

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
_HELP: Final = {
    "enishi_calls_total": "Calls answered, by path and outcome.",
    "enishi_call_processor_seconds_total": "Processor seconds of the event loop's thread, by path.",
    "enishi_second_chain_checks_total": "The commission's checks of the second chain, by the door asked and what did not hold.",
    "enishi_held_reminders_total": "What waits for an official and came near or passed its deadline, of all institutions and reasons together.",
    "enishi_outcomes_returned_total": "Decided outcomes that the log did not take for good, by desk and fault.",
    "enishi_tickets_lapsed_total": "Admissions whose ticket ended without a record.",
    "enishi_rows_unplaced_total": "Rows of permitted inquiries about a point that is nobody's code.",
    "enishi_call_seconds_total": "Seconds from the first to the last byte of a call's work, by path.",
    "enishi_registry_age_seconds": "Seconds since the exchange last confirmed the registry that is held here.",
}
_GAUGES: Final = frozenset({"enishi_registry_age_seconds"})


class Meter:
    """Numbers by name and label set; counters only grow, gauges are set."""

    def __init__(self) -> None:
        self._numbers: defaultdict[tuple[str, str, str], float] = defaultdict(float)

    def add(self, name: str, path: str, outcome: str, amount: float = 1.0) -> None:
        """Add to one counter; `outcome` is empty where the counter has none."""
        self._numbers[name, path, outcome] += amount

    def set(self, name: str, value: float) -> None:
        """The present value of a gauge."""
        self._numbers[name, "", ""] = value

    def total(self, name: str, path: str, outcome: str = "") -> float:
        """The present value of one counter."""
        return self._numbers.get((name, path, outcome), 0.0)

    def exposition(self) -> bytes:
        """All counters in Prometheus' text format 0.0.4."""
        lines = []
        for name, sentence in _HELP.items():
            lines += [f"# HELP {name} {sentence}", f"# TYPE {name} {'gauge' if name in _GAUGES else 'counter'}"]
            lines += [_sample(key, value) for key, value in sorted(self._numbers.items()) if key[0] == name]
        return ("\n".join(lines) + "\n").encode()


def _sample(key: tuple[str, str, str], value: float) -> str:
    name, path, outcome = key
    labels = f'path="{path}"' + (f',outcome="{outcome}"' if outcome else "")
    return f"{name}{{{labels}}} {value!r}" if path else f"{name} {value!r}"


@coroutine
def metered(work: Coroutine[Any, Any, T], spent: list[float]) -> Generator[Any, Any, T]:
    """Await the work and add to spent[0] the processor seconds of its own steps, not those of tasks that run between them."""
    failure: BaseException | None = None
    while True:
        begun = clock.thread_seconds()
        try:
            awaited = work.send(None) if failure is None else work.throw(failure)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            spent[0] += clock.thread_seconds() - begun
        failure = None
        try:
            yield awaited
        except BaseException as raised:  # cancellation is thrown in here and belongs to the work
            failure = raised
