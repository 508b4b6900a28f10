"""Marks of non-disclosure (Number Act Art. 23(2)): which grounds are lawful, since when, and how far off their end may be.

The grounds are those for which a record may be kept from the person who asks: each item of Article 78(1) of the Act on the Protection of
Personal Information, by its citation id.  Why the end is bounded: docs/decisions/0004-marks-of-nondisclosure.md.
"""

from datetime import date
from typing import Final

from enishi.protocol.forms import demand
from enishi.protocol.record import WithheldNote
from enishi.protocol.statement import WINDOW_MS, Nondisclosure

_SINCE: Final = date(2022, 4, 1)
"""Article 78 is the duty to disclose since the amendment of 令和3年法律第37号 came into force; before that day other laws held the grounds."""
GROUNDS: Final = {f"415AC0000000057#78-1-{item}": _SINCE for item in range(1, 8)}
"""Citation of each ground → the first day on which it may be given."""
HARM: Final = "415AC0000000057#78-1-1"
"""Harm to the person's own life, health, living or property: what protects a victim where the other parent could ask for the child."""
FORMER: Final = {"dv-protection": HARM}
"""What institutions' own data of version 0.1.0 say, and the ground it stands for."""
LIMIT_MS: Final = 366 * 24 * 3600 * 1000
"""The furthest end of a mark from the time at which it is signed: one year.  After that a new lawful act must renew it."""
NOTE_MS: Final = LIMIT_MS + WINDOW_MS
"""The furthest end that a withheld note may say, from its leaf's time: a year, and as far as the signer's clock may run ahead."""


def is_ground(ground: str, on: date) -> bool:
    """Whether a ground is lawful on a day."""
    return ground in GROUNDS and GROUNDS[ground] <= on


def check_mark(mark: Nondisclosure | None, at_ms: int, on: date) -> None:
    """Malformed("nondisclosure-unlawful") or ("nondisclosure-too-long") for a mark that was signed at `at_ms`, on that legal day; none is lawful."""
    if mark is not None:
        demand(is_ground(mark.ground, on), "nondisclosure-unlawful", mark.ground[:60], "nondisclosure")
        demand(mark.until_ms <= at_ms + LIMIT_MS, "nondisclosure-too-long", f"{(mark.until_ms - at_ms) // 86_400_000} days", "nondisclosure")


def note_of(original_index: int, ground: str, until_ms: int, at_ms: int) -> WithheldNote | None:
    """What the note of a mark says that takes a leaf out of sight at `at_ms`; none for a ground that no law knows.

    It never says more than a mark may last: where one of 0.1.0 runs longer, another note follows when this one has ended.
    """
    cited = FORMER.get(ground, ground)
    return WithheldNote(original_index, cited, min(until_ms, at_ms + NOTE_MS)) if cited in GROUNDS else None


def covers(note: WithheldNote, noted_ms: int, at_ms: int) -> bool:
    """Whether a note of the time `noted_ms` lawfully keeps its leaf from the person at `at_ms`."""
    return note.ground in GROUNDS and at_ms < note.until_ms <= noted_ms + NOTE_MS
