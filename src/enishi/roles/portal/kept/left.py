"""What one person left: how far they read, and how they want to hear of new records. Every change of it is a function from one to the next."""

import re
import secrets
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from enishi.encoding import Bytes32
from enishi.errors import Busy, Denied, Malformed

LABELS: Final = 32
"""How many of the person's next labels the browser hands in."""
CODE_MS: Final = 30 * 60 * 1000
"""How long a code that was mailed to an address may be typed in."""
TRIES: Final = 5
"""Wrong codes before another must be asked for."""
MADE: Final = 32
"""Requests of one's own that are remembered, so that no mail tells of them; the oldest goes first."""
ASKS: Final = 5
"""Codes that one person may have mailed in a day, so that nobody is showered with them from here."""
DAY_MS: Final = 24 * 60 * 60 * 1000
FORGOTTEN_MS: Final = 400 * DAY_MS
"""How long what a person left is kept without a visit of theirs; with a new card one is another person here."""
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}", re.ASCII)
_LONGEST: Final = 254


class Mode(StrEnum):
    """When a mail goes out."""

    OFF = "off"
    AT_ONCE = "at-once"
    DAILY = "daily"


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address that a code was mailed to, and what its owner wants once they have typed the code in."""

    address: str
    mode: Mode
    code: str
    until_ms: int
    tries: int = 0


class Left(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything of one person but consents and mails on their way. Times are milliseconds UTC.

    `seen` is the place in the log of the newest leaf that was marked as read; `waiting` are the times of leaves that no mail has told of; `stop` is
    the token in the mails; `ended` says that the labels ran out and the person was told so; `lost_ms` is when a mail was last given up, `used_ms`
    when the person last changed anything here. `made` are the times of leaves that the person made here themselves, of which no mail is to tell;
    `opened` says how many of the leaves met wait for their first outcome, `awaited` how many answers of officials the person waits for.
    """

    seen: int = -1
    language: str = "ja"
    mode: Mode = Mode.OFF
    address: str = ""
    asked: Asked | None = None
    asks: tuple[int, ...] = ()
    labels: tuple[Bytes32, ...] = ()
    stop: bytes = b""
    waiting: tuple[int, ...] = ()
    told_ms: int = 0
    used_ms: int = 0
    ended: bool = False
    lost_ms: int = 0
    made: tuple[int, ...] = ()
    opened: int = 0
    awaited: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is left that is worth a row."""
        return self.seen < 0 and not self.address and self.asked is None and not self.asks and not self.lost_ms


def check_address(text: str) -> str:
    """An address that mail can be sent to and that is nothing else (RFC 5321 4.1.2, no quoting, no line ends); Malformed("mail-address-wrong")."""
    if len(text) > _LONGEST or not _ADDRESS.fullmatch(text) or ".." in text or text.startswith(".") or ".@" in text:
        raise Malformed("mail-address-wrong", f"{len(text)} characters", "address")
    return text


def mark_read(left: Left, index: int, at_ms: int) -> Left:
    """Marked as read up to a leaf of the log; never backwards."""
    return msgspec.structs.replace(left, seen=max(left.seen, index), used_ms=at_ms)


def tidy(left: Left, at_ms: int) -> Left:
    """Without what is over: a code that was never typed in, times of codes of yesterday, and everything of somebody who did not come for a year."""
    if at_ms - left.used_ms >= FORGOTTEN_MS:
        return Left()
    asked = left.asked if left.asked is not None and at_ms < left.asked.until_ms else None
    return msgspec.structs.replace(left, asked=asked, asks=tuple(one for one in left.asks if at_ms - one < DAY_MS))


def ask(left: Left, address: str, mode: Mode, language: str, at_ms: int) -> Left:
    """A code goes to an address; what held until now goes on until it is typed in. Busy("mail-codes-spent") after five in a day."""
    asks = tuple(one for one in left.asks if at_ms - one < DAY_MS)
    if len(asks) >= ASKS:
        raise Busy("mail-codes-spent")
    asked = Asked(check_address(address), mode, f"{secrets.randbelow(10**8):08}", at_ms + CODE_MS)
    return msgspec.structs.replace(left, asked=asked, asks=(*asks, at_ms), language=language, used_ms=at_ms)


def miss(left: Left) -> Left:
    """A wrong code was typed in."""
    if left.asked is None:
        return left
    return msgspec.structs.replace(left, asked=msgspec.structs.replace(left.asked, tries=left.asked.tries + 1))


def is_code(left: Left, code: str, at_ms: int) -> bool:
    """Whether this is the code that was mailed, in its time; Denied("mail-code-over") where none can be typed in any more."""
    asked = left.asked
    if asked is None or at_ms >= asked.until_ms or asked.tries >= TRIES:
        raise Denied("mail-code-over", "", "code")
    return secrets.compare_digest(code.encode(), asked.code.encode())


def confirm(left: Left) -> Left:
    """The address is its owner's: mails go there from now on, with a new token to end them; the labels are still to be handed in."""
    if left.asked is None:
        return left
    asked = left.asked
    return msgspec.structs.replace(
        left, address=asked.address, mode=asked.mode, asked=None, stop=secrets.token_bytes(16), waiting=(), ended=False, lost_ms=0
    )


def choose(left: Left, mode: Mode, language: str, at_ms: int) -> Left:
    """Another rhythm for a confirmed address; off forgets address, labels and what waits."""
    if mode is Mode.OFF or not left.address:
        return off(left)
    return msgspec.structs.replace(left, mode=mode, language=language, used_ms=at_ms)


def off(left: Left) -> Left:
    """No mails: nothing stays but how far the person read."""
    return Left(seen=left.seen, language=left.language, asks=left.asks, used_ms=left.used_ms)


def make(left: Left, leaf_ms: int, awaited: int) -> Left:
    """The person has made a leaf of that time here; so many answers of an official to it are to come. Nothing for who has no mails."""
    if not left.address:
        return left
    seen = leaf_ms in left.waiting
    waiting = tuple(one for one in left.waiting if one != leaf_ms)
    made = left.made if seen else (*left.made, leaf_ms)[-MADE:]
    return msgspec.structs.replace(left, waiting=waiting, made=made, awaited=left.awaited + awaited)


class Chain(NamedTuple):
    """What stands open in the chain that a session was shown, and the leaves that its person has made since."""

    opened: int = 0
    awaited: int = 0
    made: tuple[int, ...] = ()


CLOSED: Final = Chain()


def hand_in(left: Left, labels: tuple[bytes, ...], at_ms: int, chain: Chain = CLOSED) -> Left:
    """The browser's next labels take the place of those before, with what stands open in the chain that it was shown.

    Malformed("labels-malformed") unless they are 32 different ones of 32 bytes.
    """
    if len(labels) != LABELS or len(set(labels)) != LABELS or any(len(label) != 32 for label in labels):
        raise Malformed("labels-malformed", f"{len(labels)} labels", "labels")
    if not left.address:
        raise Denied("mail-not-chosen")
    return msgspec.structs.replace(
        left, labels=labels, ended=False, used_ms=at_ms, made=chain.made[-MADE:], opened=chain.opened, awaited=chain.awaited
    )
