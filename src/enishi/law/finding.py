"""What lint finds, as a value: a code, the place, what it is about; its sentence is in data/lint.json."""

from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from enishi.law.texts import Text, fill

FindingCode = Literal[
    "label-gap",
    "day-without-table",
    "tables-overlap",
    "dead-reference",
    "row-twice",
    "item-not-in-row",
    "item-without-entry",
    "detail-missing",
    "relation-uncoded",
    "crosswalk-missing",
    "inquirer-not-user",
    "affair-untied",
    "tie-unlike",
    "capacity-unknown",
    "capacity-unheld",
    "known-idle",
]


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault of the law data, or one edge of it; `citation` is the place, of the row or of what refers to it."""

    code: FindingCode
    citation: str
    about: tuple[str, ...] = ()

    @property
    def message(self) -> Text:
        """The sentence in Japanese and English."""
        return fill(_sentences()[self.code], [Text(one, one) for one in self.about])


@cache
def _sentences() -> dict[str, Text]:
    return msgspec.json.decode(resources.files("enishi.law").joinpath("data/lint.json").read_bytes(), type=dict[str, Text])
