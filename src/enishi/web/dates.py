"""Dates in the reader's calendar: 和暦 with 西暦, English, and やさしい日本語 with readings; always Japanese time."""

from datetime import date
from typing import Final

from enishi.clock import moment
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, Ruby, phrase

_ERAS: Final = ((date(2019, 5, 1), "令和", "れいわ"), (date(1989, 1, 8), "平成", "へいせい"), (date(1926, 12, 25), "昭和", "しょうわ"))
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
# Days of the month whose names are not the number with にち.
_DAYS: Final = {
    1: "ついたち",
    2: "ふつか",
    3: "みっか",
    4: "よっか",
    5: "いつか",
    6: "むいか",
    7: "なのか",
    8: "ようか",
    9: "ここのか",
    10: "とおか",
    14: "じゅうよっか",
    20: "はつか",
    24: "にじゅうよっか",
}


def year_in(day: date, language: Language) -> Phrase:
    """令和7年（2025年） / 2025."""
    if language is Language.ENGLISH:
        return (str(day.year),)
    era, reading, count = _era(day)
    if language is Language.JAPANESE:
        return (f"{era}{count}年（{day.year}年）" if era else f"{day.year}年",)
    return phrase(f"[{era}|{reading}]{_easy_count(count)}[年|ねん]（{day.year}[年|ねん]）" if era else f"{day.year}[年|ねん]")


def month_in(day: date, language: Language) -> Phrase:
    """令和7年（2025年）4月 / April 2025."""
    if language is Language.ENGLISH:
        return (f"{_MONTHS[day.month - 1]} {day.year}",)
    return (*year_in(day, language), *_month(day.month, language))


def month_short(day: date, language: Language) -> str:
    """4月 / Apr, where there is little room and the year stands elsewhere."""
    return _MONTHS[day.month - 1][:3] if language is Language.ENGLISH else f"{day.month}月"


def day_in(day: date, language: Language) -> Phrase:
    """令和7年（2025年）4月1日 / 1 April 2025."""
    if language is Language.ENGLISH:
        return (f"{day.day} {_MONTHS[day.month - 1]} {day.year}",)
    return (*year_in(day, language), *_month(day.month, language), *_day(day.day, language))


def short_in(at_ms: int, language: Language) -> Phrase:
    """4月1日 14:02 / 1 April, 14:02: for a list that already says which year."""
    at = moment(at_ms)
    if language is Language.ENGLISH:
        return (f"{at.day} {_MONTHS[at.month - 1]}, {at:%H:%M}",)
    return (*_month(at.month, language), *_day(at.day, language), f" {at:%H:%M}")


def time_in(at_ms: int, language: Language) -> Phrase:
    """令和7年（2025年）4月1日 14:02:31 / 1 April 2025, 14:02:31."""
    at = moment(at_ms)
    gap = ", " if language is Language.ENGLISH else " "
    return (*day_in(at.date(), language), f"{gap}{at:%H:%M:%S}")


def machine_time(at_ms: int) -> str:
    """ISO 8601 with offset, for `<time datetime>`."""
    return moment(at_ms).isoformat(timespec="seconds")


def _era(day: date) -> tuple[str, str, str]:
    for begin, era, reading in _ERAS:
        if day >= begin:
            count = day.year - begin.year + 1
            return era, reading, "元" if count == 1 else str(count)
    return "", "", ""


def _easy_count(count: str) -> str:
    return "[元|がん]" if count == "元" else count


def _month(month: int, language: Language) -> Phrase:
    return (str(month), Ruby("月", "がつ")) if language is Language.EASY else (f"{month}月",)


def _day(day: int, language: Language) -> Phrase:
    if language is not Language.EASY:
        return (f"{day}日",)
    return (Ruby(f"{day}日", _DAYS[day]),) if day in _DAYS else (str(day), Ruby("日", "にち"))
