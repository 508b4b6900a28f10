"""What a verification found, as values: numbered checks with their meaning in Japanese and English."""

from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec

from enishi.sentences.problems import Words


class Mark(StrEnum):
    """What came of one check."""

    HOLDS = "holds"
    FAILS = "fails"
    ABSENT = "absent"
    """There is nothing to check: no outcome yet, no body shown, no answer in the file."""


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check: its number and name (docs/protocol.md, "Evidence"), what it means, and a fact or the fault's code."""

    number: int
    name: str
    mark: Mark
    means: Words
    detail: str


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All checks in their order; `item_id` and `txid` in hex, empty where the statement cannot be read."""

    txid: str
    item_id: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """True if no check fails."""
        return all(check.mark is not Mark.FAILS for check in self.checks)

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that fail."""
        return tuple(check.name for check in self.checks if check.mark is Mark.FAILS)


@cache
def meanings() -> dict[str, Words]:
    """What each check means when it holds, by name, in the order of the numbers."""
    return msgspec.json.decode(files(__package__).joinpath("meanings.json").read_bytes(), type=dict[str, Words])
