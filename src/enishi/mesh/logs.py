"""One JSON line for each event of operation, to standard error: names of events, roles, paths, counts and references, never a person.

What may stand in a line is a closed list of fields, so that no caller can log a name, a number, a body or an exception's message by accident.
"""

import logging
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Final

import msgspec

from enishi import clock

FIELDS: Final = frozenset(
    {"code", "count", "face", "field", "kind", "path", "peer", "port", "reason", "reference", "seconds", "serial", "size", "status", "step", "where"}
)
"""The only fields of a line beside `at`, `level`, `role` and `event`; of any other field only the name is kept, under `dropped`."""

_role = "enishi"


def begin(role: str) -> None:
    """Name the role in every later line, and take over what libraries send to `logging`."""
    global _role
    _role = role
    root = logging.getLogger()
    root.handlers = [_Quiet()]
    root.setLevel(logging.WARNING)


def info(event: str, **fields: str | int | float) -> None:
    """Log an event of ordinary operation."""
    _line("info", event, fields)


def warn(event: str, **fields: str | int | float) -> None:
    """Log something that an operator should look at."""
    _line("warning", event, fields)


def fail(event: str, **fields: str | int | float) -> None:
    """Log a fault of the program."""
    _line("error", event, fields)


def where(trace: TracebackType | None) -> str:
    """The places of a traceback as `file:line`, innermost last and at most four, without the message and values."""
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join(places[-4:])


def _line(level: str, event: str, fields: Mapping[str, object]) -> None:
    at = clock.now().isoformat(timespec="milliseconds")
    known = {name: value for name, value in fields.items() if name in FIELDS and isinstance(value, str | int | float)}
    line: dict[str, object] = {"at": at, "level": level, "role": _role, "event": event, **known}
    if dropped := sorted(fields.keys() - known.keys()):
        line["dropped"] = dropped
    sys.stderr.write(msgspec.json.encode(line).decode() + "\n")


class _Quiet(logging.Handler):
    """Libraries' own records: the logger, the kind and the place of an exception; their text may quote input and is dropped."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = trace = None
        if record.exc_info:
            kind, _, trace = record.exc_info
        place = where(trace) or f"{record.filename}:{record.lineno}"
        _line(record.levelname.lower(), "library", {"kind": kind.__name__ if kind else record.name, "where": place})
