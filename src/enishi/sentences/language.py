"""The languages that every page is written in, and how a reader's preference is read."""

from enum import StrEnum


class Language(StrEnum):
    """A language of the pages; the value is the key in the tables and in the address."""

    JAPANESE = "ja"
    ENGLISH = "en"
    EASY = "ja-easy"

    @property
    def tag(self) -> str:
        """The BCP 47 tag for the page's `lang`."""
        return "ja" if self is Language.EASY else self.value

    @property
    def formal(self) -> "Language":
        """The language of texts that are only kept in Japanese and English."""
        return Language.JAPANESE if self is Language.EASY else self


def language_of(tag: str) -> Language | None:
    """The language of that key, or None."""
    return next((language for language in Language if language.value == tag), None)


def preferred(header: str) -> Language:
    """The language an Accept-Language header asks for first among ours; Japanese where it asks for none."""
    ranked = sorted((_weigh(part) for part in header[:500].split(",")), key=lambda pair: -pair[0])
    for weight, tag in ranked:
        found = language_of(tag.split("-")[0])
        if weight > 0 and found is not None:
            return found
    return Language.JAPANESE


def _weigh(part: str) -> tuple[float, str]:
    tag, _, rest = part.strip().lower().partition(";")
    try:
        weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
    except ValueError:
        weight = 0.0
    # Not-a-number orders nothing, so it counts as no wish.
    return (weight if 0 <= weight <= 1 else 0.0), tag.strip()
