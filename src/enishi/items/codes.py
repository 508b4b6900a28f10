"""The code lists of the items: what each code means, and whether it is a public standard or made up for this demonstration."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from enishi.errors import Unknown


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a code means, in Japanese and English."""

    ja: str
    en: str


class CodeList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list: its title, where it comes from (`synthetic`: our own codes; `public`: the standard named), and the codes."""

    ja: str
    en: str
    origin: Literal["synthetic", "public"]
    standard: str
    codes: dict[str, Meaning]


@cache
def code_lists() -> Mapping[str, CodeList]:
    """Every list by its id, as schemas name it in `x-code-list`."""
    return msgspec.json.decode((files("enishi.items") / "codes.json").read_bytes(), type=dict[str, CodeList])


def code_list(list_id: str) -> CodeList:
    """The list of an id; Unknown("code-list-unknown")."""
    found = code_lists().get(list_id)
    if found is None:
        raise Unknown("code-list-unknown", list_id[:60], "code_list")
    return found
