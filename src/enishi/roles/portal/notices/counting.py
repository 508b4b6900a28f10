"""Which leaves of the log make news, and when a mail is due: pure, over what the public log shows of any leaf."""

from typing import Final

import msgspec

from enishi.clock import moment
from enishi.roles.portal.kept.left import Left, Mode
from enishi.tlog.leaf import LeafKind

NEWS: Final = frozenset({LeafKind.INTENT, LeafKind.REFUSAL, LeafKind.LATE_ENTRY, LeafKind.CHANGE, LeafKind.SELF})
"""Somebody asked, was refused, was told of a change, asked for the person by a mandate, or what was withheld is shown from now on.

One's own looks and requests send no mail, and no end of an inquiry does; that an official answered the person does."""
OPENING: Final = frozenset({LeafKind.INTENT, LeafKind.SELF})
"""Kinds of leaf behind which a first outcome comes by itself."""
SETTLE_MS: Final = 10 * 60 * 1000
"""How long a leaf rests before a mail tells of it: a mark of non-disclosure comes with the first outcome, and takes its inquiry out of sight."""
HOUR: Final = 8
"""When the mail of the day goes out, in Japan."""


def seen(left: Left, label: bytes, kind: LeafKind, at_ms: int) -> Left:
    """A leaf of the person's came under one of their labels, which is used up by it.

    A note of non-disclosure takes back one leaf that was to be told of. Which leaf it hides stands in its body, which nobody reads here; so another
    one may go untold, and no mail tells of one that is withheld already.
    """
    rest = tuple(one for one in left.labels if one != label)
    known = msgspec.structs.replace(_noted(left, kind), labels=rest)
    if kind is LeafKind.SELF and at_ms in left.made:
        return msgspec.structs.replace(known, made=tuple(one for one in left.made if one != at_ms))
    if kind in NEWS or _answers(left, kind):
        return msgspec.structs.replace(known, waiting=(*left.waiting, at_ms))
    return known


def _noted(left: Left, kind: LeafKind) -> Left:
    """What stands open after a leaf. Whose outcome one is nobody reads here: the first of each comes within moments of its opening."""
    if kind in OPENING:
        return msgspec.structs.replace(left, opened=left.opened + 1)
    closes = left.opened > 0 and kind in (LeafKind.OUTCOME, LeafKind.WITHHELD)
    waiting = left.waiting[:-1] if kind is LeafKind.WITHHELD else left.waiting
    return msgspec.structs.replace(left, opened=left.opened - closes, waiting=waiting)


def _answers(left: Left, kind: LeafKind) -> bool:
    """Whether a leaf may say that an official answered the person: a later outcome, while they wait for one.

    An institution's inquiry that was held may end by it as well; a mail that says no more than that something is new is true of either.
    """
    return kind is LeafKind.OUTCOME and left.opened == 0 and left.awaited > 0


def settled(left: Left, at_ms: int) -> int:
    """How many leaves a mail may tell of now; none while it is not the time for one."""
    if not left.address or left.mode is Mode.OFF:
        return 0
    count = sum(one + SETTLE_MS <= at_ms for one in left.waiting)
    if count and left.mode is Mode.DAILY and at_ms < _morning(left.waiting[0] + SETTLE_MS):
        return 0
    return count


def told(left: Left, count: int, at_ms: int) -> Left:
    """The oldest so many have been told of."""
    return msgspec.structs.replace(left, waiting=left.waiting[count:], told_ms=at_ms)


def runs_out(before: Left, after: Left) -> bool:
    """Whether a leaf took the last label, which the person is told once."""
    return bool(before.labels) and not after.labels and not after.ended and bool(after.address)


def _morning(at_ms: int) -> int:
    """The first time of the day's mail at or after a time."""
    there = moment(at_ms)
    today = there.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    ms = int(today.timestamp() * 1000)
    return ms if ms >= at_ms else ms + 24 * 60 * 60 * 1000
