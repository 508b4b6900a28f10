"""Named crash points: the process kills itself where ENISHI_CRASH_AT says, so that tests can show what survives.

A name is a literal `"role.step.before_what"` or `"role.step.after_what"` beside every durable write and send.
`ENISHI_CRASH_AT=name` dies at the first passage, `name:3` at the third.
"""

import os
import signal


def _wanted(setting: str) -> tuple[str, int]:
    name, _, nth = setting.partition(":")
    return name, int(nth) if nth.isdecimal() else 1


_AT, _NTH = _wanted(os.environ.get("ENISHI_CRASH_AT", ""))
_passed = 0


def point(name: str) -> None:
    """Die by SIGKILL (no handler runs, no buffer is flushed) if this is the place that was asked for; nothing otherwise."""
    if name != _AT:
        return
    global _passed
    _passed += 1
    if _passed == _NTH:
        os.kill(os.getpid(), signal.SIGKILL)
