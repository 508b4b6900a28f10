"""Numbers as statutes write them: 百七十三 is 173, the row 二十六の三 is `26-3`, 第三条の二 is the article `3_2` of the XML."""

import re
from collections.abc import Iterator
from typing import Final

DIGITS: Final = "一二三四五六七八九"
UNITS: Final = ((1000, "千"), (100, "百"), (10, "十"))
NUMBER: Final = "[一二三四五六七八九十百千]+"
BRANCHED: Final = re.compile(f"{NUMBER}(?:の{NUMBER})*")
IROHA: Final = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
Label = tuple[int, ...]


def to_kanji(number: int) -> str:
    """A whole number from 1 to 9999 as statutes write it."""
    said = ""
    for unit, sign in UNITS:
        count, number = divmod(number, unit)
        said += (DIGITS[count - 1] if count > 1 else "") + sign if count else ""
    return said + (DIGITS[number - 1] if number else "")


def from_kanji(text: str) -> int | None:
    """The number, or None for anything that a statute would not write so (十十, 一十, 〇)."""
    total, digit = 0, 0
    for sign in text:
        if sign in DIGITS:
            digit = DIGITS.index(sign) + 1
            continue
        unit = next((unit for unit, one in UNITS if one == sign), None)
        if unit is None:
            return None
        total, digit = total + (digit or 1) * unit, 0
    total += digit
    return total if 0 < total < 10_000 and to_kanji(total) == text else None


def label_of(text: str) -> Label | None:
    """二十六の三 as (26, 3); None where it is no such label."""
    parts = [from_kanji(part) for part in text.split("の")]
    return tuple(part for part in parts if part is not None) if parts and all(parts) else None


def written(label: Label, joint: str = "-") -> str:
    """(26, 3) as `26-3`."""
    return joint.join(str(part) for part in label)


def kanji(label: str) -> str:
    """`26-3` as 二十六の三."""
    return "の".join(to_kanji(int(part)) for part in label.split("-"))


def follows(label: Label, before: Label) -> bool:
    """True where nothing lies between: 4 after 3 or 3-2, 3-2 after 3, 3-3 after 3-2."""
    return label == (*before, 2) or any(label == (*before[:depth], before[depth] + 1) for depth in range(len(before)))


def labels_of(text: str) -> tuple[Label, ...] | None:
    """The rows that one cell of deleted rows stands for: 十三, 二十五及び二十六, 五から九まで."""
    for joint, tail in (("及び", ""), ("から", "まで")):
        first, found, last = text.partition(joint)
        if found:
            low, high = label_of(first), label_of(last.removesuffix(tail)) if last.endswith(tail) else None
            return tuple(_between(low, high)) or None if low and high else None
    one = label_of(text)
    return (one,) if one else None


def _between(low: Label, high: Label) -> Iterator[Label]:
    """From `low` to `high` in the last number, the rest being one."""
    if low[:-1] == high[:-1] and low[-1] < high[-1]:
        yield from ((*low[:-1], number) for number in range(low[-1], high[-1] + 1))
