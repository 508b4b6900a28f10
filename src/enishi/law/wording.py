"""The wording of an affair, compared: with and without its brackets, which hold law numbers and short names that drafting moves about."""

import re
from typing import Final, Literal

INNERMOST: Final = re.compile("（[^（）]*）")


def bare(affair: str) -> str:
    """The text without brackets, however deep, and without the commas that stand around them."""
    shorter = INNERMOST.sub("", affair)
    return bare(shorter) if shorter != affair else affair.replace("、", "")


def likeness(one: str, other: str) -> Literal["words", "brackets", "reworded"]:
    """How far two affairs agree: word for word, but for brackets, or not."""
    if one == other:
        return "words"
    return "brackets" if bare(one) == bare(other) else "reworded"
